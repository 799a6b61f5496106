"""Meta's OpenAPI document as a judge of requests. The file itself is Meta's and not part of this project."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

ROOT = Path(__file__).parents[2]
DEFAULT = ROOT.parent / "shared" / "platform" / "business-messaging-api_v23.0.yaml"
SOURCE = "https://github.com/facebook/openapi (business-messaging-api_v23.0.yaml)"

# Our names of ids, and what the document calls the same thing.
IDS = {
    "app_id": {"Application-ID"},
    "business_id": {"Business-ID"},
    "media_id": {"Media-ID"},
    "phone_number_id": {"Phone-Number-ID"},
    "preverified_number_id": {"Pre-Verified-Phone-Number-ID"},
    "template_id": {"TEMPLATE_ID"},
    "waba_id": {"WABA-ID", "WhatsApp-Business-Account-ID"},
}
_PARAMETER = re.compile(r"\{([\w-]+)\}")


def path_of_document() -> Path:
    return Path(os.environ.get("META_OPENAPI", DEFAULT))


@dataclass(frozen=True, order=True)
class Problem:
    """One way in which a request is not what the document says."""

    operation: str
    where: str
    what: str


@dataclass(frozen=True)
class Sent:
    """A request of our client."""

    method: str
    template: str
    path: str
    query: Mapping[str, str]
    body: Any

    @property
    def operation(self) -> str:
        return f"{self.method} {self.template}"


class Document:
    def __init__(self, path: Path) -> None:
        self._root = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)

    @cached_property
    def _operations(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {
            (method.upper(), path): {**operation, "path_parameters": item.get("parameters", [])}
            for path, item in self._root["paths"].items()
            for method, operation in item.items()
            if method in {"get", "post", "put", "delete"}
        }

    def answer_problems(self, operation: str, body: Any, *, status: str = "200") -> list[Problem] | None:
        """How an answer leaves the document; None where the document does not have the operation."""
        method, template = operation.split(" ", 1)
        described = self.find(Sent(method, template, "", {}, None))
        if described is None:
            return None
        answers = {str(code): answer for code, answer in described["responses"].items()}
        content = self._resolved(answers[status])["content"]
        sent = Sent(method, template, "", {}, None)
        return list(self._wrong(sent, "answer", body, next(iter(content.values()))["schema"]))

    def find(self, sent: Sent) -> dict[str, Any] | None:
        """The operation that a template of ours stands for."""
        for (method, path), operation in self._operations.items():
            if method == sent.method and _same(f"/{{Version}}{sent.template}", path):
                return operation
        return None

    def answer_fields(self, operation: str, *, status: str = "200") -> set[str]:
        """The fields that an answer may have, with dots for what lies inside."""
        method, template = operation.split(" ", 1)
        described = self.find(Sent(method, template, "", {}, None)) or {"responses": {}}
        answers = {str(code): answer for code, answer in described["responses"].items()}
        content = self._resolved(answers.get(status, {})).get("content", {})
        return set(self._fields(next(iter(content.values()))["schema"])) if content else set()

    def request_fields(self, operation: str) -> set[str]:
        """The query parameters that a request may have, and the fields of its body."""
        method, template = operation.split(" ", 1)
        described = self.find(Sent(method, template, "", {}, None)) or {"path_parameters": []}
        named = {given["name"] for given in self._parameters(described) if given["in"] == "query"}
        content = described.get("requestBody", {}).get("content", {})
        return named | (set(self._fields(next(iter(content.values()))["schema"])) if content else set())

    def _fields(self, schema: dict[str, Any], before: str = "", depth: int = 3) -> Iterator[str]:
        schema = self._resolved(schema)
        for part in (*schema.get("allOf", []), *schema.get("oneOf", []), *schema.get("anyOf", [])):
            yield from self._fields(part, before, depth)
        if "items" in schema:
            yield from self._fields(schema["items"], before, depth)
        for name, inner in schema.get("properties", {}).items():
            yield before + name
            if depth > 1:
                yield from self._fields(inner, f"{before}{name}.", depth - 1)

    def problems(self, sent: Sent, operation: dict[str, Any]) -> Iterator[Problem]:
        parameters = self._parameters(operation)
        yield from self._in_path(sent, parameters)
        yield from self._in_query(sent, parameters)
        yield from self._in_body(sent, operation.get("requestBody"))

    def _parameters(self, operation: dict[str, Any]) -> list[dict[str, Any]]:
        given = [*operation["path_parameters"], *operation.get("parameters", [])]
        return [self._resolved(parameter) for parameter in given]

    def _resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in value:
            found: Any = self._root
            for key in value["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            value = found
        return value

    def _in_path(self, sent: Sent, parameters: list[dict[str, Any]]) -> Iterator[Problem]:
        version, *ids = [part for part in sent.path.strip("/").split("/") if part[-1:].isdigit()]
        schemas = [parameter for parameter in parameters if parameter["in"] == "path"]
        for parameter in schemas:
            value = version if parameter["name"] == "Version" else ids[0]
            yield from self._wrong(sent, f"path {parameter['name']}", value, parameter["schema"])

    def _in_query(self, sent: Sent, parameters: list[dict[str, Any]]) -> Iterator[Problem]:
        known = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == "query"}
        for name, text in sent.query.items():
            if name not in known:
                yield Problem(sent.operation, f"query {name}", "is not in the document")
                continue
            schema = self._resolved(known[name]["schema"])
            value = int(text) if schema.get("type") == "integer" else text
            yield from self._wrong(sent, f"query {name}", value, schema)
        for name, parameter in known.items():
            if parameter.get("required") and name not in sent.query:
                yield Problem(sent.operation, f"query {name}", "is required")

    def _in_body(self, sent: Sent, request_body: dict[str, Any] | None) -> Iterator[Problem]:
        if sent.body is None:
            if request_body and request_body.get("required"):
                yield Problem(sent.operation, "body", "is required")
            return
        if not request_body:
            yield Problem(sent.operation, "body", "is not in the document")
            return
        content = request_body["content"]
        if "application/json" not in content:
            yield Problem(sent.operation, "body", f"is {' or '.join(content)}")
        schema = self._chosen(next(iter(content.values()))["schema"], sent.body)
        yield from self._wrong(sent, "body", sent.body, schema)
        for name in sent.body.keys() - self._names(schema):
            yield Problem(sent.operation, f"body {name}", "is not in the document")

    def _chosen(self, schema: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        """The schema a discriminator chooses, made satisfiable.

        The document joins `additionalProperties: false` to a base by `allOf`, by which every message is
        forbidden. What it means is checked instead: no property that none of the parts has.
        """
        schema = self._resolved(schema)
        if "discriminator" not in schema:
            return schema
        kind = body[schema["discriminator"]["propertyName"]]
        chosen = self._resolved({"$ref": schema["discriminator"]["mapping"][kind]})
        parts = [self._resolved(part) for part in chosen["allOf"]]
        return {
            "allOf": [{key: part[key] for key in part if key != "additionalProperties"} for part in parts]
        }

    def _names(self, schema: dict[str, Any]) -> set[str]:
        schema = self._resolved(schema)
        parts = [self._names(part) for kind in ("allOf", "oneOf", "anyOf") for part in schema.get(kind, [])]
        return set(schema.get("properties", {})).union(*parts)

    def _wrong(self, sent: Sent, where: str, value: Any, schema: dict[str, Any]) -> Iterator[Problem]:
        whole = {"allOf": [schema], "components": self._root["components"]}
        for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(value):
            place = " ".join([where, *map(str, error.instance_path)])
            # A value that is an object may hold ids of this run, which no list can name.
            what = error.message if error.message[0] != "{" else f"is {error.message.rpartition('} is ')[2]}"
            yield Problem(sent.operation, place, what)


def fields_of(value: Any, before: str = "", depth: int = 3) -> Iterator[str]:
    """The fields that a body has, named as `Document` names them."""
    if isinstance(value, list):
        for item in value:
            yield from fields_of(item, before, depth)
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield before + name
            if depth > 1:
                yield from fields_of(inner, f"{before}{name}.", depth - 1)


def _same(ours: str, theirs: str) -> bool:
    our_names, their_names = _PARAMETER.findall(ours), _PARAMETER.findall(theirs)
    if _PARAMETER.sub("{}", ours) != _PARAMETER.sub("{}", theirs):
        return False
    return all(name in IDS.get(our, {our}) for our, name in zip(our_names, their_names, strict=True))
