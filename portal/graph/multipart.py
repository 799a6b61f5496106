"""A body of fields and one file, as Meta takes uploads; RFC 7578."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from .secret import Secret

_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w.+-]+)*", re.ASCII)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\]')


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload; its content is never logged."""

    filename: str
    mime_type: str
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _MIME_TYPE.fullmatch(self.mime_type):
            raise ValueError("that is no MIME type")


def encode(fields: Mapping[str, str], file: File) -> tuple[str, Secret]:
    """The content type and the body, with the file last."""
    boundary = secrets.token_hex(16)  # at random, so that no file can hold it
    parts = [_part(boundary, f'name="{name}"', "", value.encode()) for name, value in fields.items()]
    # A quote or a line end in the name would begin another header.
    place = f'name="file"; filename="{_UNSAFE.sub("_", file.filename)}"'
    parts.append(_part(boundary, place, f"Content-Type: {file.mime_type}\r\n", file.content))
    body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
    return f"multipart/form-data; boundary={boundary}", Secret(body)


def _part(boundary: str, place: str, header: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {place}\r\n{header}\r\n"
    return head.encode() + content + b"\r\n"
