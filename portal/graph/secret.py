"""A value that only the Graph client opens."""

from __future__ import annotations

import hmac
from typing import NoReturn

MASK = "***"


class Secret:
    """A token, app secret, PIN or backup that prints as `***` and refuses to be pickled."""

    __slots__ = ("__value",)

    def __init__(self, value: str | bytes) -> None:
        self.__value = value if isinstance(value, bytes) else value.encode()

    def reveal(self) -> str:
        """The value in clear; ask for it as late as possible and keep it nowhere."""
        return self.__value.decode()

    def reveal_bytes(self) -> bytes:
        """The value in clear, as bytes."""
        return self.__value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value, other.__value)

    __hash__ = None  # type: ignore[assignment]  # a hash of a six-digit PIN would give the PIN away

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is never pickled")
