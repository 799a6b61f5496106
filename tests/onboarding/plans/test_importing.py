"""A file of many customers: what it would do, what is wrong with it, and that it is written once."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding.models import (
    MigrationPlan,
    PlanDependency,
    PlanImport,
    PlanImportRow,
    PlanLine,
)
from onboarding.plans import importing, services
from onboarding.plans.importing import BadFile, service
from onboarding.states import PlanState
from portal.kernel.models import Audit, Transition
from portal.kernel.states import transition
from tenants.models import Customer, Membership, User
from tests.conftest import NOW, Tenant
from tests.factories import CustomerFactory, MetaAppFactory, PhoneNumberFactory, WabaFactory
from tests.factories.desk import sign_in
from tests.factories.plan_csv import plan_csv
from tests.factories.plans import MigrationPlanFactory, PlanLineFactory
from tests.onboarding.plans.csv_rows import AURORA, CELLS, HEADING, LUME, text

STAMP = {"now": NOW, "by": "anna"}


def check(*rows: dict[str, str]) -> PlanImport:
    return importing.check_csv(name="customers.csv", data=text(*rows).encode(), **STAMP)  # type: ignore[arg-type]


def bring(*rows: dict[str, str]) -> PlanImport:
    return importing.apply_import(plan_import=check(*rows), **STAMP)  # type: ignore[arg-type]


def told(upload: PlanImport) -> dict[int, list[tuple[str, str]]]:
    """By line: column and code of its errors."""
    rows = PlanImportRow.objects.filter(plan_import=upload)
    return {row.row_no: [(one["column"], one["code"]) for one in row.errors] for row in rows if row.errors}


def effects(upload: PlanImport) -> list[str]:
    return list(PlanImportRow.objects.filter(plan_import=upload).values_list("effect", flat=True))


def test_five_hundred_customers_come_in_but_for_the_wrong_ones_and_a_second_time_changes_nothing(
    tenant: Tenant,
) -> None:
    made = plan_csv()
    with tenant.scope():
        some = [{**AURORA, "not_before": "2027-01-11", "peak_mps": "5"}, {**LUME, "after": "C-1"}]
        small = check(*some)
        with CaptureQueriesContext(connection) as few:
            importing.apply_import(plan_import=small, now=NOW, by="anna")
        upload = importing.check_csv(name="all.csv", data=made.data, now=NOW, by="anna")
        assert (upload.customers, upload.numbers, upload.rows_total) == (500, 1200, 1200)
        assert upload.rows_wrong == len(made.wrong) + len(made.held_back)
        assert Customer.objects.count() == 3, "a check writes nothing but itself"
        found = told(upload)
        assert {
            line: codes[0][1] for line, codes in found.items() if codes[0][1] != "held_back"
        } == made.wrong
        assert {line for line, codes in found.items() if codes == [("", "held_back")]} == made.held_back
        with CaptureQueriesContext(connection) as many:
            importing.apply_import(plan_import=upload, now=NOW, by="anna")
        assert len(many) <= len(few) + 2, "one statement for each kind of row, however many"
        assert MigrationPlan.objects.count() == made.right_customers + 2
        assert PlanLine.objects.count() == made.right_numbers + 2
        assert Transition.objects.filter(to_state="PENDING").count() == made.right_numbers + 2
        again = importing.check_csv(name="all.csv", data=made.data, now=NOW, by="anna")
        assert set(effects(again)) == {"UNCHANGED", "ERROR"}


def test_everything_that_a_row_may_say_is_written(tenant: Tenant) -> None:
    with tenant.scope():
        user = User.objects.create_user("Anna@nuvola.example", "a long password", name="Anna")
        Membership.objects.create(partner_id=tenant.partner_id, user=user, role="OPERATOR")
        lume = CustomerFactory(name="Ottica Lume", contact_email="marco@lume.example")
        waba = WabaFactory(customer=lume)
        known = PhoneNumberFactory(waba=waba, display_phone_number="+39 06 98765002")
        first = {
            **AURORA,
            "contact_name": "Giulia",
            "language": "EN",
            "time_zone": "Europe/London",
            "currency": "GBP",
            "website": "aurora.example",
            "owner": "anna@NUVOLA.example",
            "priority": "1",
            "risk": "high",
            "moves_from": "6:30",
            "moves_until": "07:30",
            "not_before": "11/01/2027",
            "not_after": "2027-02-01",
            "not_on": "2027-01-18; 19/01/2027",
            "number_daily_volume": "900",
            "peak_mps": "12",
            "pin_known": "sì",
            "certifications": "none",
        }
        second = {"phone_number": "0039 06 9876 5003", "test_number": "yes", "locked_until": "2027-01-12"}
        third = {**LUME, "after": "C-1", "destination_waba_id": waba.waba_id, "source_waba_id": "77"}
        upload = check(first, second, third)
        assert effects(upload) == ["CREATE"] * 3
        row = upload.rows.first()
        assert row is not None
        assert importing.changes_of(row) == [
            "new customer",
            "new migration plan",
            "answers",
            "wishes",
            "new number",
        ]
        importing.apply_import(plan_import=upload, **STAMP)  # type: ignore[arg-type]
        aurora = Customer.objects.get(external_id="C-1")
        assert (aurora.contact_name, aurora.language, aurora.time_zone) == ("Giulia", "en", "Europe/London")
        assert (aurora.currency, aurora.website) == ("GBP", "https://aurora.example")
        plan = MigrationPlan.objects.get(customer=aurora)
        assert plan.owner is not None
        assert (plan.owner.user, plan.priority, plan.risk, plan.app) == (user, 1, "HIGH", tenant.world.app)
        assert (str(plan.moves_from), str(plan.moves_until)) == ("06:30:00", "07:30:00")
        assert [(wish.kind, wish.day.isoformat()) for wish in plan.wishes.all()] == [
            ("NOT_BEFORE", "2027-01-11"),
            ("NOT_ON", "2027-01-18"),
            ("NOT_ON", "2027-01-19"),
            ("NOT_AFTER", "2027-02-01"),
        ]
        numbers = [(line.display_phone_number, line.is_test_number) for line in plan.lines.all()]
        assert numbers == [("+390698765003", True), ("+390698765001", False)]
        answers = dict(plan.answers.values_list("key", "value"))
        assert answers == {"peak_mps": 12, "pin_known": True, "certifications": []}
        assert plan.recommendation == "MOVE_LATER"
        lume.refresh_from_db()
        assert lume.external_id == "C-2", "found by name and e-mail, and known by your reference from now on"
        line = PlanLine.objects.get(plan__customer=lume)
        assert (line.phone_number, line.destination_waba, line.source_waba_id) == (known, waba, "77")
        assert PlanDependency.objects.get().after == plan
        before = Audit.objects.count()
        assert effects(bring(first, second, third)) == ["UNCHANGED"] * 3
        assert Audit.objects.count() == before + 2, "what the import says of itself"


def test_a_changed_file_changes_what_it_says_and_leaves_the_rest(tenant: Tenant) -> None:
    with tenant.scope():
        bring(
            {**AURORA, "not_before": "2027-01-11", "peak_mps": "5", "priority": "2"},
            {"phone_number": "+390698765009"},
        )
        plan = MigrationPlan.objects.get()
        services.set_answers(plan=plan, answers={"media_share": 3}, source="STAFF", **STAMP)  # type: ignore[arg-type]
        changed = {**AURORA, "not_before": "2027-01-13", "peak_mps": "6", "contact_name": "Giulia"}
        upload = bring(changed, {"phone_number": "+390698765009", "number_daily_volume": "4"})
        assert effects(upload) == ["UPDATE", "UPDATE"]
        said = [importing.changes_of(row) for row in upload.rows.all()]
        assert said == [["customer changes", "answers", "wishes"], ["number changes"]]
        assert dict(plan.answers.values_list("key", "value")) == {"peak_mps": 6, "media_share": 3}
        assert [wish.day for wish in plan.wishes.filter(withdrawn_at=None)] == [date(2027, 1, 13)]
        assert [line.display_phone_number[-1] for line in plan.lines.all()] == ["9", "1"]
        plan.refresh_from_db()
        assert plan.priority == 2


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([{**AURORA, "contact_email": "giulia"}], {2: [("contact_email", "email")]}),
        ([{**AURORA, "website": "not a site"}], {2: [("website", "url")]}),
        ([{**AURORA, "customer_name": "A" * 101}], {2: [("customer_name", "too_long")]}),
        ([{**AURORA, "contact_name": "Giu\nlia"}], {2: [("contact_name", "control")]}),
        ([{**AURORA, "moves_from": "25:00"}], {2: [("moves_from", "time")]}),
        ([{**AURORA, "moves_from": "18:00"}], {2: [("moves_from", "hours")]}),
        ([{**AURORA, "not_on": "2027-01-18 01/18/2027"}], {2: [("not_on", "day")]}),
        ([{**AURORA, "app_is_current": "yes"}], {2: [("app_is_current", "not_asked")]}),
        ([{**AURORA, "peak_mps": "many"}], {2: [("peak_mps", "answer")]}),
        ([{**AURORA, "app_id": "1"}], {2: [("app_id", "no_app")]}),
        ([{**AURORA, "destination_waba_id": "1"}], {2: [("destination_waba_id", "unknown_waba")]}),
        ([{**AURORA, "phone_number": ""}], {2: [("phone_number", "missing")]}),
        ([{**AURORA, "path": ""}], {2: [("path", "missing")]}),
        ([{**AURORA, "contact_email": ""}], {2: [("contact_email", "missing")]}),
        (
            [{"customer_ref": "", "path": "COEXISTENCE", "phone_number": "+390698765001"}],
            {2: [("customer_ref", "nobody")]},
        ),
        ([AURORA, {"customer_ref": "C-1", "phone_number": "+390698765002", "priority": "2"}], {}),
        (
            [{**AURORA, "priority": "1"}, {"phone_number": "+390698765002", "priority": "2"}],
            {2: [("", "held_back")], 3: [("priority", "differs")]},
        ),
        (
            [AURORA, {**LUME, "phone_number": "+39 06 98765001"}],
            {2: [("phone_number", "number_twice")], 3: [("phone_number", "number_twice")]},
        ),
        (
            [{**AURORA, "test_number": "yes"}, {"phone_number": "+390698765002", "test_number": "yes"}],
            {2: [("", "held_back")], 3: [("test_number", "test_number_twice")]},
        ),
        (
            [AURORA, {**AURORA, "customer_ref": "", "phone_number": "+390698765002"}],
            {3: [("customer_ref", "same_customer")]},
        ),
        (
            [{**AURORA, "after": "C-2"}, {**LUME, "after": "C-1"}],
            {2: [("after", "cycle")], 3: [("after", "cycle")]},
        ),
        ([{**AURORA, "after": "C-1"}], {2: [("after", "cycle")]}),
        (
            [{**AURORA, "after": "C-9"}, {**LUME, "after": "C-1"}],
            {2: [("after", "unknown_plan")], 3: [("after", "after_wrong")]},
        ),
        (
            [AURORA, {"path": "NEW_CUSTOMER", "phone_number": "+390698765004"}, {**LUME, "after": "C-1"}],
            {4: [("after", "which_plan")]},
        ),
        (
            [
                AURORA,
                {"path": "NEW_CUSTOMER", "phone_number": "+390698765004"},
                {**LUME, "after": "C-1:new_customer"},
            ],
            {},
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(
    tenant: Tenant, rows: list[dict[str, str]], wanted: dict[int, Any]
) -> None:
    with tenant.scope():
        upload = check(*rows)
        assert told(upload) == wanted
        for row in upload.rows.all():
            assert all(len(line) > 20 and "%(" not in line for line in importing.sentences(row.errors))


def test_what_the_portal_knows_speaks_against_a_row(tenant: Tenant, other_tenant: Tenant) -> None:
    with other_tenant.scope():
        foreign = PlanLineFactory(plan__app=other_tenant.world.app, display_phone_number="+390698765001")
        stranger = foreign.plan.customer
    with tenant.scope():
        mine = PlanLineFactory(plan__app=tenant.world.app, display_phone_number="+390698765002")
        assert told(check(LUME)) == {2: [("phone_number", "number_elsewhere")]}
        assert told(check({**AURORA, "after": stranger.name})) == {2: [("after", "unknown_plan")]}
        assert effects(check(AURORA)) == ["CREATE"], "a number of another partner is nobody's here"
        ours = {"customer_name": mine.plan.customer.name, "contact_email": mine.plan.customer.contact_email}
        same = {**ours, "path": "ONPREM_TO_CLOUD", "phone_number": "+390698765002"}
        assert effects(check(same)) == ["UNCHANGED"]
        assert told(check({**same, "currency": "USD"})) == {2: [("currency", "currency_fixed")]}
        WabaFactory(waba_id="71", customer=mine.plan.customer)
        assert told(check({**AURORA, "source_waba_id": "71"})) == {2: [("source_waba_id", "foreign_waba")]}
        assert told(check({**same, "source_waba_id": "71"})) == {}
        other_app = MetaAppFactory()
        assert told(check({**same, "app_id": other_app.app_id})) == {2: [("app_id", "app_fixed")]}
        assert told(check(AURORA)) == {2: [("app_id", "which_app")]}
        assert told(check({**AURORA, "app_id": other_app.app_id})) == {}
        CustomerFactory(name=ours["customer_name"], contact_email=ours["contact_email"])
        assert told(check(same)) == {2: [("customer_ref", "several_customers")]}


def test_a_plan_that_moves_takes_nothing_new_and_one_that_moved_is_not_begun_again(tenant: Tenant) -> None:
    with tenant.scope():
        bring({**AURORA, "number_daily_volume": "5"}, {**LUME, "after": "C-1"})
        plan = MigrationPlan.objects.get(customer__external_id="C-1")
        line = plan.lines.get()
        for state in (PlanState.ASSESSED, PlanState.SCHEDULED, PlanState.IN_PROGRESS):
            transition(row=plan, to=state, **STAMP)  # type: ignore[arg-type]
        transition(row=line, to="MOVING", **STAMP)  # type: ignore[arg-type]
        assert told(check({**AURORA, "not_on": "2027-01-18"})) == {2: [("not_on", "plan_begun")]}
        assert told(check({**AURORA, "number_daily_volume": "6"})) == {2: [("phone_number", "number_begun")]}
        more = {"phone_number": "+390698765007"}
        assert told(check(AURORA, more)) == {2: [("", "held_back")], 3: [("phone_number", "plan_begun")]}
        assert effects(check({**AURORA, "priority": "1"})) == ["UPDATE"]
        transition(row=line, to="MOVED", **STAMP)  # type: ignore[arg-type]
        transition(row=plan, to=PlanState.COMPLETED, **STAMP)  # type: ignore[arg-type]
        assert effects(bring(AURORA, {**LUME, "after": "C-1"})) == ["UNCHANGED", "UNCHANGED"]
        assert MigrationPlan.objects.count() == 2


def test_a_plan_that_has_a_date_looks_again_at_what_a_file_changed(tenant: Tenant) -> None:
    with tenant.scope():
        bring(AURORA)
        plan = MigrationPlan.objects.get()
        for state in (PlanState.ASSESSED, PlanState.SCHEDULED):
            transition(row=plan, to=state, **STAMP)  # type: ignore[arg-type]
        bring(AURORA)
        plan.refresh_from_db()
        assert plan.due_at is None
        bring({**AURORA, "locked_until": "2027-01-18"})
        plan.refresh_from_db()
        assert plan.due_at == NOW


@given(st.lists(st.lists(CELLS, min_size=5, max_size=8), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_read_can_be_applied_and_then_changes_nothing(
    tenant: Tenant, cells: list[list[str]]
) -> None:
    written = io.StringIO()
    csv.writer(written).writerows(cells)
    data = (HEADING + written.getvalue()).encode("utf-8", "replace")
    with tenant.scope():
        try:
            upload = importing.check_csv(name="any.csv", data=data, now=NOW, by="anna")
        except BadFile:
            return
        importing.apply_import(plan_import=upload, now=NOW, by="anna")
        again = importing.check_csv(name="any.csv", data=data, now=NOW, by="anna")
        assert set(effects(again)) <= {"UNCHANGED", "ERROR"}
        assert again.rows_wrong == upload.rows_wrong


def test_an_import_is_applied_once_and_a_discarded_one_never(tenant: Tenant) -> None:
    with tenant.scope():
        upload = check(AURORA)
    start = Barrier(2)

    def click(_turn: int) -> str:
        start.wait(10)
        try:
            with tenant.scope():
                mine = PlanImport.objects.get(pk=upload.pk)
                importing.apply_import(plan_import=mine, now=NOW, by="anna")
            return "applied"
        except service.ImportApplied as refused:
            return refused.code
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(click, range(2))) == ["applied", "import_applied"]
    with tenant.scope():
        assert MigrationPlan.objects.count() == 1
        thrown = check(LUME)
        importing.discard_import(plan_import=thrown, **STAMP)  # type: ignore[arg-type]
        with pytest.raises(service.ImportDiscarded):
            importing.apply_import(plan_import=thrown, **STAMP)  # type: ignore[arg-type]
        with pytest.raises(service.ImportApplied):
            importing.discard_import(plan_import=PlanImport.objects.get(pk=upload.pk), **STAMP)  # type: ignore[arg-type]


def test_what_became_wrong_since_the_check_is_left_out_and_listed(tenant: Tenant) -> None:
    with tenant.scope():
        upload = check(AURORA, LUME)
        assert upload.rows_wrong == 0
        PlanLineFactory(plan=MigrationPlanFactory(app=tenant.world.app), display_phone_number="+390698765002")
        importing.apply_import(plan_import=upload, **STAMP)  # type: ignore[arg-type]
        assert (upload.rows_wrong, upload.state, upload.applied_by) == (1, "APPLIED", "anna")
        assert told(upload) == {3: [("phone_number", "number_elsewhere")]}
        assert not Customer.objects.filter(external_id="C-2").exists()


def test_the_wrong_rows_go_out_as_a_file_that_no_spreadsheet_computes(tenant: Tenant) -> None:
    evil = {**AURORA, "customer_name": '=HYPERLINK("https://evil.example")', "contact_email": "nobody"}
    with tenant.scope(), translation.override("en"):
        upload = check(evil, {"phone_number": "+390698765009"})
        out = list(csv.reader(io.StringIO(importing.errors_csv(upload).removeprefix("\ufeff"))))
    assert out[0][:2] == ["line", "what_is_wrong"]
    assert [row[0] for row in out[1:]] == ["2", "3"]
    assert "This is not an e-mail address." in out[1][1]
    assert "'=HYPERLINK" in out[1][out[0].index("customer_name")]
    assert out[2][out[0].index("phone_number")] == "+390698765009"


def test_the_example_is_right_and_can_be_applied_in_both_languages(tenant: Tenant) -> None:
    with tenant.scope():
        for language in ("it", "en"):
            with translation.override(language):
                upload = importing.check_csv(name="a.csv", data=importing.template_csv().encode(), **STAMP)  # type: ignore[arg-type]
                assert upload.rows_wrong == 0
        importing.apply_import(plan_import=upload, **STAMP)  # type: ignore[arg-type]
        first, second = MigrationPlan.objects.order_by("customer__external_id")
        assert (first.lines.count(), second.dependencies.get().after) == (2, first)


def test_what_an_import_brought_is_assessed_in_one_go(tenant: Tenant) -> None:
    with tenant.scope():
        bring({**AURORA, "peak_mps": "5"}, {**LUME, "features_used": "own_servers"})
        chosen = [str(pk) for pk in MigrationPlan.objects.values_list("pk", flat=True)]
    client = sign_in(tenant)
    asked = {"action": "finish_selected", "_selected_action": chosen}
    page = client.post("/admin/onboarding/migrationplan/", asked, follow=True).content.decode()
    assert "1 plan is assessed." in page
    assert "1 plan is left as it is" in page
    with tenant.scope():
        states = dict(MigrationPlan.objects.values_list("customer__external_id", "state"))
        assert states == {"C-1": "ASSESSED", "C-2": "DRAFT"}, "what should not move is not waved through"
        assert Transition.objects.filter(to_state="ASSESSED", by="op@nuvola.example").count() == 1
