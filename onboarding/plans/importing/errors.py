"""What is wrong with a row, stored as a code with values and told as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from onboarding.plans.assessing.questions import QUESTIONS
from onboarding.reasons import Text

ERRORS: dict[str, Text] = {
    # A cell
    "control": _("There are characters in it that nobody can see: write it again."),
    "too_long": _("It is longer than %(longest)s characters."),
    "email": _("This is not an e-mail address."),
    "url": _("This is not the address of a website."),
    "choice": _("Write one of: %(known)s."),
    "number": _("Write a whole number from %(least)s to %(most)s, without points or commas."),
    "yes_no": _("Write yes or no."),
    "day": _("Write a day such as 2026-12-24 or 24/12/2026."),
    "time": _("Write a time such as 08:00."),
    "zone": _("Write a time zone such as Europe/Rome."),
    "phone": _("Write the whole phone number with + and country code, such as +39 06 9876 5432."),
    "meta_id": _(
        "An id at Meta has digits only. A spreadsheet may have rounded it: format the column as text."
    ),
    "not_asked": _("This is not asked for the path %(path)s: leave it empty."),
    # A row
    "too_many_cells": _("The row has more cells than the heading has columns: look for a stray separator."),
    "missing": _("It is missing, and no earlier row of the customer says it."),
    "nobody": _("The first row of a customer names it: write its reference, or its name and e-mail."),
    "differs": _("Line %(line)s says something else for the same customer: write it once, or the same."),
    "same_customer": _(
        "Line %(line)s has the same name and e-mail: write the same reference, or another e-mail."
    ),
    "number_twice": _("The number is also in line %(line)s: keep one of them."),
    "test_number_twice": _("The customer already has a test number for this path: keep one."),
    "hours": _("The hours in which the customer may move have to end after they begin."),
    # What the portal knows
    "several_customers": _(
        "Several customers have this name and e-mail: write the reference of the one you mean."
    ),
    "currency_fixed": _("The customer has the currency %(known)s, which is not changed by an import."),
    "unknown_owner": _("No member of your team has this e-mail: invite them first."),
    "no_app": _("There is no Meta app with this id: register it first."),
    "which_app": _("There is not exactly one Meta app: write the app_id."),
    "app_fixed": _("The plan is for the app %(known)s, which is not changed by an import."),
    "unknown_waba": _("The customer has no WhatsApp Business Account with this id."),
    "foreign_waba": _("The WhatsApp Business Account with this id belongs to another customer."),
    "number_elsewhere": _("The number is in another open migration plan: abandon it there first."),
    "number_begun": _("The number is already moving, so what is known of it is not changed."),
    "plan_begun": _("The plan has begun: it takes no new numbers and wishes."),
    "unknown_plan": _("%(reference)s has no open migration plan, neither in this file nor in the portal."),
    "which_plan": _(
        "%(reference)s has several migration plans: write a colon and the path after the reference."
    ),
    "cycle": _("These plans wait for each other in a circle: take one of them out."),
    # Other rows
    "held_back": _("Line %(line)s of the same customer is wrong, so nothing of the customer is written."),
    "after_wrong": _("%(reference)s is wrong in this file, so this customer cannot come after it."),
}


@dataclass(frozen=True)
class RowError:
    """One thing that is wrong in a row; an empty column means the row itself."""

    column: str
    code: str
    values: tuple[tuple[str, str | int], ...] = ()

    def stored(self) -> dict[str, Any]:
        return {"column": self.column, "code": self.code, "values": dict(self.values)}


def error(column: str, code: str, **values: str | int) -> RowError:
    """An error with what its sentence names."""
    return RowError(column, code, tuple(values.items()))


def sentence(stored: dict[str, Any]) -> str:
    """The sentence of a stored error, in the language of who reads it."""
    if stored["code"] == "answer":
        return QUESTIONS[stored["column"]].wanted()
    text: str = str(ERRORS[stored["code"]]) % stored["values"]
    return text


def sentences(stored: Iterable[dict[str, Any]]) -> list[str]:
    """Column and sentence of every error of a row."""
    return [f"{one['column']}: {sentence(one)}" if one["column"] else sentence(one) for one in stored]
