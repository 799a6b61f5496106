"""The history of one journey for the desk: calls with outcomes in words, and all the rest newest first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.models import Notice, Onboarding, SignupSession, Step
from onboarding.reasons import REASONS
from onboarding.remedies import remedy
from onboarding.states import OnboardingState, StepState
from onboarding.steps.keys import StepKey
from portal.kernel.models import Audit, CallOutcome, GraphCall, Transition

SHOWN = 100

# What services call what they did, and why; the others are shown as they are.
ACTIONS: dict[str, str | Promise] = {
    "onboarding.invited": gettext_lazy("Onboarding opened"),
    "onboarding.own_number_started": gettext_lazy("Onboarding of an own number opened"),
    "onboarding.link_renewed": gettext_lazy("New link made, older links revoked"),
    "onboarding.retried": gettext_lazy("Retry asked"),
    "onboarding.register_asked": gettext_lazy("Registration asked"),
    "onboarding.cancelled": gettext_lazy("Onboarding cancelled"),
    "onboarding.code_requested": gettext_lazy("Verification code asked"),
    "onboarding.code_entered": gettext_lazy("Verification code entered"),
    "phone_number.pin_stored": gettext_lazy("PIN stored"),
    "token.invalidated": gettext_lazy("Token no longer accepted by Meta"),
    "waba.shared": gettext_lazy("Account shared with us"),
    "waba.removed": gettext_lazy("Access to the account withdrawn"),
    "onboarding.expired": gettext_lazy("Registration window over"),
    "onboarding.live": gettext_lazy("Number live"),
    # Causes that the journey itself writes on its transitions.
    "signed up": gettext_lazy("Meta's signup completed"),
    "14 days without registration": gettext_lazy("14 days without registration"),
    "the token is not valid": gettext_lazy("the customer's token is not valid"),
    "Meta refused the token": gettext_lazy("Meta refused the customer's token"),
    "Meta says that access was withdrawn": gettext_lazy("Meta says that access was withdrawn"),
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One attempt to change something at Meta."""

    row: GraphCall
    look: str
    outcome: str | Promise
    explanation: str | Promise


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of the history."""

    at: datetime
    kind: str
    text: str | Promise
    by: str
    reason: str | Promise = ""


def calls_of(onboarding: Onboarding) -> list[Call]:
    """The journey's attempts, newest first: its own, the code exchange's and the test message's."""
    work: list[uuid.UUID] = [onboarding.pk]
    work += SignupSession.objects.filter(onboarding=onboarding).values_list("pk", flat=True)
    if onboarding.test_message_id:
        work.append(onboarding.test_message_id)
    rows = GraphCall.objects.filter(work_id__in=work).order_by("-started_at", "-id")
    return [_told(row) for row in rows[:SHOWN]]


def _told(row: GraphCall) -> Call:
    if row.finished_at is None:
        return Call(row=row, look="info", outcome=_("under way"), explanation="")
    if row.succeeded:
        return Call(row=row, look="success", outcome=_("done"), explanation="")
    if row.outcome == CallOutcome.UNKNOWN:
        explanation = _("Meta may have acted. We look before anything is sent again.")
        return Call(row=row, look="warning", outcome=_("no answer"), explanation=explanation)
    told = remedy(row.code, row.subcode) if row.code is not None else None
    if row.outcome == CallOutcome.NOT_DONE:
        unsent = _("The request did not reach Meta. It is tried again.")
        why = told.title if told else unsent
        return Call(row=row, look="warning", outcome=_("not done for certain"), explanation=why)
    return Call(row=row, look="danger", outcome=_("refused"), explanation=told.title if told else "")


def history_of(onboarding: Onboarding, steps: list[Step]) -> list[Happening]:
    """What happened to the journey, newest first: states, steps, what people did, notices."""
    happened = [*_states(onboarding, steps), *_acts(onboarding), *_notices(onboarding)]
    return sorted(happened, key=attrgetter("at"), reverse=True)[:SHOWN]


def _states(onboarding: Onboarding, steps: list[Step]) -> list[Happening]:
    names = {step.pk: str(StepKey(step.key).label) for step in steps}
    rows = Transition.objects.filter(subject_id__in=[onboarding.pk, *names]).order_by("-at", "-seq")[:SHOWN]
    return [_state(row, names.get(row.subject_id, "")) for row in rows]


def _state(row: Transition, step: str) -> Happening:
    kinds: type[StepState | OnboardingState] = StepState if step else OnboardingState
    values = {"step": step, "from": _label(kinds, row.from_state), "to": _label(kinds, row.to_state)}
    if step:
        text = _("%(step)s: %(from)s → %(to)s") % values
    elif row.from_state:
        text = _("%(from)s → %(to)s") % values
    else:
        text = values["to"]
    return Happening(
        at=row.at, kind="step" if step else "state", text=text, by=row.by, reason=_why(row.reason)
    )


def _label(kinds: type[StepState | OnboardingState], state: str) -> str:
    return str(kinds(state).label) if state in kinds.values else state


def _why(reason: str) -> str | Promise:
    known = REASONS.get(reason)
    return known.title if known else ACTIONS.get(reason, reason)


def _acts(onboarding: Onboarding) -> list[Happening]:
    subjects = [
        onboarding.pk,
        *filter(None, (onboarding.phone_number_id, onboarding.waba_id, onboarding.token_id)),
    ]
    rows = Audit.objects.filter(subject_id__in=subjects).order_by("-at", "-id")[:SHOWN]
    return [
        Happening(at=row.at, kind="act", text=ACTIONS.get(row.action, row.action), by=row.by) for row in rows
    ]


def _notices(onboarding: Onboarding) -> list[Happening]:
    return [
        Happening(at=row.sent_at or row.created_at, kind="notice", text=_notice(row), by="portal")
        for row in Notice.objects.filter(onboarding=onboarding).order_by("-created_at")[:SHOWN]
    ]


def _notice(row: Notice) -> str:
    values = {"kind": row.get_kind_display()}
    if row.skipped:
        return _("Notice not needed any more: %(kind)s") % values
    return (_("Notice sent: %(kind)s") if row.sent_at else _("Notice waiting to be sent: %(kind)s")) % values
