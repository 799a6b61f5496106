"""The report of a move in its customer's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from onboarding import dates
from onboarding.models import MoveReport
from onboarding.plans.moving.report import PROOFS
from onboarding.words import Text


@dataclass(frozen=True)
class Report:
    """What was proved of one number, and what became of its templates."""

    written_at: str
    is_proven: bool
    checks: tuple[tuple[Text, bool], ...]
    templates: str
    templates_left: str
    why_left: tuple[str, ...]  # as Meta says it


def report_in_words(report: MoveReport, *, zone: str) -> Report:
    """Read the facts of a report; what a customer has no use for is left out."""
    facts: dict[str, Any] = report.facts
    checks = [
        (PROOFS[check["key"]].title, bool(check["ok"])) for check in facts["checks"] if check["key"] in PROOFS
    ]
    templates: dict[str, Any] = facts.get("templates") or {}
    copied, left = len(templates.get("migrated", [])), templates.get("failed", {})
    words = ngettext("%(n)d message template was copied", "%(n)d message templates were copied", copied)
    not_copied = ngettext("%(n)d was not copied", "%(n)d were not copied", len(left)) % {"n": len(left)}
    return Report(
        written_at=dates.in_words(report.written_at, zone=zone),
        is_proven=report.proven,
        checks=tuple(checks),
        templates=words % {"n": copied} if templates else "",
        templates_left=not_copied if left else "",
        why_left=tuple(sorted(set(left.values()))),
    )
