"""Window messages of embedded signup, as the browser passes them on: texts that anybody could have written.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/implementation
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

TYPE = "WA_EMBEDDED_SIGNUP"
FINISH = "FINISH"
LONGEST = 65_536

_DIGITS = re.compile(r"[0-9]{1,32}", re.ASCII)


class _Data(msgspec.Struct):
    phone_number_id: Any = None
    waba_id: Any = None
    business_id: Any = None
    current_step: Any = None
    error_message: Any = None
    error_code: Any = None
    error_id: Any = None
    session_id: Any = None


class _Message(msgspec.Struct):
    type: str
    event: str
    data: _Data = msgspec.field(default_factory=_Data)


class WindowMessage(msgspec.Struct, frozen=True):
    """What a message said, cut to what a row can hold; an id that is not one is ''."""

    event: str
    phone_number_id: str
    waba_id: str
    business_id: str
    current_step: str
    error_code: str
    error_message: str
    meta_session_id: str

    def columns(self) -> dict[str, str]:
        """The columns of SignupSession that it fills."""
        return msgspec.structs.asdict(self)


def read(raw: str) -> WindowMessage | None:
    """The message in a string; None for anything that is not one of embedded signup."""
    if len(raw) > LONGEST:
        return None
    try:
        message = msgspec.json.decode(raw, type=_Message)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if message.type != TYPE:
        return None
    data = message.data
    return WindowMessage(
        event=_text(message.event, 60),
        phone_number_id=_id(data.phone_number_id),
        waba_id=_id(data.waba_id),
        business_id=_id(data.business_id),
        current_step=_text(data.current_step, 60),
        error_code=_text(data.error_code or data.error_id, 40),
        error_message=_text(data.error_message, 300),
        meta_session_id=_text(data.session_id, 100),
    )


def _text(value: object, length: int) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    return "".join(letter for letter in str(value) if letter.isprintable())[:length]


def _id(value: object) -> str:
    text = _text(value, 40)
    return text if _DIGITS.fullmatch(text) else ""
