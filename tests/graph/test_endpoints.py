from __future__ import annotations

import inspect
from datetime import UTC, datetime

import pytest

from portal.graph import (
    app,
    business,
    credit,
    media,
    messages,
    oauth,
    phone_number,
    preverified,
    profile,
    template,
    waba,
)
from portal.graph.errors import OutcomeUnknown, Refused
from portal.graph.secret import Secret
from portal.graph.transport import Reply
from tests.graph.call import PHONE, WABA
from tests.graph.calls import CALLS
from tests.graph.canned import Canned, graph_over, sample

NODES = [app, business, credit, media, messages, oauth, phone_number, preverified, profile, template, waba]


def answers(name, **given):
    return graph_over(Canned(sample(name)), **given)


def result_of(name, call):
    return CALLS[call].run(answers(name))


@pytest.mark.parametrize("name", CALLS)
def test_each_endpoint_sends_what_meta_documents(name):
    call, records = CALLS[name], []
    transport = Canned(call.answer)
    call.run(graph_over(transport, on_call=records.append))
    assert transport.sent[0].method == call.method
    assert transport.path == f"/v26.0{call.path}"
    assert transport.query == call.query
    assert transport.body == call.body
    assert [record.path_template for record in records] == [call.template]


def test_no_endpoint_is_left_out():
    functions = {
        f"{node.__name__.rpartition('.')[2]}.{name}"
        for node in NODES
        for name, function in inspect.getmembers(node, inspect.isfunction)
        if function.__module__ == node.__name__ and "graph" in inspect.signature(function).parameters
        if not name.startswith("_")
    }
    not_on_a_node = {"media.download"}
    assert functions - not_on_a_node == {name.partition(" ")[0] for name in CALLS}


def test_each_endpoint_cites_metas_page():
    for node in NODES:
        for name, function in inspect.getmembers(node, inspect.isfunction):
            if function.__module__ == node.__name__ and not name.startswith("_"):
                assert "https://developers.facebook.com/" in (function.__doc__ or ""), name


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call.method != "GET"])
def test_a_change_that_meta_does_not_confirm_has_an_unknown_outcome(name):
    for body in (b"{}", b'{"success": false}', b"[]", b"true", b'{"success": 0}'):
        with pytest.raises(OutcomeUnknown):
            CALLS[name].run(graph_over(Canned(body)))


def test_success_may_be_a_string():
    phone_number.deregister(graph_over(Canned(b'{"success": "true"}')), phone_number_id=PHONE)


@pytest.mark.parametrize("bare", [False, True])
def test_a_code_is_exchanged_for_a_token_given_as_json_or_text(bare):
    answer = b"EAAexampleBusinessToken0001\n" if bare else sample("oauth_access_token.code_exchange")
    transport = Canned(answer)
    token = CALLS["oauth.exchange_code"].run(graph_over(transport, app_secret=Secret("s3cret")))
    assert token.access_token.reveal() == "EAAexampleBusinessToken0001"
    assert token.expires_in is None
    assert "EAAexample" not in repr(token)
    assert transport.sent[0].token is None
    assert "appsecret_proof" not in transport.query


def test_a_sixty_day_token_tells_its_life():
    assert result_of("oauth_access_token.code_exchange_60_day", "oauth.exchange_code").expires_in == 5184000


def test_a_page_of_html_is_no_token():
    for body in (b"<html>", b"", b'""', b"{}", b'{"access_token": null}', b"\xff"):
        with pytest.raises(OutcomeUnknown):
            CALLS["oauth.exchange_code"].run(graph_over(Canned(body)))


def test_a_wrong_app_secret_is_refused_and_not_a_failure_of_metas():
    body = sample("error.1_client_secret")
    with pytest.raises(Refused) as caught:
        CALLS["oauth.exchange_code"].run(graph_over(Canned(Reply(400, {}, body))))
    assert (caught.value.code, caught.value.http_status) == (1, 400)
    with pytest.raises(OutcomeUnknown):
        CALLS["oauth.exchange_code"].run(graph_over(Canned(Reply(500, {}, body))))


def test_an_app_token_is_id_and_secret():
    assert oauth.app_token(app_id="12", app_secret=Secret("s3cret")).reveal() == "12|s3cret"


def test_debug_token_names_the_newest_waba_first():
    token = result_of("debug_token.business_token", "oauth.debug_token")
    assert token.waba_ids() == ["915550004445556", "915550001112223"]
    assert (token.is_valid, token.expires_at, token.error) == (True, 0, None)
    assert "whatsapp_business_messaging" in token.scopes


def test_debug_token_answers_for_an_invalid_token():
    token = result_of("debug_token.expired", "oauth.debug_token")
    assert (token.is_valid, token.waba_ids()) == (False, [])
    assert (token.error.code, token.error.subcode) == (190, 463)


def test_app_subscriptions_are_read_with_and_without_versions():
    body = b"""{"data": [{"object": "whatsapp_business_account", "callback_url": "https://x.invalid",
        "active": true, "fields": [{"name": "messages", "version": "v26.0"}, "account_update"]}]}"""
    [subscription] = app.subscriptions(graph_over(Canned(body)), app_id="12")
    assert subscription.field_names() == ["messages", "account_update"]
    assert (subscription.active, subscription.callback_url) == (True, "https://x.invalid")


def test_subscribed_apps_show_an_override():
    [subscribed] = result_of("subscribed_apps.get_override", "waba.subscribed_apps")
    assert subscribed.whatsapp_business_api_data.id == "602214076000001"
    assert subscribed.override_callback_uri == "https://hooks.example.invalid/wa/waba"
    assert result_of("subscribed_apps.get_empty", "waba.subscribed_apps") == []


def test_assigned_users_have_tasks():
    users = result_of("assigned_users.get", "waba.assigned_users")
    assert [(user.id, user.tasks) for user in users] == [
        ("122100000000000011", ["MANAGE"]),
        ("122100000000000012", ["DEVELOP"]),
    ]


def test_the_funding_ids_of_a_shared_credit_line_agree():
    funding_id = result_of("waba.primary_funding_id", "waba.get").primary_funding_id
    assert funding_id == "255000111222333"
    assert result_of("credit_allocation.receiving_credential", "credit.receiving_credential") == funding_id
    assert result_of("credit_allocation.revoked", "credit.receiving_credential") is None


def test_credit_lines():
    [line] = result_of("extendedcredits", "credit.extended_credits")
    assert (line.id, line.legal_entity_name) == ("192200001111222", "Nuvola Messaggi S.r.l.")
    shared = result_of("whatsapp_credit_sharing_and_attach", "credit.share_and_attach")
    assert (shared.allocation_config_id, shared.waba_id) == ("585000144177", WABA)
    [config] = result_of("owning_credit_allocation_configs", "credit.allocation_configs")
    assert (config.id, config.receiving_business.id) == ("585000144177", "880011223344556")
    assert result_of("credit_allocation.revoked", "credit.allocation_config").request_status == "DELETED"


def test_a_portfolio_lists_its_wabas_and_system_users():
    shared = result_of("client_whatsapp_business_accounts", "business.client_whatsapp_business_accounts")
    assert [(node.id, node.currency) for node in shared] == [
        ("915550001112223", "EUR"),
        ("915550004445556", "EUR"),
    ]
    owned = result_of("owned_whatsapp_business_accounts", "business.owned_whatsapp_business_accounts")
    assert [node.name for node in owned] == ["Nuvola Messaggi"]
    users = result_of("system_users", "business.system_users")
    assert [user.role for user in users] == ["ADMIN", "EMPLOYEE"]


def test_a_number_with_all_its_fields():
    number = result_of("phone_number.full_fields", "phone_number.get")
    assert number.last_onboarded_at == datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
    assert (number.platform_type, number.status, number.throughput.level) == (
        "CLOUD_API",
        "CONNECTED",
        "HIGH",
    )
    assert (number.is_pin_enabled, number.is_on_biz_app) == (True, False)
    assert number.webhook_configuration.phone_number == "https://hooks.example.invalid/wa/phone"


@pytest.mark.parametrize("name", ["default", "coexistence", "messaging_limit", "name_status", "on_premise"])
def test_a_number_with_few_fields(name):
    number = result_of(f"phone_number.{name}", "phone_number.get")
    assert number.id
    assert number.last_onboarded_at is None


def test_quality_na_is_unknown():
    assert [n.quality_rating for n in result_of("phone_numbers.list_seed_shape", "waba.phone_numbers")] == [
        "GREEN",
        "UNKNOWN",
    ]
    assert result_of("phone_number.coexistence", "phone_number.get").quality_rating == "UNKNOWN"


def test_a_time_that_is_none_starts_no_window():
    for time in ("", "soon", "2026-11-18T08:30:00", "1795168800"):
        body = b'{"id": "1", "last_onboarded_time": "%s"}' % time.encode()
        assert phone_number.get(graph_over(Canned(body)), phone_number_id=PHONE).last_onboarded_at is None, (
            time
        )


def test_nulls_and_new_fields_do_no_harm():
    body = b'{"id": "1", "verified_name": null, "throughput": null, "brand_new": {"a": [null, {"b": 1}]}}'
    number = phone_number.get(graph_over(Canned(body)), phone_number_id=PHONE)
    assert (number.verified_name, number.throughput) == ("", None)


def test_an_answer_of_another_kind_is_unknown_and_quotes_nothing():
    with pytest.raises(OutcomeUnknown) as caught:
        phone_number.get(graph_over(Canned(b'{"id": ["c4nary"]}')), phone_number_id=PHONE)
    assert "c4nary" not in repr(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text_with_status", ("wamid.HBgLf5buJLfQWWGQeokzc0Nf4SQhhTIW1Ql1OzGn", True, None, "accepted")),
        ("text", ("wamid.HBgLgvPpxpXca40bEYGNVwGRniht6NRAfD6zEAxI", True, None, None)),
        ("seed_simplified", ("wamid.HBgLROaVtiKL4xqBCIdsjErwyiyBqFA2tjBqbsrf", False, None, None)),
        (
            "bsuid",
            ("wamid.HBgLLivy359qQMPyoJotFYu2vQOHJhn94RdKbQpg", False, "US.48210733905561204417", None),
        ),
        ("group", ("wamid.HBgLhFnT1HRSV2a2xtKSi5ICKlr9vmFvJVnJQ8c9", False, None, None)),
        ("template_paused", ("wamid.HBgLbhfJtnpcVYnNInDAt1mho9Z2SGlO2CLMNBMq", True, None, "paused")),
    ],
)
def test_every_shape_of_a_sent_message_is_read(name, expected):
    sent = result_of(f"messages.{name}", "messages.send")
    assert (sent.wamid, sent.wa_id == "12025550198", sent.user_id, sent.message_status) == expected


def test_a_person_who_hides_the_number_is_addressed_by_user_id():
    transport = Canned(sample("messages.bsuid"))
    payload = {"to": "1", "type": "text"}
    messages.send(graph_over(transport), phone_number_id=PHONE, to="US.48210733905561204417", payload=payload)
    assert transport.body == {
        "messaging_product": "whatsapp",
        "recipient": "US.48210733905561204417",
        "recipient_type": "individual",
        "type": "text",
    }


def test_a_payload_can_not_change_product_or_recipient():
    transport = Canned(sample("messages.text"))
    payload = {"messaging_product": "sms", "to": "1", "recipient_type": "group", "type": "text"}
    messages.send(graph_over(transport), phone_number_id=PHONE, to="2", payload=payload)
    assert transport.body == {
        "messaging_product": "whatsapp",
        "to": "2",
        "recipient_type": "group",
        "type": "text",
    }
