from __future__ import annotations

import pickle

import msgspec
import pytest

from portal.graph import errors
from portal.graph.errors import (
    GraphError,
    InvalidRequest,
    NotSent,
    NotVisible,
    Outcome,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    Refused,
    TokenInvalid,
    lookup,
)
from portal.graph.transport import Reply
from tests.graph.canned import SAMPLES, Canned, graph_over, sample

EXPECTED = {
    "100_code_expired_36007": Refused,
    "100_code_used_36009": Refused,
    "100_invalid_parameter": InvalidRequest,
    "100_subcode_33": NotVisible,
    "101_invalid_app": Refused,
    "10_permission": PermissionMissing,
    "130429_throughput": RateLimited,
    "131008_missing": InvalidRequest,
    "131009_value": InvalidRequest,
    "131030_not_allowed": Refused,
    "131031_locked": Refused,
    "131042_payment": Refused,
    "131045_not_registered_cert": OutcomeUnknown,  # 500
    "131047_window": Refused,
    "131056_pair_rate": RateLimited,
    "131057_maintenance": OutcomeUnknown,  # 500
    "131062_bsuid_auth": Refused,
    "132000_param_count": Refused,
    "132001_template_missing": Refused,
    "132015_paused": Refused,
    "133000_partial_deregister": OutcomeUnknown,  # 500
    "133004_server": OutcomeUnknown,  # 503
    "133005_pin_mismatch": Refused,
    "133006_reverify": Refused,
    "133008_too_many_pins": Refused,
    "133009_pin_too_fast": Refused,
    "133010_not_registered": Refused,
    "133015_recently_deleted": RateLimited,
    "133016_register_rate": RateLimited,
    "136024_request_code": Refused,
    "136024_request_code_rate": RateLimited,
    "136025_verify_code": Refused,
    "136025_verify_code_not_migrating": Refused,
    "190_expired_463": TokenInvalid,
    "190_invalidated_460": TokenInvalid,
    "190_malformed": TokenInvalid,
    "1_client_secret": OutcomeUnknown,  # oauth.exchange_code alone knows better
    "200_no_asset_access": PermissionMissing,
    "2388001_number_on_handset": Refused,
    "2388001_two_step_enabled": Refused,
    "2388012_already_exists": Refused,
    "2388103_migration_webhooks": Refused,
    "2500_no_token": InvalidRequest,
    "2500_unknown_path": InvalidRequest,
    "2593108_sync_window": Refused,
    "368_policy": Refused,
    "3_capability": OutcomeUnknown,  # 500
    "4_app_rate": RateLimited,
    "80007_waba_rate": RateLimited,
    "80008_waba_rate": RateLimited,
}


def refusal(reply: Reply | bytes, **given: object) -> GraphError:
    graph = graph_over(Canned(reply), **given)
    with pytest.raises(GraphError) as caught:
        graph.request("POST", "/x")
    return caught.value


def envelope(**fields: object) -> bytes:
    return msgspec.json.encode({"error": fields})


def test_every_recorded_error_is_expected_to_be_something():
    recorded = {
        path.name[len("response.error.") : -len(".json")] for path in SAMPLES.glob("response.error.*")
    }
    assert recorded == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_recorded_error_is_of_its_class(name):
    body = sample(f"error.{name}")
    said = msgspec.json.decode(body)["error"]
    row = lookup(said["code"], said.get("error_subcode"))
    error = refusal(Reply(int(row.http_status), {}, body))
    assert type(error) is EXPECTED[name]
    assert (error.code, error.subcode) == (said["code"], said.get("error_subcode"))
    assert error.http_status == int(row.http_status)
    assert error.message == said["message"]
    assert error.fbtrace_id == said["fbtrace_id"]
    assert error.details == said.get("error_data", {}).get("details", said.get("error_user_msg", ""))
    assert error.title == said.get("error_user_title", row.type_name)
    assert error.portal_action == row.portal_action


@pytest.mark.parametrize("name", EXPECTED)
def test_any_error_with_a_5xx_has_an_unknown_outcome(name):
    error = refusal(Reply(500, {}, sample(f"error.{name}")))
    assert (type(error), error.outcome, error.retry) == (OutcomeUnknown, Outcome.UNKNOWN, "after")
    assert error.code is not None


@pytest.mark.parametrize(
    ("kind", "outcome", "retry"),
    [
        (NotSent, Outcome.NOT_DONE, "yes"),
        (RateLimited, Outcome.NOT_DONE, "after"),
        (OutcomeUnknown, Outcome.UNKNOWN, "after"),
        (TokenInvalid, Outcome.DEFINITE, "no"),
        (PermissionMissing, Outcome.DEFINITE, "no"),
        (NotVisible, Outcome.DEFINITE, "no"),
        (InvalidRequest, Outcome.DEFINITE, "no"),
        (Refused, Outcome.DEFINITE, "no"),
    ],
)
def test_each_class_says_whether_it_was_done(kind, outcome, retry):
    assert (kind("x").outcome, kind("x").retry) == (outcome, retry)


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (0, None, TokenInvalid),
        (102, None, TokenInvalid),
        (190, 999999, TokenInvalid),
        (2, None, OutcomeUnknown),
        (131000, None, OutcomeUnknown),
        (3, None, PermissionMissing),
        (299, None, PermissionMissing),
        (300, None, Refused),
        (131005, None, PermissionMissing),
        (33, None, NotVisible),
        (100, 1, InvalidRequest),
        (17, None, RateLimited),
        (613, None, RateLimited),
        (80014, None, RateLimited),
        (200000, None, Refused),
        (999999, None, Refused),
    ],
)
def test_codes_without_a_recording(code, subcode, kind):
    assert type(refusal(Reply(400, {}, envelope(code=code, error_subcode=subcode)))) is kind


def test_a_code_is_looked_up_with_its_subcode_then_alone_then_by_range():
    assert lookup(100, 36007).type_name == "OAuth code expired"
    assert lookup(100, 424242) == lookup(100) == lookup(100, None)
    assert lookup(213).meaning == "A permission is missing or was removed"
    assert lookup(200).meaning.startswith("The identity behind the token")
    for unknown in (None, 424242, -1):
        assert lookup(unknown) is errors.GENERIC
    assert errors.GENERIC.retryable == "no"


def test_the_table_is_whole_and_has_no_row_twice():
    keys = [(row.code, row.subcode) for row in errors.rows() if row.code != "unknown"]
    assert len(keys) == len(set(keys)) > 150
    assert {row.retryable for row in errors.rows()} == {"yes", "no", "after"}


@pytest.mark.parametrize(
    ("headers", "fields", "seconds"),
    [
        ({"retry-after": "17"}, {"code": 4}, 17),
        ({"retry-after": "9" * 400}, {"code": 4}, 604800),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, {"code": 4}, None),
        ({"retry-after": "²"}, {"code": 4}, None),
        ({}, {"code": 133015, "error_data": {"details": "Deleted. Wait 5 minutes."}}, 300),
        ({}, {"code": 133015}, 300),
        ({}, {"code": 133016}, 259200),
        ({}, {"code": 133008, "error_data": {"details": "Try again after 43200 seconds."}}, 43200),
        ({}, {"code": 80007}, None),
        ({"x-business-use-case-usage": "garbage"}, {"code": 80007}, None),
    ],
)
def test_how_long_to_wait(headers, fields, seconds):
    assert refusal(Reply(400, headers, envelope(**fields))).retry_after_seconds == seconds


def test_meta_tells_in_a_header_when_access_comes_back():
    usage = {"1": [{"type": "whatsapp", "estimated_time_to_regain_access": 19}, {"type": "messenger"}]}
    headers = {"x-business-use-case-usage": msgspec.json.encode(usage).decode()}
    assert refusal(Reply(400, headers, envelope(code=80007))).retry_after_seconds == 19 * 60


def test_too_many_requests_without_a_graph_error_were_not_done():
    error = refusal(Reply(429, {"retry-after": "3"}, b"<html>"))
    assert (type(error), error.retry_after_seconds) == (RateLimited, 3)


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 502])
def test_an_answer_that_graph_did_not_write_is_unknown(status):
    for body in (b"<html>", b"", b"null", b"[]", b'{"success": tru', b"\xff\xfe", b"[" * 100_000):
        assert type(refusal(Reply(status, {}, body))) is OutcomeUnknown


def test_an_error_without_a_code_is_unknown_even_with_status_200():
    for error in ("denied", True, {}, {"message": "x"}, {"code": None}, {"code": "x"}, [1]):
        for status in (200, 400):
            assert type(refusal(Reply(status, {}, msgspec.json.encode({"error": error})))) is OutcomeUnknown


def test_an_error_counts_whatever_the_status():
    assert type(refusal(Reply(200, {}, sample("error.190_malformed")))) is TokenInvalid


def test_details_may_be_json_in_a_string():
    body = envelope(code=131009, error_data='{"details": "The pin is wrong"}')
    assert refusal(Reply(400, {}, body)).details == "The pin is wrong"
    for data in ("{", "[]", 7, {"details": 7}, '{"details": 7}'):
        body = envelope(code=131009, error_data=data, error_user_msg="Ask again")
        assert refusal(Reply(400, {}, body)).details == "Ask again"


def test_a_trace_id_is_taken_from_the_header_when_the_body_has_none():
    headers = {"x-fb-trace-id": "Abc-_1"}
    assert refusal(Reply(400, headers, envelope(code=4))).fbtrace_id == "Abc-_1"
    assert refusal(Reply(400, headers, envelope(code=4, fbtrace_id="evil\nline"))).fbtrace_id == "Abc-_1"
    assert refusal(Reply(502, headers, b"")).fbtrace_id == "Abc-_1"


def test_an_error_survives_pickling():
    error = refusal(Reply(400, {}, sample("error.133005_pin_mismatch")))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is Refused
    assert vars(again) == vars(error)
    assert str(again) == "Refused 133005: (#133005) Two step verification PIN Mismatch"
