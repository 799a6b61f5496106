"""Answers and bodies of the API that are files and not JSON."""

from __future__ import annotations

from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import BaseParser

CSV, CALENDAR = "text/csv", "text/calendar"
MAX_CSV = 4 * 1024 * 1024
BYTE_BY_BYTE = "latin-1"


def as_file(text: str, *, kind: str, name: str) -> HttpResponse:
    """An answer that a browser saves under this name."""
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def told_as(kind: str) -> dict[tuple[int, str], Any]:
    """What the API document says of such an answer."""
    return {(200, kind): OpenApiTypes.STR}


class CSVParser(BaseParser):
    """The bytes of a file; what they mean is for the import to say, line by line."""

    media_type = CSV

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        raw: bytes = stream.read(MAX_CSV + 1)
        if len(raw) > MAX_CSV:
            raise RequestDataTooBig
        return {"file": raw.decode(BYTE_BY_BYTE)}
