"""Decisions of a plan: what a "yes" needs, who took it, and that another one does not rewrite history."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from onboarding.models import MigrationPlan, PlanDecision
from onboarding.plans.refusals import PlanClosed
from onboarding.plans.telling import decisions
from onboarding.services import Refused
from onboarding.states import PlanState
from portal.kernel.models import Audit
from portal.kernel.states import transition
from tests.conftest import NOW, Tenant
from tests.factories.plans import MigrationPlanFactory, NoticeTextFactory, PlanLineFactory

BY = "anna@nuvola.example"
PRICE = {"price_after": Decimal("45.00"), "effective_from": date(2027, 1, 1)}


@pytest.fixture
def plan(tenant: Tenant) -> MigrationPlan:
    with tenant.scope():
        return MigrationPlanFactory(customer=tenant.world.customer, app=tenant.world.app)


@pytest.mark.parametrize(
    ("key", "details", "refused"),
    [
        ("INFORM", {"text_name": "move", "days_before": 0}, "bad_days_before"),
        ("INFORM", {"text_name": "nothing", "days_before": 14}, "text_not_approved"),
        ("DOCUMENTATION", {"url": "javascript:alert(1)"}, "bad_documentation_address"),
        ("PRICE", {"price_after": Decimal("45.00")}, "price_incomplete"),
        ("PRICE", {**PRICE, "price_after": Decimal(-1)}, "bad_price"),
        ("PRICE", {**PRICE, "price_before": Decimal("1.005")}, "bad_price"),
        ("PRICE", {**PRICE, "price_before": Decimal("NaN")}, "bad_price"),
        ("LUNCH", {}, "bad_decision"),
    ],
)
def test_a_yes_that_says_too_little_is_refused(
    tenant: Tenant, plan: MigrationPlan, key: str, details: dict[str, Any], refused: str
) -> None:
    with tenant.scope():
        NoticeTextFactory(language=plan.customer.language)
    with tenant.scope(), pytest.raises(Refused) as reason:
        decisions.decide(plan=plan, key=key, choice=True, now=NOW, by=BY, **details)
    assert reason.value.code == refused


def test_customers_are_told_with_approved_words_in_their_language_only(
    tenant: Tenant, plan: MigrationPlan
) -> None:
    wanted = {"key": "INFORM", "choice": True, "text_name": "move", "days_before": 14}
    with tenant.scope():
        NoticeTextFactory(language="en")
        draft = NoticeTextFactory(language="it", approved_at=None)
        with pytest.raises(decisions.TextNotApproved):
            decisions.decide(plan=plan, now=NOW, by=BY, **wanted)
        draft.approved_at = NOW
        draft.save()
        assert decisions.decide(plan=plan, now=NOW, by=BY, **wanted).text_name == "move"


def test_another_decision_takes_the_place_of_the_first_and_both_stay_in_the_audit_trail(
    tenant: Tenant, plan: MigrationPlan
) -> None:
    with tenant.scope():
        decisions.decide(
            plan=plan, key="PRICE", choice=True, now=NOW, by=BY, hosting_cost_saved=Decimal(30), **PRICE
        )
        decisions.decide(plan=plan, key="PRICE", choice=False, now=NOW, by="ugo@nuvola.example", note="later")
        decision = PlanDecision.objects.get()
        assert (decision.choice, decision.price_after, decision.hosting_cost_saved) == (False, None, None)
        assert (decision.decided_by, decision.note) == ("ugo@nuvola.example", "later")
        first, second = Audit.objects.filter(action="plan.decided", subject_id=plan.pk).order_by("id")
    assert (first.by, first.data["choice"], first.data["price_after"]) == (BY, True, "45.00")
    assert first.data["effective_from"] == "2027-01-01"
    assert (second.by, second.data) == ("ugo@nuvola.example", {"key": "PRICE", "choice": False})


def test_a_plan_that_is_closed_is_not_decided_about(tenant: Tenant, plan: MigrationPlan) -> None:
    with tenant.scope():
        transition(row=plan, to=PlanState.ABANDONED, now=NOW, by=BY)
        with pytest.raises(PlanClosed):
            decisions.decide(plan=plan, key="DOCUMENTATION", choice=False, now=NOW, by=BY)


def test_the_price_is_decided_beside_the_plans_own_figures(tenant: Tenant, plan: MigrationPlan) -> None:
    with tenant.scope(), translation.override("en"):
        PlanLineFactory(plan=plan, daily_volume=100)
        PlanLineFactory(plan=plan, daily_volume=10)
        PlanLineFactory(plan=plan)
        facts = " ".join(decisions.price_facts(plan, today=date(2026, 11, 22)))
    assert "1000 for each number and month are free, here 3000 a month" in facts
    assert "the next one is Friday 1 January 2027" in facts
    assert "2000 of them a month would be charged" in facts


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 10, 1), date(2026, 10, 1)),
        (date(2026, 10, 2), date(2027, 1, 1)),
        (date(2026, 3, 31), date(2026, 4, 1)),
    ],
)
def test_a_quarter_begins_on_its_first_day(day: date, quarter: date) -> None:
    assert decisions.next_quarter(day) == quarter
