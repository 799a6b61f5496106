"""Who of a plan is invited to Meta's window and when: never before the day, never more than Meta takes in."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db.models import Max

from onboarding import links, notices, progress
from onboarding.models import NoticeKind, Onboarding, OnboardingLink, Path, PlanLine
from onboarding.plans.waves.signup_limit import first_tokens, signups_per_week
from onboarding.states import LineState, OnboardingState
from tenants.models import BusinessToken, MetaApp

WEEK = timedelta(days=7)
# One connection brings all numbers of such a plan: they stay in, or move to, one account.
ONCE = (Path.WABA_PARTNER_SWITCH, Path.NUMBER_WABA_TO_WABA)


def next_free_place(onboarding: Onboarding, *, now: datetime) -> datetime | None:
    """When this customer may be invited; None if it may be now. The app is locked: places go one by one."""
    app = MetaApp.objects.select_for_update(no_key=True).get(pk=onboarding.app_id)
    customer = onboarding.customer_id
    if BusinessToken.objects.filter(app=app, customer=customer).exists():
        return None  # not new: it has been in Meta's window before
    taken, allowed = _places(app, now=now), signups_per_week()
    if customer in taken or len(taken) < allowed:
        return None
    return sorted(taken.values())[len(taken) - allowed] + WEEK


def _places(app: MetaApp, *, now: datetime) -> dict[uuid.UUID, datetime]:
    """When each place of the last seven days was taken: by a first token, or by an open invitation."""
    since = now - WEEK
    invited = OnboardingLink.objects.filter(
        onboarding__app=app, onboarding__state=OnboardingState.INVITED, revoked_at=None, created_at__gt=since
    )
    taken: dict[uuid.UUID, datetime] = dict(invited.values_list("customer").annotate(at=Max("created_at")))
    taken |= first_tokens(app)
    return {customer: at for customer, at in taken.items() if at > since}


def invite(onboarding: Onboarding, *, now: datetime, by: str) -> None:
    """Make the link to Meta's window for a customer and have it mailed."""
    link = links.create_link(onboarding=onboarding, now=now, by=by)
    notices.create_notice(onboarding=onboarding, kind=NoticeKind.INVITATION, link=link, now=now)


def wake_others(line: PlanLine, *, now: datetime) -> None:
    """The connection is there: the numbers of the plan that wait for it go on."""
    others = PlanLine.objects.filter(plan=line.plan_id).exclude(pk=line.pk).exclude(onboarding=None)
    for other in others.select_related("onboarding").order_by("onboarding"):
        progress.wake(other.onboarding, now=now)


def who_connects(line: PlanLine) -> PlanLine:
    """The line whose onboarding gets the customer's connection: the plan's first, where one is enough."""
    if line.plan.path not in ONCE:
        return line
    lines = PlanLine.objects.filter(plan=line.plan_id, source_waba_id=line.source_waba_id)
    first = lines.exclude(state__in=(LineState.ABANDONED, LineState.ROLLED_BACK)).exclude(onboarding=None)
    return first.select_related("onboarding__token", "onboarding__waba").order_by("position").first() or line
