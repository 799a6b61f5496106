"""Schedules and plans as files that spreadsheets and calendars take, and that do no harm there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from onboarding.models import MigrationPlan
from onboarding.plans import services
from onboarding.plans.moving import execution
from onboarding.plans.tables import cell
from onboarding.plans.waves import exports, schedules
from onboarding.plans.waves.icalendar import Event, calendar
from portal.kernel import clock
from tests.conftest import NOW, Tenant
from tests.onboarding.plans.planning import FRIDAY, STAMP, a_plan, a_schedule, applied, solve

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"))
pytestmark = pytest.mark.usefixtures("quiet_broker")


@pytest.fixture(autouse=True)
def _the_present(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, translation.override("en"):
        patch.setattr(clock, "now", lambda: NOW)
        yield


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def events(text: str) -> list[dict[str, str]]:
    """The events of a calendar, read as another program would."""
    lines = text.replace("\r\n ", "").split("\r\n")
    found: list[dict[str, str]] = []
    for line in lines:
        name, _colon, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found:
            found[-1].setdefault(name, value)
    return found


def test_a_schedule_as_a_table_in_the_hours_of_the_staff(tenant: Tenant) -> None:
    with tenant.scope():
        a_plan(tenant, "=HYPERLINK(1)", numbers=2, priority=1)
        a_plan(tenant, 'Alba, "Rossi"\nSrl')
        schedule = a_schedule(customers_per_day=1)
    solve(tenant, schedule)
    with tenant.scope():
        text = exports.waves_csv(schedule)
        first, second = rows(text)
        assert text.startswith("\ufeffwave,day,")
        assert (first["wave"], first["day"], first["start"]) == ("1", "2026-11-23", "2026-11-23 08:00")
        assert first["customer"] == "'=HYPERLINK(1)"
        assert first["numbers"] == "2"
        assert first["phone numbers"].startswith("+39 333")
        assert second["customer"] == 'Alba, "Rossi"\nSrl'


def test_all_plans_as_a_table_in_the_readers_language(tenant: Tenant) -> None:
    with tenant.scope():
        a_plan(tenant, "Alba")
    applied(tenant)
    with tenant.scope():
        a_plan(tenant, "Bruni", numbers=0)
        alba, bruni = rows(exports.plans_csv())
        assert (alba["customer"], alba["state"], alba["planned start"]) == (
            "Alba",
            "scheduled",
            "2026-11-23 08:00",
        )
        assert (bruni["state"], bruni["planned start"], bruni["numbers"]) == ("assessed", "", "0")


@given(st.text() | st.text("=+-@＝ 0123456789(A1)|!\t"))
def test_no_cell_is_a_formula(text: str) -> None:
    written = cell(text)
    assert written in (text, f"'{text}")
    # What begins like a formula is nothing but digits: there is nothing to compute.
    is_formula = written.strip()[:1] in tuple("=@+-＝＠＋－")
    assert not is_formula or not set(written) - set("+-0123456789.,; ")


def test_a_plans_event_keeps_its_name_and_grows_its_sequence(tenant: Tenant) -> None:
    with tenant.scope():
        plan = a_plan(tenant, "Alba; e altri", numbers=2)
        with pytest.raises(exports.NotDated):
            exports.calendar_ics(plan)
    first = applied(tenant)
    with tenant.scope():
        plan.refresh_from_db()
        (before,) = events(exports.calendar_ics(plan))
        services.add_wish(plan=plan, kind="NOT_BEFORE", day=FRIDAY, **STAMP)
        second = schedules.replan(schedule=first, **STAMP)
    solve(tenant, second)
    with tenant.scope():
        schedules.apply_schedule(schedule=second, **STAMP)
        plan.refresh_from_db()
        (after,) = events(exports.calendar_ics(plan))
    assert (before["DTSTART"], before["DTEND"]) == ("20261123T070000Z", "20261123T073000Z")
    assert before["SUMMARY"] == "Wave 1: Alba\\; e altri\\, On-Premises API to Cloud API"
    assert before["DESCRIPTION"].startswith("2 numbers\\n+39 333")
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CONFIRMED")
    assert after["DTSTART"] == "20261127T070000Z"
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])


def test_an_abandoned_plan_leaves_the_calendars_it_was_put_into(tenant: Tenant) -> None:
    with tenant.scope():
        plan = a_plan(tenant, "Alba")
    schedule = applied(tenant)
    with tenant.scope():
        (before,) = events(exports.calendar_ics(schedule))
        execution.abandon(plan=plan, reason="the shop closed", **STAMP)
        (after,) = events(exports.calendar_ics(schedule))
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])


def test_what_is_in_force_is_certain_and_a_what_if_is_not(tenant: Tenant) -> None:
    with tenant.scope():
        plan = a_plan(tenant, "Alba")
    schedule = applied(tenant)
    with tenant.scope():
        what_if = schedules.copy_schedule(schedule=schedule, name="What if", **STAMP)
        schedules.ask_solve(schedule=what_if, **STAMP)
    solve(tenant, what_if)
    with tenant.scope():
        (certain,) = events(exports.calendar_ics(schedule))
        (perhaps,) = events(exports.calendar_ics(what_if))
        assert (certain["UID"], certain["STATUS"]) == (str(plan.pk), "CONFIRMED")
        assert perhaps["STATUS"] == "TENTATIVE"
        assert perhaps["UID"] != certain["UID"]
        schedules.unschedule_plan(plan=MigrationPlan.objects.get(pk=plan.pk), **STAMP)
        assert events(exports.calendar_ics(schedule)) == []


@given(WORDS, WORDS)
def test_any_words_make_lines_of_at_most_75_octets_and_come_back(summary: str, description: str) -> None:
    at = datetime(2026, 11, 23, 7, tzinfo=UTC)
    values: dict[str, Any] = {"starts_at": at, "ends_at": at + timedelta(hours=1), "changed_at": at}
    event = Event(uid="1", sequence=0, summary=summary, description=description, status="CONFIRMED", **values)
    written = calendar("Waves", [event])
    assert max(len(line.encode()) for line in written.split("\r\n")) <= 75
    (read,) = events(written)
    assert (unescaped(read["SUMMARY"]), unescaped(read["DESCRIPTION"])) == (summary, description)


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)
