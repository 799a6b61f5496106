"""The report of a move in its customer's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from onboarding import dates
from onboarding.models import MoveReport
from onboarding.words import Text

# What the verifier looks at, by its key in MoveReport.facts.
PROVED: dict[str, Text] = {
    "platform": _("The number is on the Cloud API of Meta"),
    "status": _("Meta shows it connected"),
    "subscribed_apps": _("Its messages are delivered to us"),
    "callbacks": _("Meta's events arrive here since the move"),
    "inbound": _("A message was received"),
    "outbound": _("A message was sent and delivered"),
}


@dataclass(frozen=True)
class Report:
    """What was proved of one number, and what became of its templates."""

    written_at: str
    is_proven: bool
    checks: tuple[tuple[Text, bool], ...]
    templates: str
    templates_left: tuple[str, ...]


def report_in_words(report: MoveReport, *, zone: str) -> Report:
    """Read the facts of a report; what a customer has no use for is left out."""
    facts: dict[str, Any] = report.facts
    checks = [
        (PROVED[check["key"]], bool(check.get("ok")))
        for check in facts.get("checks", [])
        if check["key"] in PROVED
    ]
    templates = facts.get("templates") or {}
    moved = len(templates.get("migrated", []))
    words = ngettext("%(n)d message template was copied", "%(n)d message templates were copied", moved)
    return Report(
        written_at=dates.in_words(report.written_at, zone=zone),
        is_proven=report.proven,
        checks=tuple(checks),
        templates=words % {"n": moved} if templates else "",
        templates_left=tuple(sorted(templates.get("failed", {}))),
    )
