"""The journey against a real simulator: the main road, and every way off it and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from onboarding import services
from onboarding.models import Step
from portal.kernel import clock
from portal.kernel.models import GraphCall
from portal.kernel.secrets import seal
from tenants.models import BusinessToken, CreditLine, SystemUser, TokenState
from tests.onboarding.stage import Stage

SETTLED = timedelta(seconds=61)


def test_a_customer_comes_from_an_invitation_to_a_delivered_message(stage: Stage) -> None:
    customer = stage.invite()
    stage.drain()
    assert (customer.state, customer.waits_for) == ("INVITED", "sign_up")

    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    assert customer.state == "REGISTERED"

    customer.write()
    stage.until(lambda: customer.state == "LIVE")
    assert set(customer.states().values()) == {"DONE"}
    assert len(stage.meta.calls("/{phone_number_id}/register", id=customer.phone_number_id)) == 1


def test_every_changing_call_was_an_intent_before_meta_saw_it(stage: Stage) -> None:
    customer = stage.invite()
    result = customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    with stage.tenant.scope():
        made = list(GraphCall.objects.order_by("started_at").values_list("operation", "outcome", "code"))
    assert made == [
        (name, "DEFINITE", None)
        for name in (
            "exchange_code",
            "subscribe_webhooks",
            "subscribe_app",
            "assign_user",
            "share_and_attach",
            "register",
        )
    ]
    number = customer.journey().phone_number
    assert number is not None
    assert number.phone_number_id == result["phone_number_id"]
    assert (number.platform_type, number.status, number.is_pin_enabled) == ("CLOUD_API", "CONNECTED", True)
    assert number.pin
    assert number.pending_pin is None


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ("/{app_id}/subscriptions", "webhooks"),
        ("/{waba_id}/subscribed_apps", "subscribe"),
        ("/{waba_id}/assigned_users", "credit_line"),
        ("/{extended_credit_id}/whatsapp_credit_sharing_and_attach", "credit_line"),
        ("/{phone_number_id}/register", "register"),
    ],
)
@pytest.mark.parametrize("kind", ["cut_after", "http_500_after", "truncated"])
def test_an_answer_that_is_lost_after_meta_acted_repeats_nothing(
    stage: Stage, path: str, step: str, kind: str
) -> None:
    stage.meta.fault(path, kind, method="POST")
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "settling")
    assert customer.states()[step] == "WAITING"

    stage.move_clock(SETTLED)
    stage.until(lambda: customer.waits_for == "first_message")
    ids = {customer.phone_number_id, customer.journey().waba.waba_id, stage.made["extended_credit_id"]}
    made = [call for call in stage.meta.calls(path) if ids & set(call["ids"].values())]
    if path != "/{app_id}/subscriptions":
        assert len(made) == 1


@pytest.mark.parametrize("path", ["/{waba_id}/subscribed_apps", "/{phone_number_id}/register"])
def test_a_call_that_did_not_act_is_made_again_only_after_a_look(stage: Stage, path: str) -> None:
    stage.meta.fault(path, "cut_before", method="POST")
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "settling")
    stage.drain()
    assert customer.waits_for == "settling"

    stage.move_clock(SETTLED)
    stage.until(lambda: customer.waits_for == "first_message")
    with stage.tenant.scope():
        outcomes = list(
            GraphCall.objects.filter(operation__in=["subscribe_app", "register"], outcome="UNKNOWN")
        )
    assert len(outcomes) == 1


def test_an_outage_is_waited_out_with_growing_pauses(stage: Stage) -> None:
    customer = stage.invite()
    stage.meta.ask("faults", {"kind": "outage", "path": "/{waba_id}/subscribed_apps", "method": "GET"})
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "meta_unavailable")
    pauses = []
    for _round in range(4):
        need = customer.journey().next_action
        assert need is not None
        assert need.deadline is not None
        assert need.owner == "META"
        pauses.append(need.deadline - clock.now())
        stage.move_clock(pauses[-1] + timedelta(seconds=1))
        stage.drain()
    assert pauses[0] < timedelta(seconds=10)
    assert pauses[3] > pauses[0] * 3

    stage.meta.ask("faults", method="DELETE")
    stage.move_clock(timedelta(minutes=11))
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_rate_limit_is_waited_for_as_long_as_meta_says(stage: Stage) -> None:
    stage.meta.fault("/{waba_id}/subscribed_apps", "error", method="POST", code=80007)
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "rate_limited")
    with stage.tenant.scope():
        told = Step.objects.get(reason="rate_limited").until
    assert told is not None
    stage.move_clock(told - clock.now() + timedelta(seconds=1))
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_revoked_token_stops_all_calls_until_a_new_signup(stage: Stage) -> None:
    customer = stage.invite()
    business_id = customer.sign_up()["business_id"]
    stage.until(lambda: customer.waits_for == "first_message")
    stage.meta.ask("tokens/revoke", {"business_id": business_id, "subcode": 460})
    stage.meta.ask(
        "webhooks/fire", _account_update(stage, "PARTNER_APP_UNINSTALLED", customer.journey().waba.waba_id)
    )
    stage.until(lambda: customer.waits_for == "connect_again")
    assert customer.state == "REGISTERED"
    with stage.tenant.scope():
        assert BusinessToken.objects.get().state == TokenState.INVALID
    stage.drain()
    told = [sent.to[0] for sent in mail.outbox if "access_lost" in sent.extra_headers["Message-ID"]]
    addresses = [stage.tenant.world.customer.contact_email, "aiuto@nuvola.example"]
    assert told == addresses, "the customer and the partner are told once"
    before = len(stage.meta.calls("", method=""))
    stage.move_clock(timedelta(hours=1))
    stage.drain()
    assert len(stage.meta.calls("", method="")) == before

    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    customer.write()
    stage.until(lambda: customer.state == "LIVE")
    assert len(stage.meta.calls("/{phone_number_id}/register", id=customer.phone_number_id)) == 1


def _account_update(stage: Stage, event: str, waba_id: str) -> dict[str, object]:
    value = {"event": event, "waba_info": {"waba_id": waba_id, "owner_business_id": "1"}}
    change = {"field": "account_update", "value": value}
    entry = {"id": stage.made["business_id"], "time": int(clock.now().timestamp()), "changes": [change]}
    return {
        "app_id": stage.made["app_id"],
        "body": {"object": "whatsapp_business_account", "entry": [entry]},
    }


def test_withdrawn_access_is_looked_up_before_it_is_believed(stage: Stage) -> None:
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    waba_id = customer.journey().waba.waba_id
    stage.move_clock(timedelta(seconds=10))
    before = len(stage.meta.calls("/debug_token", method="GET"))
    stage.meta.ask("webhooks/fire", _account_update(stage, "PARTNER_APP_UNINSTALLED", waba_id))
    stage.until(lambda: len(stage.meta.calls("/debug_token", method="GET")) > before)
    stage.until(lambda: customer.waits_for == "first_message")
    with stage.tenant.scope():
        assert BusinessToken.objects.get().state == TokenState.VALID, "Meta still shows the access"


def test_a_step_that_staff_must_open_goes_on_by_itself_when_it_is_open(stage: Stage) -> None:
    with stage.tenant.scope():
        line = CreditLine.objects.get()
        kept = line.extended_credit_id
        line.delete()
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "credit_line_missing")
    need = customer.journey().next_action
    assert need is not None
    assert (need.owner, need.deadline) == ("STAFF", customer.ends_at())
    with stage.tenant.scope():
        CreditLine.objects.create(
            partner_id=stage.tenant.partner_id,
            business_manager=stage.tenant.world.business,
            extended_credit_id=kept,
        )
    stage.move_clock(timedelta(seconds=31))
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_tech_provider_shares_no_credit_line(stage: Stage) -> None:
    with stage.tenant.scope():
        partner = stage.tenant.world.partner
        partner.credit_line_required = False
        partner.save()
        CreditLine.objects.all().delete()
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    waba_id = customer.journey().waba.waba_id
    assert not stage.meta.calls("/{waba_id}/assigned_users", id=waba_id)


def test_a_refused_system_token_waits_for_staff_and_a_new_one_resumes(stage: Stage) -> None:
    admin = next(user for user in stage.made["system_users"] if user["role"] == "ADMIN")
    stage.meta.ask("tokens/revoke", {"user_id": admin["id"]})
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "system_user_missing")
    with stage.tenant.scope():
        assert SystemUser.objects.get().token_state == TokenState.INVALID
    stage.drain()
    assert ["aiuto@nuvola.example"] in [message.to for message in mail.outbox]
    stage.provision()
    with stage.tenant.scope():
        SystemUser.objects.update(token_state=TokenState.VALID)
    stage.move_clock(timedelta(seconds=31))
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_wrong_app_secret_is_the_partners_matter_and_not_the_customers(stage: Stage) -> None:
    app = stage.tenant.world.app
    with stage.tenant.scope():
        app.app_secret = seal(row=app, column="app_secret", value="f" * 32)
        app.save()
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "app_settings")
    need = customer.journey().next_action
    assert need is not None
    assert (need.owner, need.code) == ("STAFF", 1)
    with stage.tenant.scope():
        app.app_secret = seal(row=app, column="app_secret", value="0123456789abcdef0123456789abcdef")
        app.save()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")


def test_an_unknown_refusal_is_told_with_its_code_and_reference_until_staff_retry(stage: Stage) -> None:
    stage.meta.fault("/{waba_id}/subscribed_apps", "error", method="POST", code=2593079)
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "refused")
    need = customer.journey().next_action
    assert need is not None
    assert (need.code, bool(need.fbtrace_id), need.owner) == (2593079, True, "STAFF")
    stage.move_clock(timedelta(hours=1))
    stage.drain()
    assert customer.waits_for == "refused"
    with stage.tenant.scope():
        services.retry(onboarding=customer.onboarding, now=clock.now(), by="anna")
    stage.until(lambda: customer.waits_for == "first_message")
