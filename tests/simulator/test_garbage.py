"""Whatever is sent, the answer is one of Meta's: a refusal in its envelope, never a crash."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.simulator.errors import GraphError
from portal.simulator.graph import NODE_ROUTES, Call, Handshake, perform, resolve
from portal.simulator.nodes import Node
from portal.simulator.world import World
from tests.contract.tour import Recorder
from tests.simulator.harness import NOW

NAMES = (
    "fields limit after before sort filtering business user tasks waba_id waba_currency cc phone_number "
    "pin code verified_name code_method language messaging_product data_localization_region backup to "
    "recipient type text image template interactive location contacts reaction status message_id "
    "biz_opaque_callback_data block_users websites about components name category hsm_id template_ids "
    "source_waba_id count page_number sync_type action calling summary webhook_configuration "
    "override_callback_uri verify_token callback_url object input_token client_id client_secret "
    "new_display_name migrate_phone_number receiving_business_id phone_number_id appsecret_proof"
)
WORDS = (
    "whatsapp 1 123456 SMS it text image template interactive button list location contacts reaction EUR {} ["
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
CHOSEN = st.sampled_from([*WORDS.split(), "\x00", "\ud800", "x" * 5000])
KEYS = "body id type action buttons sections rows reply name language code text header link"
VALUES = st.recursive(
    SCALARS | CHOSEN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=3)
    ),
    max_leaves=8,
)
USUAL = {
    "messaging_product": "whatsapp",
    "to": "393475550101",
    "name": "a",
    "language": "it",
    "category": "UTILITY",
}
PARAMS = st.dictionaries(st.sampled_from(NAMES.split()), VALUES, max_size=6)
EXAMPLES = int(os.environ.get("SIMULATOR_GARBAGE_EXAMPLES", "600"))
ROUTES = sorted(NODE_ROUTES, key=str)


@pytest.fixture(scope="module")
def whole() -> tuple[bytes, dict[type[Node], str], list[str]]:
    """A world with a node of every kind, its ids, and who may ask."""
    machine = Recorder()
    signed = machine.registered()
    body = [{"type": "BODY", "text": "Il tuo ordine è pronto."}]
    path = f"/{signed.waba_id}/message_templates"
    machine.post(path, signed.token, name="a", language="it", category="UTILITY", components=body)
    machine.post(f"/{machine.partner['business_id']}/add_phone_numbers", phone_number="+390212345678")
    machine.upload(signed)
    ids = {type(node): node_id for node_id, node in machine.world.nodes.items()}
    return msgspec.json.encode(machine.world), ids, [machine.admin, signed.token, machine.app_token, ""]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(ROUTES), params=PARAMS, usual=st.booleans(), who=st.integers(0, 3))
def test_garbage_is_refused_in_metas_words(
    whole: tuple[bytes, dict[Any, str], list[str]],
    key: tuple[str, Any, str],
    params: dict[str, Any],
    usual: bool,
    who: int,
) -> None:
    saved, ids, tokens = whole
    world, (method, kind, edge) = msgspec.json.decode(saved, type=World), key
    path = f"/{edge}" if kind is None else f"/{ids.get(kind, '0')}/{edge}"
    call = Call(method, path, USUAL | params if usual else params, tokens[who])
    with suppress(GraphError):
        result = perform(world, call, resolve(world, call), now=NOW)
        assert isinstance(result, dict | Handshake)
