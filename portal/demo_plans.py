"""Migration plans that the demo begins with: every path, every state, a schedule in force and a what-if.

The numbers are there at the simulator too, so that each move can be played to its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from onboarding.models import DecisionKey, MigrationPlan, Path, WaveSchedule
from onboarding.plans import services
from onboarding.plans.moving import clients, execution
from onboarding.plans.telling import decisions, texts
from onboarding.plans.waves import schedules
from onboarding.plans.waves.plan_rows import local_day
from onboarding.states import PlanState, ScheduleState
from portal.demo import BY, PARTNER_ID
from portal.demo_moves import PLANS, Wanted
from portal.graph.secret import Secret
from portal.graph.types import PhoneNumberNode
from tenants import assets
from tenants import services as tenants
from tenants.models import Customer, Membership, MetaApp

DAY = timedelta(days=1)
TEXTS = "Trasloco"
# Days of Italy's calendar on which nobody wants to be moved.
HOLIDAYS = ((12, 8), (12, 24), (12, 25), (12, 26), (12, 31), (1, 1), (1, 6))
HORIZON = timedelta(days=60)


@dataclass(frozen=True)
class NumberFacts:
    """One number as it stands at Meta before its move; `client_url` where its On-Premises client answers."""

    number: str
    business_id: str
    waba_id: str
    phone_number_id: str
    client_url: str = ""


def plans_exist() -> bool:
    """Whether the demo's plans are there, or anybody's. Inside the partner's scope."""
    return MigrationPlan.objects.exists()


def seed_plans(*, known: Mapping[str, NumberFacts], now: datetime) -> WaveSchedule:
    """Make the plans, and a schedule that is to be solved. Inside the partner's scope."""
    texts_approved = texts.adopt_defaults(name=TEXTS, now=now, by=BY)
    for text in texts_approved:
        texts.approve_text(text=text, now=now, by=BY)
    owner, app = Membership.objects.first(), MetaApp.objects.get()
    plans = {wanted.name: _plan(wanted, known, app=app, owner=owner, now=now) for wanted in PLANS}
    for wanted in PLANS:
        if wanted.after:
            services.add_dependency(plan=plans[wanted.name], after=plans[wanted.after], now=now, by=BY)
        _bring(plans[wanted.name], wanted.state, now=now)
    today = local_day(now, "Europe/Rome")
    return schedules.create_schedule(
        name=f"Ondate {today:%Y}",
        first_day=today,
        last_day=today + HORIZON,
        customers_per_day=3,
        numbers_per_day=8,
        weekdays=[2, 4],
        blackouts=_holidays(today, today + HORIZON),
        now=now,
        by=BY,
    )


def apply_and_try(*, schedule: WaveSchedule, now: datetime) -> WaveSchedule:
    """Put the solved schedule in force and make a what-if that moves customers on every working day."""
    schedule.refresh_from_db()
    schedules.apply_schedule(schedule=schedule, now=now, by=BY)
    tried = schedules.copy_schedule(schedule=schedule, name="Ipotesi: ogni giorno", now=now, by=BY)
    return schedules.update_rules(schedule=tried, weekdays=[1, 2, 3, 4, 5], now=now, by=BY)


def is_solved(schedule: WaveSchedule) -> bool:
    """Whether the planner has answered well. Inside the partner's scope."""
    schedule.refresh_from_db()
    return schedule.state == ScheduleState.SOLVED


def _plan(
    wanted: Wanted,
    known: Mapping[str, NumberFacts],
    *,
    app: MetaApp,
    owner: Membership | None,
    now: datetime,
) -> MigrationPlan:
    customer = _customer(wanted, now=now)
    plan = services.create_plan(
        customer=customer,
        app=app,
        path=wanted.path,
        owner=owner,
        priority=wanted.priority,
        risk=wanted.risk,
        now=now,
        by=BY,
    )
    facts = [known[number] for number in wanted.numbers if number in known]
    if wanted.path == Path.ONPREM_TO_CLOUD:
        _account(customer, facts, now=now)
    _lines(plan, wanted, known, now=now)
    if wanted.answers:
        services.set_answers(plan=plan, answers=wanted.answers, source="STAFF", now=now, by=BY)
    if wanted.wish:
        kind, days, reason = wanted.wish
        day = local_day(now, customer.time_zone) + days * DAY
        services.add_wish(plan=plan, kind=kind, day=day, reason=reason, now=now, by=BY)
    if wanted.days_before:
        _decide(plan, days_before=wanted.days_before, now=now)
    return plan


def _customer(wanted: Wanted, *, now: datetime) -> Customer:
    return tenants.create_customer(
        partner_id=PARTNER_ID,
        name=wanted.name,
        contact_name=wanted.contact,
        contact_email=f"{wanted.contact.split()[0].lower()}@{wanted.name.split()[-1].lower()}.example",
        language=wanted.language,
        time_zone="Europe/London" if wanted.language == "en" else "Europe/Rome",
        now=now,
        by=BY,
    )


def _account(customer: Customer, facts: Sequence[NumberFacts], *, now: datetime) -> None:
    """The customer's account with its numbers, which is shared with us already."""
    business = assets.upsert_business(
        partner_id=PARTNER_ID, business_id=facts[0].business_id, customer=customer, name=customer.name
    )
    waba = assets.upsert_waba(
        partner_id=PARTNER_ID,
        waba_id=facts[0].waba_id,
        customer=customer,
        business_manager=business,
        name=customer.name,
        shared_at=now,
    )
    for one in facts:
        node = PhoneNumberNode(
            id=one.phone_number_id,
            display_phone_number=one.number,
            verified_name=customer.name,
            platform_type="ON_PREMISE",
            status="CONNECTED",
        )
        assets.upsert_phone_number(waba=waba, node=node, now=now)


def _lines(plan: MigrationPlan, wanted: Wanted, known: Mapping[str, NumberFacts], *, now: datetime) -> None:
    for place, number in enumerate(wanted.numbers):
        facts = known.get(number)
        line = services.add_line(
            plan=plan,
            display_phone_number=number,
            is_test_number=place == 0 and len(wanted.numbers) > 1,
            daily_volume=wanted.volumes[place] if wanted.volumes else None,
            source_waba_id=facts.waba_id if facts else "",
            now=now,
            by=BY,
        )
        if facts and facts.client_url:
            clients.store_client(
                line=line,
                base_url=facts.client_url,
                username="admin",
                password=Secret("secret"),
                now=now,
                by=BY,
            )


def _decide(plan: MigrationPlan, *, days_before: int, now: datetime) -> None:
    decisions.decide(
        plan=plan,
        key=DecisionKey.INFORM,
        choice=True,
        text_name=TEXTS,
        days_before=days_before,
        now=now,
        by=BY,
    )
    if plan.path == Path.ONPREM_TO_CLOUD:
        decisions.decide(
            plan=plan,
            key=DecisionKey.PRICE,
            choice=True,
            hosting_cost_saved=Decimal("60.00"),
            price_before=Decimal("149.00"),
            price_after=Decimal("119.00"),
            effective_from=decisions.next_quarter(local_day(now, "Europe/Rome")),
            note="Il server non serve più",
            now=now,
            by=BY,
        )


def _bring(plan: MigrationPlan, state: PlanState, *, now: datetime) -> None:
    if state == PlanState.ABANDONED:
        execution.abandon(plan=plan, reason="Ha scelto un altro fornitore", now=now, by=BY)
    elif state != PlanState.DRAFT:
        services.finish_assessment(plan=plan, now=now, by=BY)
    if state == PlanState.IN_PROGRESS:
        execution.start(plan=plan, now=now, by=BY)


def _holidays(first: date, last: date) -> list[date]:
    days = [first + n * DAY for n in range((last - first).days + 1)]
    return [day for day in days if (day.month, day.day) in HOLIDAYS]
