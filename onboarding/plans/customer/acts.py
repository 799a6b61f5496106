"""What customers do on the page of their move: name days, tell a PIN, have a code sent and type it in."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from onboarding import services
from onboarding.models import MigrationPlan, Onboarding, PlanWish, WishKind
from onboarding.plans import services as plans
from onboarding.plans.customer.view import BY_CUSTOMER, STAGES, PlanStage
from onboarding.services import Refused
from onboarding.signup import LinkFound
from onboarding.states import PlanState
from portal.graph.secret import Secret

MOST_DAYS = 31
FARTHEST = timedelta(days=730)
LONGEST_REASON = 200
LANGUAGES = {"it": "it", "en": "en_US"}


class NotOnThisPage(Refused):
    code = "not_on_this_page"
    message = _("The page has changed meanwhile. Look at it again.")


class DateFixed(Refused):
    code = "date_fixed"
    message = _("The date of the move is fixed already. Write to us if it does not suit you.")


class BadDays(Refused):
    code = "bad_days"
    message = _("Choose one day, or the first and the last of at most 31 days, from tomorrow on.")


class ReasonTooLong(Refused):
    code = "reason_too_long"
    message = _("Say why in at most 200 characters.")


def ask_days_off(
    *, link: LinkFound, first: str, last: str, reason: str, now: datetime, today: date, by: str = BY_CUSTOMER
) -> None:
    """Note that the customer does not want to move on these days; days that it named before stay."""
    plan = _plan(link)
    begin = _day(first)
    end = _day(last) if last else begin
    if not (today < begin <= end <= today + FARTHEST) or (end - begin).days >= MOST_DAYS:
        raise BadDays
    if len(reason) > LONGEST_REASON:
        raise ReasonTooLong
    known = set(
        PlanWish.objects.filter(plan=plan, kind=WishKind.NOT_ON, withdrawn_at=None).values_list(
            "day", flat=True
        )
    )
    for number in range((end - begin).days + 1):
        day = begin + timedelta(days=number)
        if day not in known:
            plans.add_wish(plan=plan, kind=WishKind.NOT_ON, day=day, reason=reason, now=now, by=by)


def withdraw_day(*, link: LinkFound, wish_id: uuid.UUID, now: datetime, by: str = BY_CUSTOMER) -> None:
    """The customer no longer minds a day that it named itself."""
    plan = _plan(link)
    wish = PlanWish.objects.filter(pk=wish_id, plan=plan, created_by=BY_CUSTOMER).first()
    if wish is None:
        raise NotOnThisPage
    plans.withdraw_wish(wish=wish, now=now, by=by)


def give_pin(
    *, link: LinkFound, onboarding_id: uuid.UUID, pin: Secret, now: datetime, by: str = BY_CUSTOMER
) -> None:
    """Keep the PIN of the number that the page asked for."""
    services.set_pin(onboarding=_onboarding(link, onboarding_id), pin=pin, now=now, by=by)


def send_code(
    *,
    link: LinkFound,
    onboarding_id: uuid.UUID,
    method: str,
    language: str,
    now: datetime,
    by: str = BY_CUSTOMER,
) -> None:
    """Have Meta send a code to the number, in the language of the page."""
    onboarding, spoken = _onboarding(link, onboarding_id), LANGUAGES.get(language, language)
    services.request_code(onboarding=onboarding, method=method, language=spoken, now=now, by=by)


def enter_code(
    *, link: LinkFound, onboarding_id: uuid.UUID, code: Secret, now: datetime, by: str = BY_CUSTOMER
) -> None:
    """Verify the number with the six digits that came to it."""
    services.submit_code(onboarding=_onboarding(link, onboarding_id), code=code, now=now, by=by)


def _plan(link: LinkFound) -> MigrationPlan:
    """The plan of the link, while its customer may still say when."""
    plans_of_link = MigrationPlan.objects.select_for_update(of=("self",))
    if link.plan_id is not None:
        plan = plans_of_link.filter(pk=link.plan_id).first()
    else:
        plan = plans_of_link.filter(lines__onboarding=link.onboarding_id).first()
    if plan is None:
        raise NotOnThisPage
    if STAGES[PlanState(plan.state)] is not PlanStage.PREPARING:
        raise DateFixed
    return plan


def _onboarding(link: LinkFound, onboarding_id: uuid.UUID) -> Onboarding:
    """The number that the page showed, which a plan's page may have changed since."""
    rows = Onboarding.objects.select_related("phone_number").filter(pk=onboarding_id)
    if link.plan_id is not None:
        rows = rows.filter(plan_lines__plan=link.plan_id)
    elif onboarding_id != link.onboarding_id:
        raise NotOnThisPage
    onboarding = rows.first()
    if onboarding is None:
        raise NotOnThisPage
    return onboarding


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadDays from error
