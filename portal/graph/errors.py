"""Everything that can go wrong with a Graph call, as a tree by what the caller can do.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
https://developers.facebook.com/docs/graph-api/guides/error-handling

    GraphError
      NotSent            NOT_DONE  nothing left this machine: try again later
      RateLimited        NOT_DONE  Meta refused to look at it: wait, then try again
      OutcomeUnknown     UNKNOWN   it may have been done: settle, look, and act only if look says no
      TokenInvalid       DEFINITE  no more calls with this token
      PermissionMissing  DEFINITE  the token lacks a permission or the asset
      NotVisible         DEFINITE  no such object, or not shared with us any more
      InvalidRequest     DEFINITE  a defect of the portal
      Refused            DEFINITE  every other refusal; the code says which
"""

from __future__ import annotations

import csv
import enum
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, TypeVar

import msgspec

Retry = Literal["yes", "no", "after"]

_HOUR = 3600
_RETRY_AFTER: dict[int, int] = {131057: 60, 133015: 300, 133016: 72 * _HOUR}


Kind = TypeVar("Kind", bound="GraphError")


class Outcome(enum.Enum):
    """What is known about the effect of a call that failed."""

    NOT_DONE = "NOT_DONE"
    DEFINITE = "DEFINITE"
    UNKNOWN = "UNKNOWN"


class ErrorRow(msgspec.Struct, frozen=True):
    """One row of errors.csv: what a code means and what the portal does about it."""

    code: str
    subcode: str
    http_status: str
    type_name: str
    meaning: str
    retryable: Retry
    portal_action: str
    seen_on: str
    source: str


GENERIC = ErrorRow(
    code="",
    subcode="",
    http_status="",
    type_name="Unknown error",
    meaning="Meta answered with an error that is not documented",
    retryable="no",
    portal_action="Show the message and the fbtrace_id to an operator",
    seen_on="any",
    source="",
)


@cache
def rows() -> tuple[ErrorRow, ...]:
    """All rows of errors.csv in the order of the file."""
    with Path(__file__).with_name("errors.csv").open(encoding="utf-8", newline="") as file:
        return tuple(msgspec.convert(row, ErrorRow) for row in csv.DictReader(file))


@cache
def _by_code() -> dict[tuple[str, str], ErrorRow]:
    return {(row.code, row.subcode): row for row in rows()}


def lookup(code: int | None, subcode: int | None = None) -> ErrorRow:
    """The row for a code and subcode, else for the code alone, else for its range, else the generic one."""
    found = _by_code().get((str(code), str(subcode))) or _by_code().get((str(code), ""))
    if found is None and code is not None and 200 <= code <= 299:
        found = _by_code()["200-299", ""]
    return found or GENERIC


class GraphError(Exception):
    """A Graph call without a good answer; texts from Meta are already free of our secrets."""

    outcome: ClassVar[Outcome] = Outcome.DEFINITE

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        subcode: int | None = None,
        http_status: int | None = None,
        details: str = "",
        fbtrace_id: str | None = None,
        title: str = "",
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.subcode = subcode
        self.http_status = http_status
        self.details = details
        self.fbtrace_id = fbtrace_id
        self.title = title or self.row.type_name
        self.retry_after_seconds = retry_after_seconds

    @property
    def row(self) -> ErrorRow:
        """What errors.csv says about this code."""
        return lookup(self.code, self.subcode)

    @property
    def retry(self) -> Retry:
        """Whether trying again can help: 'yes', 'no', or 'after' something changed or a while."""
        return self.row.retryable

    @property
    def portal_action(self) -> str:
        """What the portal or its operator does about it."""
        return self.row.portal_action

    @classmethod
    def like(cls, error: GraphError) -> Self:
        """The same answer of Meta's, seen as this class."""
        return _rebuild(cls, error.args, error.__dict__)

    def __str__(self) -> str:
        number = f" {self.code}" if self.code is not None else ""
        subcode = f"/{self.subcode}" if self.subcode is not None else ""
        return f"{type(self).__name__}{number}{subcode}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _rebuild(kind: type[Kind], args: tuple[Any, ...], state: dict[str, Any]) -> Kind:
    error = kind(*args)
    error.__dict__.update(state)
    return error


class NotSent(GraphError):
    """No byte of the request left: name, connection or certificate failed."""

    outcome = Outcome.NOT_DONE

    @property
    def retry(self) -> Retry:
        return "yes"


class RateLimited(GraphError):
    """Meta counted the call and did nothing else; `retry_after_seconds` is its advice, where it gave one."""

    outcome = Outcome.NOT_DONE

    @property
    def retry(self) -> Retry:
        return "after"


class OutcomeUnknown(GraphError):
    """No answer, half an answer, one that makes no sense, or a failure inside Meta: it may have been done."""

    outcome = Outcome.UNKNOWN

    @property
    def retry(self) -> Retry:
        return "after"


class TokenInvalid(GraphError):
    """The token is expired, revoked or malformed."""


class PermissionMissing(GraphError):
    """The token or the app lacks a permission, or was not given the asset."""


class NotVisible(GraphError):
    """No such object, or it is not shared with the holder of the token."""


class InvalidRequest(GraphError):
    """The request itself is wrong: a defect of the portal."""


class Refused(GraphError):
    """Meta said no, for the reason in `code` and `subcode`."""


_RATE = {4, 17, 32, 341, 613, 130429, 131056, 131057, 131208, 133015, 133016} | set(range(80000, 80015))
_RATE_SUBCODES = {(136024, 2388367)}
_TOKEN = {0, 102, 190}
_PERMISSION = {3, 10, 131005} | set(range(200, 300))
_INVISIBLE = {33}
_INVALID = {100, 131008, 131009, 2500}
_FAILED_INSIDE_META = {1, 2, 131000, 131016, 133004}


def kind_of(http_status: int, code: int, subcode: int | None = None) -> type[GraphError]:
    """The class for an error that Graph answered with.

    A 5xx is unknown whatever its code says, and so are the codes by which Meta reports a failure of its own.
    A 100 whose subcode has its own row in errors.csv states a reason and is no defect of ours.
    """
    if http_status >= 500 or code in _FAILED_INSIDE_META:
        return OutcomeUnknown
    if code in _RATE or (code, subcode) in _RATE_SUBCODES:
        return RateLimited
    if code in _TOKEN:
        return TokenInvalid
    if code in _PERMISSION:
        return PermissionMissing
    if code in _INVISIBLE or (code, subcode) == (100, 33):
        return NotVisible
    if code in _INVALID and not (subcode and lookup(code, subcode).subcode):
        return InvalidRequest
    return Refused


class _ErrorData(msgspec.Struct):
    details: str = ""


class Envelope(msgspec.Struct):
    """The `error` object of a Graph answer."""

    code: int
    message: str = ""
    type: str = ""
    error_subcode: int | None = None
    error_user_title: str | None = None
    error_user_msg: str | None = None
    error_data: Any = None
    fbtrace_id: str | None = None

    @property
    def details(self) -> str:
        """The most concrete text Meta gave; `error_data` is an object, a string of JSON, or absent."""
        data = self.error_data
        try:
            if isinstance(data, str):
                data = msgspec.json.decode(data)
            return msgspec.convert(data, _ErrorData).details or self.error_user_msg or ""
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return self.error_user_msg or ""


def envelope_of(answer: object) -> Envelope | None:
    """The error in a decoded answer, if it has one that Graph could have written."""
    if not isinstance(answer, dict) or "error" not in answer:
        return None
    try:
        return msgspec.convert(answer["error"], Envelope, strict=False)
    except (msgspec.MsgspecError, ValueError):
        return None


def default_retry_after(code: int | None) -> int | None:
    """How long Meta's pages say to wait after this code."""
    return _RETRY_AFTER.get(code) if code is not None else None
