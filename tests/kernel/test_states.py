from __future__ import annotations

from datetime import datetime

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from onboarding.models import Onboarding
from onboarding.states import ONBOARDING_WAYS, STEP_WAYS, OnboardingState, StepState
from portal.kernel.models import Transition
from portal.kernel.states import IllegalTransition, StaleState, born, transition, transition_all
from tests.conftest import Tenant


def make(tenant: Tenant, now: datetime) -> Onboarding:
    return Onboarding.objects.create(
        partner_id=tenant.partner_id,
        customer=tenant.world.customer,
        app=tenant.world.app,
        created_at=now,
        created_by="test",
    )


def history(row: Onboarding) -> list[tuple[int, str, str]]:
    rows = Transition.objects.filter(subject_id=row.pk).order_by("seq")
    return [(line.seq, line.from_state, line.to_state) for line in rows]


def test_a_transition_changes_the_state_and_writes_history(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        row = make(tenant, now)
        born(row=row, now=now, by="staff:anna")
        transition(row=row, to="SIGNED_UP", now=now, by="meta", reason="code", signed_up_at=now)
        row.refresh_from_db()
        assert (row.state, row.signed_up_at) == ("SIGNED_UP", now)
        assert history(row) == [(1, "", "INVITED"), (2, "INVITED", "SIGNED_UP")]


def test_an_illegal_way_is_refused_and_leaves_no_trace(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        row = make(tenant, now)
        with pytest.raises(IllegalTransition):
            transition(row=row, to="LIVE", now=now, by="staff:anna")
        assert history(row) == []


def test_the_database_refuses_an_illegal_way_even_in_bulk(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        row = make(tenant, now)
        with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
            Onboarding.objects.filter(pk=row.pk).update(state="LIVE")


def test_the_second_of_two_who_saw_the_same_state_loses(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        row = make(tenant, now)
        late = Onboarding.objects.get(pk=row.pk)
        transition(row=row, to="CANCELLED", now=now, by="staff:anna")
        with pytest.raises(StaleState):
            transition(row=late, to="SIGNED_UP", now=now, by="meta")


def test_history_cannot_be_rewritten(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        row = make(tenant, now)
        born(row=row, now=now, by="staff:anna")
        for change in (
            lambda: Transition.objects.update(by="nobody"),
            lambda: Transition.objects.filter(subject_id=row.pk).delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        assert history(row) == [(1, "", "INVITED")]


def test_nothing_leads_out_of_the_ends() -> None:
    assert not ONBOARDING_WAYS.get(OnboardingState.LIVE)
    assert not ONBOARDING_WAYS.get(OnboardingState.CANCELLED)


@given(st.lists(st.sampled_from(list(OnboardingState)), max_size=8))
def test_registered_is_never_reached_without_signing_up(path: list[OnboardingState]) -> None:
    state, seen = OnboardingState.INVITED, {OnboardingState.INVITED}
    for wanted in path:
        if wanted in ONBOARDING_WAYS.get(state, ()):
            state = wanted
            seen.add(state)
    if state in (OnboardingState.REGISTERED, OnboardingState.LIVE):
        assert OnboardingState.SIGNED_UP in seen


def test_every_step_state_can_still_be_completed_or_done_again() -> None:
    for state in StepState:
        assert STEP_WAYS[state], f"a step would be stuck in {state}"


def test_many_rows_move_at_once_and_each_has_its_history(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        rows = [make(tenant, now) for _ in range(3)]
        born(row=rows[0], now=now, by="staff:anna")
        transition_all(rows=rows, to="CANCELLED", now=now, by="staff:anna")
        assert history(rows[0]) == [(1, "", "INVITED"), (2, "INVITED", "CANCELLED")]
        assert history(rows[2]) == [(1, "INVITED", "CANCELLED")]


def test_many_rows_move_together_or_not_at_all(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        rows = [make(tenant, now) for _ in range(2)]
        with pytest.raises(IllegalTransition):
            transition_all(rows=rows, to="LIVE", now=now, by="staff:anna")
        transition(row=Onboarding.objects.get(pk=rows[0].pk), to="CANCELLED", now=now, by="staff:anna")
        with pytest.raises(StaleState), transaction.atomic():
            transition_all(rows=rows, to="SIGNED_UP", now=now, by="meta")
        assert Onboarding.objects.get(pk=rows[1].pk).state == "INVITED"
