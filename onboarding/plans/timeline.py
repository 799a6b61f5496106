"""The history of a migration plan and its numbers, newest first: states, what people did, notices."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from operator import attrgetter

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding import dates
from onboarding.models import DecisionKey, MigrationPlan, PlanLine, PlanNotice, WishKind
from onboarding.plans.moving.checks import CHECKS
from onboarding.plans.moving.execution import ALL_ABANDONED
from onboarding.plans.numbers import international
from onboarding.plans.waves.dating import NO_PLACE
from onboarding.reasons import REASONS
from onboarding.states import LineState, PlanState
from onboarding.timeline import SHOWN, Happening
from portal.kernel.models import Audit, Transition

# What services call what they did; the others are shown as they are.
ACTIONS: dict[str, str | Promise] = {
    "plan.created": gettext_lazy("Plan opened"),
    "plan.changed": gettext_lazy("Plan changed"),
    "plan.answered": gettext_lazy("Questions answered"),
    "plan.decided": gettext_lazy("Decision taken"),
    "plan.dated": gettext_lazy("Date set"),
    "plan.retried": gettext_lazy("Retry asked"),
    "plan.date_withdrawn": gettext_lazy("Date withdrawn"),
    "plan.link_sent": gettext_lazy("Link sent to the customer"),
    "plan.paused": gettext_lazy("Plan paused"),
    "plan.resumed": gettext_lazy("Plan resumed"),
    "plan.wish_added": gettext_lazy("Wish noted"),
    "plan.wish_withdrawn": gettext_lazy("Wish withdrawn"),
    "plan.dependency_added": gettext_lazy("Tied to another plan"),
    "plan.dependency_removed": gettext_lazy("Untied from another plan"),
    "plan_line.added": gettext_lazy("Number added"),
    "plan_line.changed": gettext_lazy("Number changed"),
    "line.roll_back_asked": gettext_lazy("Way back asked"),
    "line.check_confirmed": gettext_lazy("Check confirmed"),
    "line.client_stored": gettext_lazy("On-Premises client stored"),
    "line.backup_kept": gettext_lazy("Backup kept"),
    "line.backup_wiped": gettext_lazy("Backup wiped"),
    "line.client_forgotten": gettext_lazy("Password of the On-Premises client wiped"),
    # Why the portal itself changed a state.
    NO_PLACE: gettext_lazy("not in the schedule"),
    ALL_ABANDONED: gettext_lazy("all its numbers were abandoned"),
}
# The states tell it too, with the reason.
TOLD_BY_STATES = (
    "plan.assessed",
    "plan.reopened",
    "plan.started",
    "plan.completed",
    "plan.abandoned",
    "line.abandoned",
)


def history_of(plan: MigrationPlan, lines: Sequence[PlanLine]) -> list[Happening]:
    """What happened to the plan and to these numbers of it."""
    names = {line.pk: international(line.display_phone_number) for line in lines}
    happened = [*_states([plan.pk, *names], names), *_acts([plan.pk, *names], names), *_notices(plan)]
    return sorted(happened, key=attrgetter("at"), reverse=True)[:SHOWN]


def history_of_line(line: PlanLine) -> list[Happening]:
    """What happened to one number."""
    happened = [*_states([line.pk], {}), *_acts([line.pk], {})]
    return sorted(happened, key=attrgetter("at"), reverse=True)[:SHOWN]


def _states(subjects: Sequence[uuid.UUID], names: dict[uuid.UUID, str]) -> list[Happening]:
    # How a row began is told by who opened it.
    rows = Transition.objects.filter(subject_id__in=subjects).exclude(from_state="")
    rows = rows.order_by("-at", "-seq")[:SHOWN]
    return [
        Happening(
            at=row.at,
            kind="step" if row.subject_id in names else "state",
            text=_text(row, names.get(row.subject_id, "")),
            by=row.by,
            reason=REASONS[row.reason].title
            if row.reason in REASONS
            else ACTIONS.get(row.reason, row.reason),
        )
        for row in rows
    ]


def _text(row: Transition, number: str) -> str:
    kinds = LineState if row.subject_type == PlanLine._meta.label else PlanState
    words = {"number": number, "from": _label(kinds, row.from_state), "to": _label(kinds, row.to_state)}
    return (_("%(number)s: %(from)s → %(to)s") if number else _("%(from)s → %(to)s")) % words


def _label(kinds: type[LineState | PlanState], state: str) -> str:
    return str(kinds(state).label) if state in kinds.values else state


def _acts(subjects: Sequence[uuid.UUID], names: dict[uuid.UUID, str]) -> list[Happening]:
    rows = Audit.objects.filter(subject_id__in=subjects).exclude(action__in=TOLD_BY_STATES)
    return [
        Happening(
            at=row.at,
            kind="act",
            text=ACTIONS.get(row.action, row.action),
            by=row.by,
            reason=" · ".join(filter(None, (names.get(row.subject_id), _detail(row)))),
        )
        for row in rows.order_by("-at", "-id")[:SHOWN]
    ]


def _detail(row: Audit) -> str:
    """What exactly was decided or wished, as far as the audit row tells."""
    data = row.data
    if row.action == "plan.decided" and data.get("key") in DecisionKey.values:
        return f"{DecisionKey(data['key']).label}: {_('yes') if data.get('choice') else _('no')}"
    if data.get("kind") in WishKind.values and data.get("day"):
        return f"{WishKind(data['kind']).label} {dates.whole_day(date.fromisoformat(data['day']))}"
    check = CHECKS.get(data.get("check", ""))
    return str(check.title) if check else ""


def _notices(plan: MigrationPlan) -> list[Happening]:
    rows = PlanNotice.objects.filter(plan=plan, sent_at__isnull=False).order_by("-sent_at")[:SHOWN]
    return [
        Happening(
            at=row.sent_at or row.created_at,
            kind="notice",
            text=_("Notice sent: %(kind)s") % {"kind": row.get_kind_display()},
            by="portal",
            reason=row.recipient,
        )
        for row in rows
    ]
