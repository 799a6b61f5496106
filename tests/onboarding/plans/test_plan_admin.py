"""The list, the page of a plan and of a number, and their buttons, as staff use them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from onboarding import dates
from onboarding.admin.plans.words import evidence
from onboarding.models import (
    MigrationPlan,
    NoticeText,
    Onboarding,
    OnPremisesClient,
    PlanAnswer,
    PlanBackup,
    PlanCheck,
    PlanLine,
    WaveSlot,
)
from onboarding.plans import queries, services
from onboarding.plans.moving import backups, clients, probe
from onboarding.plans.numbers import international
from onboarding.plans.paths import on_premises
from onboarding.plans.telling import decisions
from onboarding.states import PlanState
from portal.graph.secret import Secret
from portal.kernel import clock
from portal.kernel.models import Limit, Transition
from portal.kernel.secrets import open_sealed
from tenants.models import Membership, PhoneNumber
from tests.conftest import NOW, Tenant
from tests.factories import plan_desk
from tests.factories.desk import DeskClient, names_in, press, read, sign_in, told
from tests.factories.plan_desk import Made
from tests.factories.plans import NoticeTextFactory, WaveScheduleFactory

PLANS = "/admin/onboarding/migrationplan/"


def page_of(plan: MigrationPlan) -> str:
    return f"{PLANS}{plan.pk}/change/"


def line_page(line: PlanLine) -> str:
    return f"/admin/onboarding/planline/{line.pk}/change/"


@pytest.fixture
def made(tenant: Tenant) -> Made:
    with tenant.scope():
        return plan_desk.fill(tenant.world, now=clock.now())


@pytest.fixture
def stopped(tenant: Tenant, settings: Any) -> PlanLine:
    """A number whose registration failed, of a plan that moves three."""
    settings.ON_PREMISES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with tenant.scope():
        return plan_desk.running_plan(tenant.world, now=clock.now()).lines.get(position=2)


def one_plan(tenant: Tenant, **values: Any) -> MigrationPlan:
    with tenant.scope():
        return plan_desk.plan_of(tenant.world, "Cantina Bruni", now=clock.now(), **values)


class TestList:
    def test_the_next_to_start_comes_first_and_closed_ones_stay_away(
        self, tenant: Tenant, made: Made
    ) -> None:
        page = read(sign_in(tenant), PLANS)
        assert names_in(page) == [
            "Vivai del Sole",
            "Officina Bellini",
            "Panificio Aurora",
            "Libreria Corsara",
            "Cantina Bruni",
            "Clinica Fabbri",
            "Hotel Miramare",
        ]
        row = page[page.index("Panificio Aurora") :][:6000]
        for words in ("in progress", "The number has a PIN that we do not know", "1/3", "high"):
            assert words in row, words

    def test_views_search_and_every_sort(self, tenant: Tenant, made: Made) -> None:
        client = sign_in(tenant)
        for words, expected in {
            "move=CUSTOMER": ["Officina Bellini"],
            "start=late": ["Vivai del Sole", "Officina Bellini"],
            "start=week": ["Libreria Corsara"],
            "start=later": [],
            "start=none": ["Cantina Bruni", "Clinica Fabbri", "Hotel Miramare"],
            "state=COMPLETED": ["Autoscuola Rossi"],
            "recommendation=DO_NOT_MOVE": ["Clinica Fabbri"],
            "risk=HIGH": ["Panificio Aurora"],
            "path=NEW_CUSTOMER": ["Cantina Bruni"],
            "q=rossi": ["Autoscuola Rossi"],
            "move=NONSENSE&risk=NONSENSE&start=NONSENSE&q=bruni": ["Cantina Bruni"],
        }.items():
            assert names_in(read(client, f"{PLANS}?{words}")) == expected, words
        for column in range(1, 13):
            assert len(names_in(read(client, f"{PLANS}?o={column}"))) == 7, column

    def test_a_longer_list_asks_no_more(self, tenant: Tenant) -> None:
        client, counts = sign_in(tenant), []
        for wanted in (1, 4):
            with tenant.scope():
                plan_desk.many(tenant.world, wanted=wanted, now=clock.now())
            read(client, PLANS)
            with CaptureQueriesContext(connection) as asked:
                read(client, PLANS)
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_several_plans_are_changed_after_a_look_at_it(self, tenant: Tenant) -> None:
        client, draft = sign_in(tenant), one_plan(tenant)
        other = one_plan(tenant, risk="HIGH", state="SCHEDULED", start=clock.now())
        with tenant.scope():
            anna = Membership.objects.get(user=client.person)
        chosen = {
            "action": "change_selected",
            "_selected_action": [str(draft.pk), str(other.pk)],
            "owner": str(anna.pk),
            "priority": "2",
            "risk": "",
        }
        preview = client.post(PLANS, {**chosen, "preview": "yes"}).content.decode()
        assert "Nothing is stored yet" in preview
        assert re.search(r"3 → <b>2</b>", preview)
        with tenant.scope():
            assert MigrationPlan.objects.get(pk=draft.pk).priority == 3
        done = client.post(PLANS, {**chosen, "confirmed": "yes"}, follow=True).content.decode()
        assert "2 plans are changed." in done
        with tenant.scope():
            changed = MigrationPlan.objects.get(pk=other.pk)
            assert (changed.priority, changed.owner_id, changed.risk) == (2, anna.pk, "HIGH")

    def test_a_viewer_changes_nothing(self, tenant: Tenant) -> None:
        client = sign_in(tenant, role="VIEWER")
        plan = one_plan(tenant, state="SCHEDULED", start=clock.now())
        assert "change_selected" not in read(client, PLANS)
        page = read(client, page_of(plan))
        assert set(re.findall(r"/do/(\w+)/", page)) == {"calendar"}
        assert press(client, plan, "abandon", reason="no").status_code == 403
        assert client.get(f"{PLANS}add/").status_code == 403


class TestPage:
    def test_it_says_first_what_stops_it_and_then_everything_else(self, tenant: Tenant, made: Made) -> None:
        page = read(sign_in(tenant), page_of(made.running))
        assert page.index("The number has a PIN that we do not know") < page.index(
            "The test number goes first"
        )
        for words in (
            "Our move",
            "133005",
            "AXq8vN0bT2",
            "Italian time",
            "wave 2",
            "2 minutes 30 seconds",
            "cannot send or receive",
            "point of no return",
            "1 check fine · 1 to confirm",
            "not decided",
            "Number added",
        ):
            assert words in page, words

    def test_it_advises_what_the_answers_mean_today(self, tenant: Tenant) -> None:
        plan = one_plan(tenant)
        with tenant.scope():
            services.set_answers(plan=plan, answers={"peak_mps": 900}, source="STAFF", now=NOW, by="anna")
        client = sign_in(tenant)
        assert read(client, page_of(plan)).count("move later, with conditions") == 2
        Limit.objects.filter(pk="throughput_high").update(value="500")
        try:
            page = read(client, page_of(plan))
        finally:
            Limit.objects.filter(pk="throughput_high").update(value="1000")
        assert "move later, with conditions" not in page
        assert page.count("do not move") == 2

    def test_every_state_has_its_page(self, tenant: Tenant, made: Made) -> None:
        client = sign_in(tenant, language="it")
        for plan in vars(made).values():
            with translation.override("it"):
                state = plan.get_state_display()
            assert state in read(client, page_of(plan))

    def test_a_plan_with_more_numbers_asks_no_more(self, tenant: Tenant) -> None:
        client, counts = sign_in(tenant), []
        for wanted in (1, 6):
            with tenant.scope():
                plan = plan_desk.plan_of(
                    tenant.world, f"Grande {wanted}", now=clock.now(), path="COEXISTENCE", numbers=wanted
                )
            read(client, page_of(plan))
            with CaptureQueriesContext(connection) as asked:
                read(client, page_of(plan))
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_what_is_known_of_another_partner_does_not_exist(
        self, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        with other_tenant.scope():
            foreign = plan_desk.plan_of(other_tenant.world, "Altrui", now=clock.now())
            line = foreign.lines.get()
        client = sign_in(tenant)
        assert client.get(page_of(foreign)).status_code == 404
        assert client.get(line_page(line)).status_code == 404
        assert "Altrui" not in read(client, f"{PLANS}?state=all") + read(client, f"{PLANS}add/")

    def test_an_abandoned_plan_has_no_date_to_come(self, tenant: Tenant) -> None:
        client, start = sign_in(tenant), clock.now() + timedelta(days=5)
        plan = one_plan(tenant, state="SCHEDULED", start=start)
        date = dates.in_words(start, zone=plan.customer.time_zone)
        assert date in read(client, page_of(plan))
        page = told(client, plan, "abandon", reason="ha cambiato idea")
        assert date not in page
        assert "wave 2" not in page
        assert "Calendar file" not in page
        assert "Cancellation for a calendar" in page
        assert b"STATUS:CANCELLED" in press(client, plan, "calendar").content

    def test_a_wish_says_that_the_schedule_in_force_left_it_out(self, tenant: Tenant) -> None:
        client, plan = sign_in(tenant), one_plan(tenant)
        with tenant.scope():
            day = clock.now().date() + timedelta(days=9)
            given = {"kind": "NOT_BEFORE", "reason": "", "now": clock.now(), "by": "anna"}
            wish = services.add_wish(plan=plan, day=day, **given)
            services.add_wish(plan=plan, day=day + timedelta(days=1), **given)
            WaveScheduleFactory(state="APPLIED", dropped_wishes=[wish.pk])
        page = read(client, page_of(plan))
        assert page.count("left out of the schedule in force") == 1
        assert "It has no day: it is not assessed yet." in page
        assert "Why it has no day" in page
        assert "Why on this day" not in page


class TestButtons:
    def test_a_plan_is_opened_with_its_numbers(self, tenant: Tenant) -> None:
        client, customer = sign_in(tenant), tenant.world.customer
        given = {
            "customer": str(customer.pk),
            "app": str(tenant.world.app.pk),
            "path": "ONPREM_TO_CLOUD",
            "priority": "2",
            "risk": "LOW",
            "moves_from": "09:00",
            "moves_until": "12:00",
            "test_number": "+39 06 5550 0001",
            "numbers": "+39 06 5550 0002\n\n+39 06 5550 0003\n",
        }
        wrong = client.post(f"{PLANS}add/", {**given, "numbers": "06 12"})
        assert "Write the whole phone number" in wrong.content.decode()
        opened = client.post(f"{PLANS}add/", given)
        assert opened.status_code == 302
        with tenant.scope():
            plan = MigrationPlan.objects.get()
            assert [line.is_test_number for line in plan.lines.order_by("position")] == [True, False, False]
            assert plan.created_by == client.person.email
        again = client.post(f"{PLANS}add/", given)
        assert "already has an open migration plan" in again.content.decode()
        assert "+39 06 5550 0003" in again.content.decode()

    def test_a_plan_is_opened_from_its_customer(self, tenant: Tenant) -> None:
        customer = tenant.world.customer
        given = {
            "app": str(tenant.world.app.pk),
            "path": "COEXISTENCE",
            "priority": "3",
            "risk": "LOW",
            "moves_from": "09:00",
            "moves_until": "12:00",
        }
        client = sign_in(tenant)
        answer = press(client, customer, "plan_move", **given)
        with tenant.scope():
            plan = MigrationPlan.objects.get(customer=customer)
        assert answer["Location"] == page_of(plan)
        assert page_of(plan) in read(client, f"/admin/tenants/customer/{customer.pk}/change/")

    def test_answers_are_typed_judged_and_finished(self, tenant: Tenant) -> None:
        client, plan = sign_in(tenant), one_plan(tenant)
        with tenant.scope():
            MigrationPlan.objects.filter(pk=plan.pk).update(recommendation="")
        refused = told(client, plan, "finish_assessment")
        assert "The plan is assessed" not in refused
        assert refused.index("/do/answer/") < refused.index("/do/abandon/")
        page = told(
            client,
            plan,
            "answer",
            peak_mps="5000",
            requires_gdpr="yes",
            certifications="none",
            data_region="EU",
        )
        assert "The answers are stored." in page
        assert "exceeds" in page
        assert page.index("/do/finish_assessment/") < page.index("/do/abandon/")
        with tenant.scope():
            known = dict(PlanAnswer.objects.filter(plan=plan).values_list("key", "value"))
        assert known == {"peak_mps": 5000, "requires_gdpr": True, "certifications": [], "data_region": "EU"}
        form = read(client, f"{PLANS}{plan.pk}/do/answer/")
        assert 'value="5000"' in form
        assert "The plan is assessed" in told(client, plan, "finish_assessment")
        assert "open again" in told(client, plan, "reopen_assessment")

    def test_decisions_are_shown_with_who_took_them(self, tenant: Tenant) -> None:
        client, plan = sign_in(tenant), one_plan(tenant, state="ASSESSED")
        with tenant.scope():
            NoticeTextFactory()
        page = told(
            client,
            plan,
            "decide_price",
            choice="yes",
            price_before="120.00",
            price_after="99.50",
            effective_from="2027-01-01",
            note="niente più hosting",
        )
        for words in ("99.50 EUR", "niente più hosting", client.person.email, "Friday 1 January 2027"):
            assert words in page, words
        page = told(client, plan, "decide_inform", choice="yes", text_name="move", days_before="7")
        assert "7 days before the move" in page
        assert "inform the customer: yes" in page
        form = read(client, f"{PLANS}{plan.pk}/do/decide_inform/")
        assert 'value="7"' in form

    def test_a_notice_is_read_as_it_will_leave(self, tenant: Tenant) -> None:
        now = clock.now()
        plan = one_plan(tenant, state="SCHEDULED", start=now + timedelta(days=5))
        with tenant.scope():
            NoticeTextFactory()
            decisions.decide(
                plan=plan,
                key="INFORM",
                choice=True,
                text_name="move",
                days_before=3,
                now=now,
                by="a",
            )
        client = sign_in(tenant)
        page = read(client, page_of(plan))
        assert "will be sent" in page
        assert "Ciao Giulia Ferri, il " in page
        with tenant.scope():
            NoticeText.objects.update(approved_at=None)
        assert "waits for an approved text" in read(sign_in(tenant, email="b@nuvola.example"), page_of(plan))

    def test_start_pause_resume_and_abandon(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        plan = one_plan(tenant, state="SCHEDULED", start=clock.now() + timedelta(days=5))
        read(client, f"{PLANS}{plan.pk}/do/start/")
        with tenant.scope():
            assert MigrationPlan.objects.get(pk=plan.pk).state == PlanState.SCHEDULED
        assert "The plan is started." in told(client, plan, "start")
        assert "The plan is paused." in told(client, plan, "pause")
        page = read(client, page_of(plan))
        assert page.index("/do/resume/") < page.index("/do/abandon/")
        assert "The plan goes on." in told(client, plan, "resume")
        assert press(client, plan, "abandon", reason="").status_code == 200
        assert "The plan is abandoned." in told(client, plan, "abandon", reason="ha cambiato idea")
        assert "ha cambiato idea" in read(client, page_of(plan))
        with tenant.scope():
            last = Transition.objects.filter(subject_id=plan.pk).order_by("-seq")[0]
            assert (last.to_state, last.by) == ("ABANDONED", client.person.email)

    def test_a_date_is_taken_back_and_leaves_the_board(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        plan = one_plan(tenant, state="SCHEDULED", start=clock.now() + timedelta(days=5))
        with tenant.scope():
            schedule = WaveScheduleFactory(state="APPLIED")
            start = plan.planned_start_at
            WaveSlot.objects.create(
                partner_id=tenant.partner_id, schedule=schedule, plan=plan, wave=1, day=start.date(),
                starts_at=start, ends_at=plan.planned_end_at or start,
            )  # fmt: skip
        assert "The plan has no date any more." in told(client, plan, "unschedule", reason="ferie")
        page = read(client, page_of(plan))
        assert "ferie" in page
        assert "/do/unschedule/" not in page
        with tenant.scope():
            assert MigrationPlan.objects.get(pk=plan.pk).state == PlanState.ASSESSED
            assert not schedule.slots.exists()

    def test_wishes_and_ties_come_and_go(self, tenant: Tenant, made: Made) -> None:
        client, plan = sign_in(tenant), made.scheduled
        with tenant.scope():
            (wish,) = queries.plan_view(plan, now=clock.now()).wishes
            (tie,) = queries.plan_view(plan, now=clock.now()).after
        page = read(client, page_of(plan))
        assert f"/do/withdraw_wish/?wish={wish.pk}" in page
        assert "inventario" in page
        asked = read(client, f"{PLANS}{plan.pk}/do/withdraw_wish/?wish={wish.pk}")
        assert re.search(rf'value="{wish.pk}"\s+selected', asked)
        assert "withdrawn" in told(client, plan, "withdraw_wish", wish=str(wish.pk))
        assert "untied" in told(client, plan, "remove_dependency", dependency=str(tie.pk))
        assert "noted" in told(client, plan, "add_wish", kind="NOT_ON", day="2027-01-07", reason="")
        assert "tied" in told(client, plan, "add_dependency", after=str(made.late.pk))
        with tenant.scope():
            view = queries.plan_view(plan, now=clock.now())
        assert [str(one.day) for one in view.wishes] == ["2027-01-07"]
        assert [one.after_id for one in view.after] == [made.late.pk]

    def test_a_plan_that_met_our_fault_is_taken_up_again(self, tenant: Tenant) -> None:
        client, plan = sign_in(tenant), one_plan(tenant, state="SCHEDULED", start=clock.now())
        with tenant.scope():
            MigrationPlan.objects.filter(pk=plan.pk).update(attempts=10, due_at=None)
        page = read(client, page_of(plan))
        assert "The portal has a fault" in page
        assert page.index("/do/retry/") < page.index("/do/start/")
        assert "The plan is taken up again." in told(client, plan, "retry")
        with tenant.scope():
            row = MigrationPlan.objects.get(pk=plan.pk)
            assert (row.attempts, row.due_at is not None) == (0, True)

    def test_all_plans_are_a_file_for_a_spreadsheet(self, tenant: Tenant) -> None:
        one_plan(tenant)
        answer = sign_in(tenant, role="VIEWER").get(f"{PLANS}export/")
        assert answer["Content-Disposition"] == 'attachment; filename="plans.csv"'
        assert "Cantina Bruni" in answer.content.decode()

    def test_a_calendar_takes_the_date(self, tenant: Tenant) -> None:
        plan = one_plan(tenant, state="SCHEDULED", start=clock.now())
        answer = press(sign_in(tenant, role="VIEWER"), plan, "calendar")
        assert answer["Content-Type"].startswith("text/calendar")
        assert "attachment" in answer["Content-Disposition"]
        assert b"BEGIN:VEVENT" in answer.content


class TestNumber:
    def test_evidence_in_our_words_is_read_in_ones_language_and_metas_stays(self) -> None:
        kept = {"gateway_status": probe.NO_ANSWER, "backup": on_premises.UPLOADED, "status": "CONNECTED"}
        with translation.override("it"):
            assert dict(evidence(kept)) == {
                "gateway_status": "nessuna risposta",
                "backup": "caricato",
                "status": "CONNECTED",
            }

    def test_it_shows_what_stops_it_its_checks_and_what_cannot_be_undone(
        self, tenant: Tenant, stopped: PlanLine
    ) -> None:
        page = read(sign_in(tenant), line_page(stopped))
        for words in (
            "The number has a PIN that we do not know",
            "Point of no return ahead",
            "it disconnects the On-Premises client",
            "accepted_at",
            "cannot be read: confirm it",
            "12 minutes",
        ):
            assert words in page, words
        assert page.index("/do/set_pin/") < page.index("/do/retry/") < page.index("/do/abandon/")
        for name in ("set_pin", "confirm_check", "client", "abandon"):
            assert re.search(rf'href="[^"]+/do/{name}/"', page), f"{name} asks first, so it is a link"

    def test_a_pin_goes_in_sealed(self, tenant: Tenant, stopped: PlanLine) -> None:
        client, line = sign_in(tenant), stopped
        page = told(client, line, "set_pin", pin="739105")
        assert "The PIN is stored" in page
        assert "739105" not in page
        with tenant.scope():
            number = PhoneNumber.objects.get(pk=line.phone_number_id)
            assert open_sealed(row=number, column="pin").reveal() == "739105"

    def test_a_check_is_confirmed_with_how_it_is_known(self, tenant: Tenant, stopped: PlanLine) -> None:
        client, line = sign_in(tenant), stopped
        page = read(client, line_page(line))
        (key,) = re.findall(r"/do/confirm_check/\?key=(\w+)", page)
        assert press(client, line, "confirm_check", key=key, note="").status_code == 200
        page = told(client, line, "confirm_check", key=key, note="visto con Giulia al telefono")
        assert "visto con Giulia al telefono" in page
        with tenant.scope():
            row = PlanCheck.objects.get(line=line, key=key)
            assert (row.result, row.checked_by) == ("OK", client.person.email)

    def test_client_and_backup_go_in_and_never_come_out(self, tenant: Tenant, stopped: PlanLine) -> None:
        client, line = sign_in(tenant), stopped
        given = {"base_url": "https://127.0.0.1:9090", "username": "admin", "password": "Segretissima1"}
        page = told(client, line, "client", **given)
        assert "The client is stored." in page
        file = SimpleUploadedFile("backup.json", b'{"settings": {"data": "QkFDS1VQLWNhbmFyeQ"}}')
        answer = client.post(
            f"/admin/onboarding/planline/{line.pk}/do/upload_backup/",
            {"text": file, "password": "Altrettanto2"},
        )
        page = client.get(answer["Location"]).content.decode()
        assert "backup kept encrypted" in page
        with tenant.scope():
            row = PlanBackup.objects.get(line=line)
            assert row.sha256 in page
            assert open_sealed(row=row, column="data").reveal() == "QkFDS1VQLWNhbmFyeQ"
            assert OnPremisesClient.objects.get(line=line).base_url in page
        everywhere = page + read(client, f"/admin/onboarding/planline/{line.pk}/do/client/")
        for secret in ("Segretissima1", "Altrettanto2", "QkFDS1VQLWNhbmFyeQ"):
            assert secret not in everywhere

    def test_the_way_back_is_refused_in_words_where_there_is_none(
        self, tenant: Tenant, stopped: PlanLine
    ) -> None:
        client = sign_in(tenant)
        page = read(client, line_page(stopped))
        assert "This number cannot go back" in page
        assert "/do/roll_back/" not in page
        with tenant.scope():
            later = stopped.plan.lines.get(position=3)
        assert "This number cannot go back" not in read(client, line_page(later)), "it has not left"

    def test_the_way_back_is_offered_where_there_is_one(
        self, tenant: Tenant, stopped: PlanLine, settings: Any
    ) -> None:
        settings.ON_PREMISES_AVAILABLE = True
        client, page = sign_in(tenant), line_page(stopped)
        assert "there is nothing to undo" in read(client, page)
        given = {"base_url": "https://127.0.0.1:9090", "username": "admin", "password": Secret("Segreta1")}
        backup = {"data": Secret("QkFDS1VQ"), "password": Secret("Altra2")}
        with tenant.scope():
            clients.store_client(line=stopped, **given, now=clock.now(), by="anna")
            backups.upload_backup(line=stopped, **backup, now=clock.now(), by="anna")
            Onboarding.objects.filter(pk=stopped.onboarding_id).update(registered_at=NOW)
        assert "/do/roll_back/" in read(client, page)

    def test_a_number_is_taken_out_with_a_reason(self, tenant: Tenant, stopped: PlanLine) -> None:
        client, line = sign_in(tenant), stopped
        with tenant.scope():
            PlanLine.objects.filter(pk=line.pk).update(passed_no_return_at=NOW)
        asked = read(client, f"/admin/onboarding/planline/{line.pk}/do/abandon/")
        assert "has left where it was and cannot go back" in asked
        assert international(line.display_phone_number) in asked
        assert "The number is abandoned." in told(client, line, "abandon", reason="venduto")
        assert "/do/abandon/" not in read(client, line_page(line))
        assert "venduto" in read(client, page_of(line.plan))

    def test_what_is_known_of_a_number_is_corrected(self, tenant: Tenant, stopped: PlanLine) -> None:
        client, plan = sign_in(tenant), one_plan(tenant, numbers=1)
        with tenant.scope():
            line = plan.lines.get()
        locked = (clock.now() + timedelta(days=30)).date()
        page = told(client, line, "change", daily_volume="7", locked_until=locked.isoformat())
        assert "The number is changed." in page
        with tenant.scope():
            line.refresh_from_db()
        assert (line.daily_volume, line.locked_until) == (7, locked)


def texts_page(client: DeskClient, text: NoticeText) -> str:
    return read(client, f"/admin/onboarding/noticetext/{text.pk}/change/")


class TestTexts:
    def test_built_in_texts_are_adopted_read_and_approved(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        assert client.post("/admin/onboarding/noticetext/adopt/", {"name": "passaggio"}).status_code == 302
        with tenant.scope():
            text = NoticeText.objects.get(name="passaggio", kind="ANNOUNCEMENT", language="it")
        page = texts_page(client, text)
        assert "not approved" in page
        assert page.count('class="desk-letter"') == 2
        assert "Giulia Ferri" in page
        asked = read(client, f"/admin/onboarding/noticetext/{text.pk}/do/approve/")
        assert "Giulia Ferri" in asked
        seen = {"subject": text.subject, "body": text.body.replace("\n", "\r\n")}
        assert "The text is approved." in told(client, text, "approve", **seen)
        with tenant.scope():
            text.refresh_from_db()
            assert text.approved_by == client.person.email

    def test_a_text_that_changed_meanwhile_is_not_approved(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            text = NoticeTextFactory()
        read_then = {"subject": text.subject, "body": text.body}
        page = told(client, text, "edit", subject="Altro giorno", body="Ciao {contact}.")
        assert "not approved" in page
        assert "read it again" in told(client, text, "approve", **read_then)
        wrong = told(client, text, "edit", subject="Altro giorno", body="Ciao {pin}.")
        assert "{pin} is not known here" in wrong

    def test_a_text_is_written_in_another_language(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        given = {
            "name": "nuovo",
            "kind": "REMINDER",
            "language": "en",
            "subject": "On {date}",
            "body": "Hello",
        }
        assert client.post("/admin/onboarding/noticetext/add/", given).status_code == 302
        with tenant.scope():
            text = NoticeText.objects.get(name="nuovo")
        page = texts_page(client, text)
        assert "name=nuovo&amp;kind=REMINDER&amp;language=it" in page
        bad = client.post("/admin/onboarding/noticetext/add/", {**given, "body": "{nonsense}"})
        assert "{nonsense} is not known here" in bad.content.decode()
