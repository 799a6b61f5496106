"""The queue, the journey page and its buttons, as staff use them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding import links
from onboarding.models import Onboarding, OnboardingLink, Step
from onboarding.states import OnboardingState
from portal.kernel import clock
from portal.kernel.models import Audit, Transition
from portal.kernel.secrets import open_sealed
from tenants.models import Customer, PhoneNumber
from tests.conftest import Tenant
from tests.factories import queue
from tests.factories.desk import names_in, press, read, sign_in, told
from tests.factories.journeys import Journey

QUEUE = "/admin/onboarding/onboarding/"


def page_of(row: Onboarding) -> str:
    return f"{QUEUE}{row.pk}/change/"


@pytest.fixture
def urgent(tenant: Tenant) -> Journey:
    with tenant.scope():
        return queue.fill(tenant.world, now=clock.now())


class TestQueue:
    def test_the_most_urgent_comes_first_and_closed_ones_stay_away(
        self, tenant: Tenant, urgent: Journey
    ) -> None:
        page = read(sign_in(tenant), QUEUE)
        assert names_in(page)[:5] == [
            "Officina Bellini",
            "Panificio Aurora",
            "Libreria Corsara",
            "Studio Dentistico Fabbri",
            "Hotel Miramare",
        ]
        assert "Autoscuola Rossi" not in page
        row = page[page.index("Panificio Aurora") :][:6000]
        assert "6 hours left" in row
        assert "The number has a PIN that we do not know" in row
        assert "2/8" in row

    def test_views_and_search(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant)
        for words, expected in {
            "left=overdue": ["Officina Bellini"],
            "left=day": ["Panificio Aurora"],
            "left=three_days": ["Libreria Corsara"],
            "move=META": ["Hotel Miramare"],
            "move=CONSUMER": ["Farmacia San Luca"],
            "state=LIVE": ["Autoscuola Rossi"],
            "q=rossi": ["Autoscuola Rossi"],
            "q=%22100+0003%22": ["Libreria Corsara"],
            "move=NONSENSE&left=NONSENSE&q=bellini": ["Officina Bellini"],
        }.items():
            assert names_in(read(client, f"{QUEUE}?{words}")) == expected, words

    def test_our_move_is_what_waits_for_staff(self, tenant: Tenant, urgent: Journey) -> None:
        found = names_in(read(sign_in(tenant), f"{QUEUE}?move=STAFF"))
        assert found == ["Panificio Aurora", "Libreria Corsara", "Studio Dentistico Fabbri"]

    def test_every_sort_works(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant)
        for column in range(1, 7):
            assert len(names_in(read(client, f"{QUEUE}?o={column}"))) == 10, column

    def test_fifty_rows_ask_no_more_than_five(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        counts = []
        for wanted in (5, 45):
            with tenant.scope():
                queue.many(tenant.world, count=wanted, now=clock.now())
            read(client, QUEUE)  # the first click of a session notes that somebody is there
            with CaptureQueriesContext(connection) as asked:
                page = read(client, QUEUE)
            counts.append(len(asked))
        assert len(names_in(page)) == 50
        assert counts[0] == counts[1]

    def test_bulk_retry_is_shown_first_and_then_done(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            live = Onboarding.objects.get(state=OnboardingState.LIVE)
        chosen = {"action": "retry_selected", "_selected_action": [str(urgent.onboarding.pk), str(live.pk)]}
        preview = client.post(f"{QUEUE}?state=all", chosen).content.decode()
        assert "Try these again?" in preview
        assert "Panificio Aurora" in preview
        with tenant.scope():
            assert Onboarding.objects.get(pk=urgent.onboarding.pk).due_at is None
        done = client.post(f"{QUEUE}?state=all", {**chosen, "confirmed": "yes"}, follow=True).content.decode()
        assert "1 onboarding is tried again." in done
        assert "1 has nothing to retry." in done
        with tenant.scope():
            assert Onboarding.objects.get(pk=urgent.onboarding.pk).due_at is not None

    def test_a_viewer_has_no_bulk_action(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant, role="VIEWER")
        assert "retry_selected" not in read(client, QUEUE)
        client.post(
            QUEUE,
            {"action": "retry_selected", "confirmed": "yes", "_selected_action": [str(urgent.onboarding.pk)]},
        )
        with tenant.scope():
            assert Onboarding.objects.get(pk=urgent.onboarding.pk).due_at is None


class TestPage:
    def test_it_says_what_is_needed_and_what_happened(self, tenant: Tenant, urgent: Journey) -> None:
        page = read(sign_in(tenant), page_of(urgent.onboarding))
        for words in (
            "Our move",
            "The number has a PIN that we do not know",
            "AXq8vN0bT2",
            "Italian time",
            "6 hours left",
            "Registration attempts",
            "no answer",
            "We look before anything is sent again.",
            "The PIN is wrong",
            "invited → signed up",
            "Onboarding opened",
            "FINISH",
        ):
            assert words in page, words

    def test_it_says_whether_the_customers_link_still_works(self, tenant: Tenant, urgent: Journey) -> None:
        client, page = sign_in(tenant), page_of(urgent.onboarding)
        with tenant.scope():
            links.create_link(onboarding=urgent.onboarding, now=clock.now(), by="anna")
        for words in ("link works until", "not opened yet"):
            assert words in read(client, page)
        with tenant.scope():
            OnboardingLink.objects.update(expires_at=clock.now(), opened_at=clock.now())
        assert "link has expired" in read(client, page)
        assert "not opened yet" not in read(client, page)

    def test_it_speaks_italian_dates_in_the_partners_zone(self, tenant: Tenant, urgent: Journey) -> None:
        page = read(sign_in(tenant, language="it"), page_of(urgent.onboarding))
        assert '<html lang="it"' in page

    def test_the_button_that_answers_the_need_stands_first(self, tenant: Tenant, urgent: Journey) -> None:
        page = read(sign_in(tenant), page_of(urgent.onboarding))
        assert page.index("/do/set_pin/") < page.index("/do/retry/") < page.index("/do/cancel/")

    def test_a_viewer_sees_all_and_may_press_nothing(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant, role="VIEWER")
        assert "/do/" not in read(client, page_of(urgent.onboarding))
        for name in ("retry", "register_now", "set_pin", "new_link", "cancel"):
            assert press(client, urgent.onboarding, name).status_code == 403, name

    def test_a_foreign_journey_does_not_exist(self, tenant: Tenant, other_tenant: Tenant) -> None:
        with other_tenant.scope():
            foreign = queue.fill(other_tenant.world, now=clock.now())
        client = sign_in(tenant)
        assert client.get(page_of(foreign.onboarding)).status_code == 404
        assert press(client, foreign.onboarding, "retry").status_code == 404

    def test_buttons_need_a_post(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant)
        read(client, f"{QUEUE}{urgent.onboarding.pk}/do/retry/")
        with tenant.scope():
            assert Onboarding.objects.get(pk=urgent.onboarding.pk).due_at is None

    def test_csrf_is_checked(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant)
        client.handler.enforce_csrf_checks = True
        assert press(client, urgent.onboarding, "retry").status_code == 403


class TestButtons:
    def test_retry(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant)
        assert "The current step is tried again." in told(client, urgent.onboarding, "retry")
        with tenant.scope():
            assert Step.objects.get(onboarding=urgent.onboarding, key="register").state == "PENDING"
            assert Audit.objects.filter(action="onboarding.retried", by=client.person.email).exists()

    def test_register_now(self, tenant: Tenant, urgent: Journey) -> None:
        assert "The registration is tried now." in told(sign_in(tenant), urgent.onboarding, "register_now")
        with tenant.scope():
            assert Onboarding.objects.get(pk=urgent.onboarding.pk).due_at is not None

    def test_a_pin_goes_in_sealed_and_is_never_shown(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant)
        refused = told(client, urgent.onboarding, "set_pin", pin="12x456")
        assert "A PIN has six digits." in refused
        page = told(client, urgent.onboarding, "set_pin", pin="739105")
        assert "739105" not in page
        with tenant.scope():
            number = PhoneNumber.objects.get(pk=urgent.onboarding.phone_number_id)
            assert open_sealed(row=number, column="pin").reveal() == "739105"
        assert "739105" not in read(client, f"/admin/tenants/phonenumber/{number.pk}/change/")

    def test_a_new_link_is_shown_once(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant)
        answer = press(client, urgent.onboarding, "new_link")
        link = re.search(r"https?://[^<\s]*/start/[\w-]+", answer.content.decode())
        assert link is not None
        assert "no-store" in answer["Cache-Control"]
        assert link[0] not in read(client, page_of(urgent.onboarding))
        with tenant.scope():
            kept = OnboardingLink.objects.filter(onboarding=urgent.onboarding, revoked_at=None)
            assert kept.count() == 1

    def test_cancel_asks_for_a_reason(self, tenant: Tenant, urgent: Journey) -> None:
        client = sign_in(tenant)
        assert press(client, urgent.onboarding, "cancel", reason="").status_code == 200
        assert "The onboarding is cancelled." in told(
            client, urgent.onboarding, "cancel", reason="non serve più"
        )
        with tenant.scope():
            last = Transition.objects.filter(subject_id=urgent.onboarding.pk).order_by("-seq")[0]
            assert (last.to_state, last.reason) == ("CANCELLED", "non serve più")
        assert "/do/" not in read(client, page_of(urgent.onboarding))
        assert "no longer possible" in told(client, urgent.onboarding, "retry")

    def test_invite_opens_a_journey_and_shows_its_link(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        customer = tenant.world.customer
        answer = press(client, customer, "invite", app=str(tenant.world.app.pk), send_email="on")
        assert "/start/" in answer.content.decode()
        with tenant.scope():
            opened = Onboarding.objects.get(customer=customer)
            assert opened.created_by == client.person.email
            assert opened.notices.get().kind == "INVITATION"
        assert page_of(opened) in read(client, f"/admin/tenants/customer/{customer.pk}/change/")

    def test_a_foreign_app_cannot_be_chosen(self, tenant: Tenant, other_tenant: Tenant) -> None:
        answer = press(sign_in(tenant), tenant.world.customer, "invite", app=str(other_tenant.world.app.pk))
        assert answer.status_code == 200
        with tenant.scope():
            assert not Onboarding.objects.exists()

    def test_an_own_number_is_started_and_verified(self, tenant: Tenant) -> None:
        client = sign_in(tenant, role="ENGINEER")
        client.post("/admin/tenants/waba/add/", {"name": "Nuvola", "waba_id": "1234567", "currency": "EUR"})
        with tenant.scope():
            waba = queue.Waba.objects.get(waba_id="1234567")
        press(
            client,
            waba,
            "start_number",
            app=str(tenant.world.app.pk),
            phone_number_id="7654321",
            display_phone_number="+39 02 1234567",
        )
        with tenant.scope():
            row = Onboarding.objects.get(kind="OWN_NUMBER")
            for key in ("webhooks", "subscribe"):
                Step.objects.filter(onboarding=row, key=key).update(state="DONE")
        assert "has no window" in read(client, page_of(row))
        assert "Meta is asked for a code." in told(
            client, row, "request_code", method="SMS", language="it_IT"
        )
        assert "The code is given to Meta." in told(client, row, "enter_code", code="123-456")
        with tenant.scope():
            row.refresh_from_db()
            assert open_sealed(row=row, column="entered_code").reveal() == "123456"
        assert "123456" not in read(client, page_of(row)).replace("1234567", "")


def test_customers_of_the_other_partner_are_nowhere(tenant: Tenant, other_tenant: Tenant) -> None:
    with other_tenant.scope():
        queue.fill(other_tenant.world, now=clock.now() - timedelta(minutes=1))
        names = set(Customer.objects.values_list("name", flat=True))
    client = sign_in(tenant)
    pages = "".join(
        read(client, address) for address in ("/admin/", f"{QUEUE}?state=all", "/admin/tenants/customer/")
    )
    assert not [name for name in names if f">{name}<" in pages]
