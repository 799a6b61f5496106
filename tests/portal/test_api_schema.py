"""The OpenAPI document is true: it is clean, its examples fit, and answers are as it says."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import jsonschema_rs
import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from tenants.keys import SCOPES
from tests.architecture.test_routes import ROUTES, Route, ask, history, make_rows
from tests.conftest import Tenant
from tests.portal.api_client import Api, make_api


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str)
    )
    return found


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, one) for path, item in document()["paths"].items() for method, one in item.items()]


def operation(route: Route) -> dict[str, Any]:
    path = re.sub("<[a-z_]+>", "{id}", f"/api/v1/{route.path}")
    found: dict[str, Any] = document()["paths"][path][route.method.lower()]
    return found


def refuse_unfit(schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": document()["components"]}
    jsonschema_rs.Draft202012Validator(whole, validate_formats=True).validate(value)


def test_it_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    assert document()["openapi"] == "3.1.0"


def test_every_operation_has_words_a_scope_and_its_problems() -> None:
    assert document()["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    for method, path, one in operations():
        assert one["summary"], (method, path)
        assert one["security"][0]["apiKey"] == [] or one["security"][0]["apiKey"][0] in SCOPES
        assert {"401", "403", "429", "503"} <= one["responses"].keys()
        for status, answer in one["responses"].items():
            if status >= "400":
                (content,) = answer["content"].values()
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_every_post_may_be_repeated() -> None:
    for method, path, one in operations():
        named = {parameter["name"] for parameter in one.get("parameters", ())}
        assert ("Idempotency-Key" in named) == (method == "post"), path


def test_there_is_one_way_to_tell_a_problem() -> None:
    assert [name for name in document()["components"]["schemas"] if "roblem" in name] == [
        "Problem",
        "ProblemError",
    ]


def test_examples_fit_their_schemas() -> None:
    shown = 0
    for _method, _path, one in operations():
        contents = [answer.get("content", {}) for answer in one["responses"].values()]
        for content in (*contents, one.get("requestBody", {}).get("content", {})):
            for media in content.values():
                for example in media.get("examples", {}).values():
                    refuse_unfit(media["schema"], example["value"])
                    shown += 1
    assert shown > 20


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_the_one_scope_is_enough_and_all_is_as_the_document_says(tenant: Tenant, route: Route) -> None:
    """A POST is sent twice with one Idempotency-Key: it answers again and has done nothing again."""
    rows, api = make_rows(tenant), make_api(tenant, route.scope or "customers:read")
    again = {"Idempotency_Key": "once"} if route.method == "POST" else {}
    answer = ask(api, route, rows, **again)
    assert answer.status_code == route.answer, answer.content
    told = operation(route)
    said = told["responses"][str(route.answer)]
    ((kind, media),) = said["content"].items()
    assert answer["Content-Type"].split(";")[0] == kind
    refuse_unfit(media["schema"], answer.json() if kind.endswith("json") else answer.content.decode())
    assert said["headers"].keys() - {"Idempotency-Replayed", "Retry-After"} <= answer.headers.keys()
    if "requestBody" in told:
        ((_kind, given),) = told["requestBody"]["content"].items()
        refuse_unfit(given["schema"], rows.body(route))
    else:
        assert not route.body
    if again and route.answer < 400:
        before = history(tenant)
        repeated = ask(api, route, rows, **again)
        assert (repeated.status_code, repeated.json()) == (route.answer, answer.json())
        assert repeated["Idempotency-Replayed"] == "true"
        assert history(tenant) == before


@pytest.mark.django_db(transaction=True)
def test_the_page_of_the_document_needs_nothing_from_elsewhere() -> None:
    page = Api().client.get("/api/docs")
    policy = page["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy.replace("style-src 'self' 'unsafe-inline'", "")
    assert b"//cdn" not in page.content
    assert Api().client.get("/api/docs?script=").status_code == 200
