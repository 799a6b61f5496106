"""The words of plans at the desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from onboarding import dates
from onboarding.admin import words
from onboarding.models import MigrationPlan, Path, PlanBackup, PlanCheck, PlanLine, Recommendation
from onboarding.plans.moving import probe
from onboarding.plans.numbers import international
from onboarding.plans.paths import on_premises
from onboarding.plans.queries import Summary
from onboarding.reasons import Text
from onboarding.states import PlanState
from portal.kernel.templatetags.desk import badge, when

# A path in a column.
PATHS: dict[str, Text] = {
    Path.NEW_CUSTOMER: gettext_lazy("new"),
    Path.ONPREM_TO_CLOUD: "On-Premises",
    Path.NUMBER_WABA_TO_WABA: gettext_lazy("other WABA"),
    Path.WABA_PARTNER_SWITCH: gettext_lazy("partner switch"),
    Path.COEXISTENCE: gettext_lazy("coexistence"),
}
# Of a list in evidence.
MOST_SHOWN = 10
# Values of evidence that are our words and not Meta's.
OURS: dict[str, Text] = {
    probe.NO_ANSWER: gettext_lazy("no answer"),
    probe.SIGN_IN_REFUSED: gettext_lazy("sign-in refused"),
    on_premises.WHEN_IT_MOVES: gettext_lazy("when the number moves"),
    on_premises.UPLOADED: gettext_lazy("uploaded"),
    on_premises.UNKNOWN_CLIENT: pgettext_lazy("On-Premises client", "unknown"),
}
# What the assessment advises, below the word "advice".
ADVICE: dict[str, Text] = {
    Recommendation.MOVE_NOW: pgettext_lazy("advice", "now"),
    Recommendation.MOVE_LATER: pgettext_lazy("advice", "later"),
    Recommendation.DO_NOT_MOVE: pgettext_lazy("advice", "do not"),
}


def number(line: PlanLine) -> str:
    """The number as people write it."""
    return international(line.display_phone_number)


def state_badges(plan: MigrationPlan, *, late: bool) -> SafeString:
    """The state, and that it is paused or late."""
    shown = badge(plan.state, plan.get_state_display())
    if plan.paused_at is not None:
        shown = format_html("{} {}", shown, badge("WAITING", _("paused")))
    return format_html("{} {}", shown, badge("FAILED", _("late"))) if late else shown


def move(summary: Summary) -> SafeString | str:
    """Who must act next."""
    need = summary.next_action
    return badge(need.owner, words.WHO[need.owner]) if need else words.NONE


def blocker(summary: Summary) -> SafeString | str:
    """What stops the plan, in one line; all of it when pointed at."""
    need = summary.next_action
    return format_html('<span title="{}">{}</span>', need.explanation, need.title) if need else words.NONE


def start(plan: MigrationPlan, now: datetime) -> SafeString | str:
    """When it is to begin, or began; an abandoned plan that never began has no date."""
    is_abandoned = plan.state == PlanState.ABANDONED
    at = plan.started_at or (None if is_abandoned else plan.planned_start_at)
    return when(at, now, with_relative=False) if at else words.NONE


def longest_downtime(view: Summary) -> str:
    """The longest time for which one of the numbers could neither send nor receive."""
    return dates.span(max(spans)) if (spans := [one.downtime for one in view.lines if one.downtime]) else ""


def checks(rows: Iterable[PlanCheck]) -> str:
    """How many preflight checks are fine, and how many are not."""
    counts = Counter(row.result for row in rows)
    parts = [
        (ngettext("%(n)d check fine", "%(n)d checks fine", counts["OK"]), counts["OK"]),
        (ngettext("%(n)d not yet", "%(n)d not yet", counts["FAIL"]), counts["FAIL"]),
        (ngettext("%(n)d to confirm", "%(n)d to confirm", counts["UNKNOWN"]), counts["UNKNOWN"]),
    ]
    return " · ".join(text % {"n": n} for text, n in parts if n)


def evidence(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was read, under Meta's own names; of long lists the beginning and how many there are."""
    return [(name, _value(value)) for name, value in given.items()]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return _value([f"{name}: {what}" for name, what in value.items()])
    if isinstance(value, list):
        shown = "; ".join(str(one) for one in value[:MOST_SHOWN])
        rest = len(value) - MOST_SHOWN
        return f"{shown} … (+{rest})" if rest > 0 else shown or "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in (None, "") else str(OURS.get(value, value))


def backup(row: PlanBackup | None, now: datetime) -> str:
    """What became of the backup."""
    if row is None:
        return ""
    if row.used_at is not None:
        return _("backup used, then wiped") if row.wiped_at else _("backup used")
    if row.refused_at is not None:
        return _("backup refused by Meta")
    if row.wiped_at is not None or row.expires_at <= now:
        return _("backup expired")
    return _("backup kept encrypted")
