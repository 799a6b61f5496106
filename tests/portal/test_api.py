"""What an integrator can do with /api/v1 and what it answers."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import CustomerServiceWindow, Direction, Message, MessageStatus
from onboarding.models import Notice, Onboarding
from portal.kernel import clock
from portal.kernel.models import Audit
from tenants.models import Customer
from tests.conftest import Tenant
from tests.factories import CustomerFactory, MetaAppFactory, PhoneNumberFactory, WabaFactory
from tests.factories.journeys import invite
from tests.portal.api_client import Api, make_api, problem

NEW = {"name": "Panificio Aurora", "contact_email": "giulia@aurora.example"}


def invited(api: Api, tenant: Tenant) -> dict[str, Any]:
    answer = api.post("onboardings", {"customer": str(tenant.world.customer.id)})
    assert answer.status_code == 201, answer.content
    return answer.json()


# --- customers ---------------------------------------------------------------------------------------------
def test_a_customer_is_created_shown_listed_and_changed(api: Api, tenant: Tenant) -> None:
    made = api.post("customers", {**NEW, "external_id": "crm-1", "currency": "USD"})
    assert made.status_code == 201
    customer = made.json()
    assert (customer["name"], customer["currency"], customer["language"]) == (NEW["name"], "USD", "it")
    assert api.get(f"customers/{customer['id']}").json() == customer
    assert api.get("customers?external_id=crm-1").json()["data"] == [customer]
    changed = api.patch(f"customers/{customer['id']}", {"contact_name": "Giulia Ferri"})
    assert changed.json() == customer | {"contact_name": "Giulia Ferri"}
    with tenant.scope():
        actions = Audit.objects.filter(subject_id=customer["id"]).order_by("id").values_list("action", "by")
        by = f"key:{api.key.split('_')[1]}"
        assert list(actions) == [("customer.created", by), ("customer.changed", by)]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": ""}, "name", "blank"),
        ({"name": None}, "name", "null"),
        ({"name": "x" * 101}, "name", "max_length"),
        ({"name": ["x"]}, "name", "invalid"),
        ({"name": "a\u0000b"}, "name", "null_characters_not_allowed"),
        ({"contact_email": "nobody"}, "contact_email", "invalid"),
        ({"language": "fr"}, "language", "invalid_choice"),
        ({"time_zone": "Rome"}, "time_zone", "unknown_time_zone"),
        ({"website": "javascript:alert(1)"}, "website", "invalid"),
        ({"currency": "EUR"}, "currency", "unknown_field"),
        ({"partner_id": str(uuid.uuid4())}, "partner_id", "unknown_field"),
        ({"id": str(uuid.uuid4())}, "id", "unknown_field"),
    ],
)
def test_a_bad_field_is_named_and_nothing_changes(
    api: Api, tenant: Tenant, change: dict[str, Any], field: str, code: str
) -> None:
    answer = api.patch(f"customers/{tenant.world.customer.id}", change)
    assert problem(answer) == (400, "invalid_request")
    assert [error["code"] for error in answer.json()["errors"][field]] == [code]
    with tenant.scope():
        row = Customer.objects.get()
    assert (row.name, row.contact_email) == (tenant.world.customer.name, tenant.world.customer.contact_email)


def test_a_lone_surrogate_is_refused_and_not_an_error_of_ours(api: Api) -> None:
    answer = api.post("customers", '{"name": "\\ud800", "contact_email": "a@b.example"}')
    assert problem(answer) == (400, "invalid_request")


def test_your_reference_is_unique_in_your_partner_only(api: Api, stranger: Api) -> None:
    reference = {**NEW, "external_id": "crm-1"}
    assert api.post("customers", reference).status_code == 201
    assert problem(api.post("customers", reference)) == (409, "external_id_taken")
    other = api.post("customers", NEW).json()
    assert problem(api.patch(f"customers/{other['id']}", {"external_id": "crm-1"}))[1] == "external_id_taken"
    assert stranger.post("customers", reference).status_code == 201


# --- onboardings -------------------------------------------------------------------------------------------
def test_an_invitation_answers_with_the_link_and_what_must_happen(api: Api, tenant: Tenant) -> None:
    onboarding = invited(api, tenant)
    assert onboarding["state"] == "INVITED"
    assert "/start/" in onboarding["link"]
    assert [step["key"] for step in onboarding["steps"]][:2] == ["token", "webhooks"]
    assert onboarding["next_action"]["owner"] == "CUSTOMER"
    assert onboarding["window"] == {"ends_at": None, "seconds_left": None, "is_over": False}
    assert onboarding["registration_attempts"]["used"] == 0
    shown = api.get(f"onboardings/{onboarding['id']}").json()
    assert "link" not in shown
    assert shown == {key: value for key, value in onboarding.items() if key != "link"}


def test_an_invitation_can_go_without_an_e_mail(api: Api, tenant: Tenant) -> None:
    body = {"customer": str(tenant.world.customer.id), "send_email": False}
    assert api.post("onboardings", body).status_code == 201
    with tenant.scope():
        assert not Notice.objects.exists()


def test_texts_follow_the_language_of_the_reader(api: Api, tenant: Tenant) -> None:
    path = f"customers/{uuid.uuid4()}"
    english = api.get(path, Accept_Language="en").json()
    italian = api.get(path, Accept_Language="it").json()
    assert english["code"] == italian["code"] == "not_found"


def test_several_apps_must_be_told_apart(api: Api, tenant: Tenant) -> None:
    with tenant.scope():
        second = MetaAppFactory(business_manager=tenant.world.business)
    customer = str(tenant.world.customer.id)
    unclear = api.post("onboardings", {"customer": customer})
    assert unclear.json()["errors"]["app_id"][0]["code"] == "not_found"
    named = api.post("onboardings", {"customer": customer, "app_id": second.app_id})
    assert named.json()["app_id"] == second.app_id


def test_a_customer_of_somebody_else_is_as_unknown_as_none(api: Api, other_tenant: Tenant) -> None:
    foreign = api.post("onboardings", {"customer": str(other_tenant.world.customer.id)})
    missing = api.post("onboardings", {"customer": str(uuid.uuid4())})
    assert problem(foreign) == problem(missing) == (400, "invalid_request")
    assert foreign.json()["errors"] == missing.json()["errors"]


def test_a_new_link_replaces_the_old_one(api: Api, tenant: Tenant) -> None:
    onboarding = invited(api, tenant)
    renewed = api.post(f"onboardings/{onboarding['id']}/link", {"send_email": False})
    assert renewed.status_code == 201
    assert renewed.json()["link"] != onboarding["link"]


def test_a_cancelled_onboarding_takes_no_more_orders(api: Api, tenant: Tenant) -> None:
    onboarding = invited(api, tenant)
    path = f"onboardings/{onboarding['id']}"
    assert api.post(f"{path}/cancel", {"reason": "Wrong customer"}).json()["state"] == "CANCELLED"
    for action, body in (("retry", {}), ("register", {}), ("link", {}), ("cancel", {"reason": "again"})):
        assert problem(api.post(f"{path}/{action}", body)) == (409, "onboarding_closed")


def test_register_now_skips_no_step(api: Api, tenant: Tenant) -> None:
    onboarding = invited(api, tenant)
    answer = api.post(f"onboardings/{onboarding['id']}/register")
    assert problem(answer) == (409, "not_ready_to_register")


def test_retry_wakes_the_engine(api: Api, tenant: Tenant) -> None:
    onboarding = invited(api, tenant)
    assert api.post(f"onboardings/{onboarding['id']}/retry").status_code == 200
    with tenant.scope():
        assert Onboarding.objects.get().due_at is not None


def test_an_own_number_is_started_and_verified_by_code(api: Api, tenant: Tenant) -> None:
    with tenant.scope():
        number = PhoneNumberFactory(waba=WabaFactory(customer=None))
    begun = api.post("onboardings/own-number", {"phone_number": str(number.id)})
    assert begun.status_code == 201
    path = f"onboardings/{begun.json()['id']}"
    assert begun.json()["kind"] == "OWN_NUMBER"
    assert api.post(f"{path}/request-code", {"method": "SMS", "language": "it_IT"}).status_code == 200
    assert api.post(f"{path}/verify-code", {"code": "123-456"}).status_code == 200
    assert api.post(f"{path}/verify-code", {"code": "12345"}).json()["errors"].keys() == {"code"}
    again = api.post("onboardings/own-number", {"phone_number": str(number.id)})
    assert problem(again) == (409, "number_taken")


def test_a_customers_number_is_no_own_number(api: Api, tenant: Tenant) -> None:
    with tenant.scope():
        number = PhoneNumberFactory()
    answer = api.post("onboardings/own-number", {"phone_number": str(number.id)})
    assert answer.json()["errors"]["phone_number"][0]["code"] == "not_found"


def test_the_window_is_told_in_utc_and_in_seconds(api: Api, tenant: Tenant) -> None:
    with tenant.scope():
        journey = invite(tenant.world, now=clock.now())
        journey.signed_up(signed_up_at=clock.now() - timedelta(hours=100))
        number = journey.number
    answer = api.get(f"onboardings?state=SIGNED_UP&phone_number_id={number.phone_number_id}")
    (onboarding,) = answer.json()["data"]
    assert onboarding["window"]["ends_at"].endswith("Z")
    assert 235 * 3600 < onboarding["window"]["seconds_left"] <= 236 * 3600
    assert onboarding["display_phone_number"] == number.display_phone_number
    assert onboarding["waba_id"] == number.waba.waba_id


# --- numbers, accounts, messages, me -----------------------------------------------------------------------
def test_numbers_and_accounts_show_metas_fields_and_no_secret(api: Api, tenant: Tenant) -> None:
    with tenant.scope():
        number = PhoneNumberFactory(sealed_pin="739106", certificate="CERTIFICATE-CANARY")
    shown = api.get(f"phone-numbers/{number.id}")
    assert shown.json()["phone_number_id"] == number.phone_number_id
    assert b"CANARY" not in shown.content
    assert not {"pin", "pending_pin", "certificate"} & shown.json().keys()
    account = api.get(f"wabas/{number.waba.id}").json()
    assert account["waba_id"] == number.waba.waba_id
    assert api.get(f"phone-numbers?waba={number.waba.id}").json()["data"] == [shown.json()]
    assert api.get(f"wabas?waba_id={number.waba.waba_id}").json()["data"] == [account]


def message_to_answer(tenant: Tenant, *, hours: float) -> Any:
    with tenant.scope():
        number, now = PhoneNumberFactory(), clock.now()
        CustomerServiceWindow.objects.create(
            partner_id=tenant.partner_id,
            phone_number=number,
            wa_id="393331234567",
            last_inbound_at=now - timedelta(hours=hours),
            closes_at=now + timedelta(hours=24 - hours),
        )
    return number


def test_a_text_goes_out_inside_the_customer_service_window(api: Api, tenant: Tenant) -> None:
    number = message_to_answer(tenant, hours=1)
    body = {"phone_number": str(number.id), "wa_id": "393331234567", "text": {"body": "Pronto!"}}
    sent = api.post("messages", body)
    assert (sent.status_code, sent.json()["status"]) == (202, "QUEUED")
    assert sent.json()["payload"]["text"] == {"body": "Pronto!"}
    assert api.get(f"messages/{sent.json()['id']}").json() == sent.json()
    listed = api.get(f"messages?phone_number={number.id}&direction=OUTBOUND&status=QUEUED")
    assert listed.json()["data"] == [sent.json()]


def test_a_text_after_the_window_is_refused(api: Api, tenant: Tenant) -> None:
    number = message_to_answer(tenant, hours=25)
    body = {"phone_number": str(number.id), "wa_id": "393331234567", "text": {"body": "Pronto!"}}
    assert problem(api.post("messages", body)) == (409, "customer_service_window_closed")
    with tenant.scope():
        assert not Message.objects.exists()


def test_a_nested_field_is_named_by_its_path(api: Api, tenant: Tenant) -> None:
    number = message_to_answer(tenant, hours=1)
    body = {"phone_number": str(number.id), "wa_id": "393331234567", "text": {"body": "", "extra": 1}}
    assert api.post("messages", body).json()["errors"].keys() == {"text.extra"}


def test_me_says_who_the_key_is(tenant: Tenant) -> None:
    api = make_api(tenant, "customers:read", name="Warehouse")
    me = api.get("me").json()
    assert me["partner"] == {"id": str(tenant.partner_id), "name": tenant.world.partner.name}
    assert me["key"]["name"] == "Warehouse"
    assert me["key"]["scopes"] == ["customers:read"]
    assert api.key not in str(me)


# --- lists -------------------------------------------------------------------------------------------------
def test_pages_are_complete_and_stay_so_while_rows_arrive(api: Api, tenant: Tenant) -> None:
    with tenant.scope():
        there = {str(CustomerFactory().id) for _ in range(7)} | {str(tenant.world.customer.id)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = api.get(f"customers?limit=3{cursor}").json()
        seen += [customer["id"] for customer in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        with tenant.scope():
            CustomerFactory()
    assert len(seen) == len(set(seen)) == 8
    assert set(seen) == there


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=٣", "limit"),
        ("cursor=abc", "cursor"),
        ("cursor=%00", "cursor"),
        ("sate=LIVE", "sate"),
        ("state=live", "state"),
        ("customer=1", "customer"),
        ("phone_number_id=%00", "phone_number_id"),
    ],
)
def test_a_parameter_that_means_nothing_is_refused(api: Api, query: str, field: str) -> None:
    answer = api.get(f"onboardings?{query}")
    assert problem(answer) == (400, "invalid_request")
    assert answer.json()["errors"].keys() == {field}


@pytest.mark.parametrize("resource", ["customers", "onboardings", "phone-numbers", "wabas", "messages"])
def test_lists_take_as_many_queries_for_ten_rows_as_for_one(api: Api, tenant: Tenant, resource: str) -> None:
    def add() -> None:
        with tenant.scope():
            CustomerFactory()
            journey = invite(tenant.world, now=clock.now())
            journey.signed_up()
            journey.message(Direction.INBOUND, MessageStatus.RECEIVED, "Ciao")

    add()
    api.get(resource)
    with CaptureQueriesContext(connection) as few:
        assert api.get(resource).json()["data"]
    for _ in range(9):
        add()
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(resource).json()["data"]) >= 10
    assert len(many) == len(few)
    assert len(many) <= 25


# --- refusals ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"name": "a", "name": "b"}',
        '{"name": NaN}',
        '{"name": -Infinity}',
        '{"name": 1e999}',
        "[" * 100_000,
        '{"a":' * 33 + "1" + "}" * 33,
        b'{"name": "\xff"}',
        '{"name": 1' + "0" * 5000 + "}",
    ],
)
def test_json_on_which_parsers_disagree_is_refused(api: Api, body: str | bytes) -> None:
    answer = api.post("customers", body)
    assert answer.status_code == 400
    assert problem(answer)[1] in {"malformed_json", "invalid_request"}


def test_a_body_over_256_kb_is_refused(api: Api) -> None:
    assert problem(api.post("customers", '{"name": "' + "x" * 256 * 1024 + '"}')) == (413, "body_too_large")


def test_only_json_is_understood(api: Api) -> None:
    answer = api.client.post("/api/v1/customers", NEW, headers={"Authorization": f"Bearer {api.key}"})
    assert problem(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "customers"), ("PUT", "me"), ("OPTIONS", "customers"), ("POST", "wabas")]
)
def test_a_method_that_is_not_there_is_405(api: Api, method: str, path: str) -> None:
    answer = api.call(method, path)
    assert problem(answer) == (405, "method_not_allowed")
    assert "GET" in answer["Allow"]


def test_an_error_of_ours_tells_nothing_and_leaves_nothing(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("INSERT INTO canary")

    monkeypatch.setattr("tenants.services.audit.record", broken)
    answer = api.post("customers", NEW)
    assert problem(answer) == (500, "internal_error")
    assert b"canary" not in answer.content
    with tenant.scope():
        assert Customer.objects.count() == 1


def test_answers_are_not_cached_and_tell_the_budget(api: Api) -> None:
    answer = api.get("me")
    assert answer["Cache-Control"] == "no-store"
    assert answer["RateLimit-Limit"] == "600"
    assert int(answer["RateLimit-Remaining"]) == 599
