"""The plans that the demo begins with: every path, made once, and ready to be played."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import Settings

from onboarding.models import MigrationPlan, OnPremisesClient, Path, PlanLine, PlanNotice, WaveSchedule
from onboarding.plans.waves.comparison import compare
from onboarding.states import PlanState, ScheduleState
from portal import demo
from portal.kernel.scope import scope
from tests.onboarding.stage import Meta


@pytest.mark.usefixtures("transactional_db", "quiet_broker")
def test_the_demo_has_plans_of_every_path_and_a_choice_to_make(meta: Meta, settings: Settings) -> None:
    settings.GRAPH_BASE_URL, settings.SANDBOX = meta.url, True
    settings.ON_PREMISES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    said = StringIO()
    call_command("seed_demo", "--plans", stdout=said)
    assert json.loads(said.getvalue())["staff"]
    with scope(demo.PARTNER_ID):
        states = dict(MigrationPlan.objects.values_list("customer__name", "state"))
        assert set(MigrationPlan.objects.values_list("path", flat=True)) == set(Path.values)
        assert set(states.values()) == set(PlanState.values) - {PlanState.COMPLETED}
        in_force = WaveSchedule.objects.get(state=ScheduleState.APPLIED)
        tried = WaveSchedule.objects.get(state=ScheduleState.SOLVED)
        assert compare(in_force, tried).changes
        lines = PlanLine.objects.filter(plan__path=Path.ONPREM_TO_CLOUD)
        assert not lines.filter(phone_number=None).exists()
        assert OnPremisesClient.objects.count() == lines.count()
        assert PlanNotice.objects.exists()
        switch = MigrationPlan.objects.get(customer__name="Garden Verde")
        assert switch.planned_start_at is not None
        near = switch.planned_start_at - timedelta(days=4), switch.planned_start_at + timedelta(days=3)
        assert {day.month for day in near} == {switch.planned_start_at.month}
    again = StringIO()
    call_command("seed_demo", "--plans", stdout=again)
    assert again.getvalue().strip() == "{}"
    with scope(demo.PARTNER_ID):
        assert dict(MigrationPlan.objects.values_list("customer__name", "state")) == states
