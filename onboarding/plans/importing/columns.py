"""The columns of the CSV: what each is about, how its text is read, and what is said to a wrong one."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from onboarding.models import Path, Risk
from onboarding.plans.assessing.questions import NO, QUESTIONS, YES
from onboarding.plans.numbers import BadNumber, e164
from tenants.models import Customer

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LIST = re.compile(r"[\s,;|]+")
# In front of the rows that were wrong: their line, and why. A corrected file may keep them.
REMARKS = ("line", "what_is_wrong")


class Wrong(ValueError):
    """A cell that cannot be read: the code of its error, and what its sentence names."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code, self.values = code, values


class About(Enum):
    """Of what a column tells; rows of one customer may leave out what an earlier row said."""

    CUSTOMER = "customer"
    PLAN = "plan"
    NUMBER = "number"
    ANSWER = "answer"


@dataclass(frozen=True)
class Column:
    """One column and how its text is read; a list gathers what several rows say."""

    name: str
    about: About
    parse: Callable[[str], Any]
    is_list: bool = False


def _text(longest: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if CONTROL.search(text):
            raise Wrong("control")
        if len(text) > longest:
            raise Wrong("too_long", longest=longest)
        return text

    return parse


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise Wrong("email") from error
    return _text(254)(text)


def _url(text: str) -> str:
    address = text if "://" in text else f"https://{text}"
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError as error:
        raise Wrong("url") from error
    return _text(200)(address)


def _choice(*known: str, fold: Callable[[str], str] = str.upper) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if fold(text) not in known:
            raise Wrong("choice", known=", ".join(known))
        return fold(text)

    return parse


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not least <= int(text) <= most:
            raise Wrong("number", least=least, most=most)
        return int(text)

    return parse


def _yes_no(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise Wrong("yes_no")
    return text.lower() in YES


def _day(text: str) -> date:
    """2026-12-24 or 24/12/2026: with slashes the day always comes first."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text, re.ASCII)
    year, month, day = found.groups() if found else ("", "", "")
    if found is None and (found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII)):
        day, month, year = found.groups()
    try:
        parsed = date(int(year), int(month), int(day))
    except ValueError as error:
        raise Wrong("day") from error
    if not 2020 <= parsed.year <= 2100:
        raise Wrong("day")
    return parsed


def _days(text: str) -> list[date]:
    return sorted({_day(word) for word in LIST.split(text) if word})


def _time(text: str) -> time:
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?::00)?", text, re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise Wrong("time")
    return time(int(found[1]), int(found[2]))


@cache
def _zones() -> set[str]:
    """Read once: it is a walk through hundreds of files."""
    return zoneinfo.available_timezones()


def _zone(text: str) -> str:
    if text not in _zones():
        raise Wrong("zone")
    return text


def _phone(text: str) -> str:
    try:
        return e164(text)
    except BadNumber as error:
        raise Wrong("phone") from error


def _meta_id(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,32}", text, re.ASCII):
        raise Wrong("meta_id")
    return text


def _references(text: str) -> list[str]:
    """References of customers, one after the other; a path may follow a colon."""
    return [_text(140)(word.strip()) for word in re.split(r"[,;|]", text) if word.strip()]


def _currencies() -> list[str]:
    return [str(code) for code, _label in Customer._meta.get_field("currency").choices or ()]


_LIST = (
    Column("customer_ref", About.CUSTOMER, _text(100)),
    Column("customer_name", About.CUSTOMER, _text(100)),
    Column("contact_name", About.CUSTOMER, _text(100)),
    Column("contact_email", About.CUSTOMER, _email),
    Column("language", About.CUSTOMER, _choice("en", "it", fold=str.lower)),
    Column("time_zone", About.CUSTOMER, _zone),
    Column("currency", About.CUSTOMER, _choice(*_currencies())),
    Column("website", About.CUSTOMER, _url),
    Column("path", About.PLAN, _choice(*Path.values)),
    Column("app_id", About.PLAN, _meta_id),
    Column("owner", About.PLAN, _email),
    Column("priority", About.PLAN, _number(1, 5)),
    Column("risk", About.PLAN, _choice(*Risk.values)),
    Column("moves_from", About.PLAN, _time),
    Column("moves_until", About.PLAN, _time),
    Column("not_before", About.PLAN, _day),
    Column("not_after", About.PLAN, _day),
    Column("not_on", About.PLAN, _days, is_list=True),
    Column("after", About.PLAN, _references, is_list=True),
    Column("phone_number", About.NUMBER, _phone),
    Column("test_number", About.NUMBER, _yes_no),
    Column("number_daily_volume", About.NUMBER, _number(0, 1_000_000_000)),
    Column("locked_until", About.NUMBER, _day),
    Column("source_waba_id", About.NUMBER, _meta_id),
    Column("destination_waba_id", About.NUMBER, _meta_id),
    # How the text of an answer is read depends on the path, which an earlier row may tell.
    *(Column(key, About.ANSWER, _text(1000)) for key in QUESTIONS),
)
COLUMNS: dict[str, Column] = {column.name: column for column in _LIST}
NEEDED = ("path", "phone_number")
# By one of these a row is known to belong to a customer.
IDENTITY = ("customer_ref", "customer_name")
