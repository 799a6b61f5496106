"""A number of the partner's own account: verified by a code, without a window and without a customer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from onboarding import queries, services
from onboarding.models import Onboarding
from onboarding.queries import Journey
from portal.graph import phone_number, waba
from portal.graph.secret import Secret
from portal.kernel import clock
from portal.kernel.models import GraphCall
from tenants import assets, credentials
from tests.onboarding.stage import Stage

REQUEST = "/{phone_number_id}/request_code"


@pytest.fixture
def own(stage: Stage) -> Own:
    return Own(stage)


class Own:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        world, waba_id = stage.tenant.world, stage.made["waba_id"]
        with stage.tenant.scope():
            graph = credentials.system_graph(world.app)
        self.phone = f"{next(stage.serial):04d}"
        self.id = waba.create_phone_number(
            graph,
            waba_id=waba_id,
            cc="39",
            phone_number=f"06698{self.phone}0",
            verified_name="Nuvola Connect",
        )
        node = phone_number.get(graph, phone_number_id=self.id)
        with stage.tenant.scope():
            now = clock.now()
            self.waba = assets.upsert_waba(partner_id=stage.tenant.partner_id, waba_id=waba_id)
            self.number = assets.upsert_phone_number(waba=self.waba, node=node, now=now)
            self.onboarding = self.start()

    def start(self) -> Onboarding:
        return services.start_own_number(
            app=self.stage.tenant.world.app,
            waba=self.waba,
            phone_number=self.number,
            now=clock.now(),
            by="anna",
        )

    def journey(self) -> Journey:
        with self.stage.tenant.scope():
            return queries.journey(queries.desk_queue().get(pk=self.onboarding.pk), now=clock.now())

    @property
    def waits_for(self) -> str:
        need = self.journey().next_action
        return need.reason if need else ""

    def ask_for_code(self) -> None:
        with self.stage.tenant.scope():
            services.request_code(
                onboarding=self.onboarding, method="SMS", language="it_IT", now=clock.now(), by="anna"
            )
        self.stage.drain()

    def enter(self, code: str) -> None:
        with self.stage.tenant.scope():
            services.submit_code(onboarding=self.onboarding, code=Secret(code), now=clock.now(), by="anna")
        self.stage.drain()

    def sms(self) -> str:
        """The digits in the last SMS to the number, with their hyphen."""
        last = self.stage.meta.ask("sms")["data"][0]
        return re.findall(r"\d{3}-\d{3}", last["text"])[0]


def test_an_own_number_is_verified_registered_and_answers(own: Own) -> None:
    own.stage.drain()
    assert own.waits_for == "request_code"
    own.ask_for_code()
    assert own.waits_for == "enter_code"
    own.enter(own.sms())
    assert own.waits_for == "first_message"
    journey = own.journey()
    assert (journey.state, journey.window_ends_at, journey.time_left) == ("REGISTERED", None, None)

    own.stage.meta.ask("messages", {"from": "393331234567", "phone_number_id": own.id, "text": "Ciao"})
    own.stage.until(lambda: own.journey().state == "LIVE")


def test_a_wrong_code_is_told_and_not_tried_again(own: Own) -> None:
    own.ask_for_code()
    own.enter("000000" if own.sms() != "000-000" else "111111")
    need = own.journey().next_action
    assert need is not None
    assert (need.reason, need.code) == ("wrong_code", 136025)
    own.stage.drain()
    with own.stage.tenant.scope():
        assert GraphCall.objects.filter(operation="verify_code").count() == 1
        assert not Onboarding.objects.get().entered_code
    own.enter(own.sms())
    assert own.waits_for == "first_message"


def test_a_request_of_unknown_outcome_is_never_repeated_by_itself(own: Own) -> None:
    own.stage.meta.fault(REQUEST, "cut_after")
    own.ask_for_code()
    assert own.waits_for == "settling"
    own.stage.move_clock(timedelta(seconds=61))
    own.stage.drain()
    assert own.waits_for == "enter_code"
    assert len(own.stage.meta.calls(REQUEST, id=own.id)) == 1
    own.enter(own.sms())
    assert own.waits_for == "first_message"


def test_a_lost_answer_to_the_code_is_looked_up(own: Own) -> None:
    own.ask_for_code()
    own.stage.meta.fault("/{phone_number_id}/verify_code", "http_500_after")
    own.enter(own.sms())
    assert own.waits_for == "settling"
    own.stage.move_clock(timedelta(seconds=61))
    own.stage.drain()
    assert own.waits_for == "first_message"


def test_too_many_codes_is_told_with_metas_code(own: Own) -> None:
    own.stage.meta.fault(REQUEST, "error", code=136024, subcode=2388367)
    own.ask_for_code()
    need = own.journey().next_action
    assert need is not None
    assert (need.reason, need.subcode, need.owner) == ("code_refused", 2388367, "STAFF")
    own.stage.move_clock(timedelta(hours=1))
    own.stage.drain()
    assert len(own.stage.meta.calls(REQUEST, id=own.id)) == 1


def test_what_cannot_be_asked_is_refused_at_the_door(own: Own) -> None:
    now = clock.now()
    with own.stage.tenant.scope():
        for method, language in (("PIGEON", "it_IT"), ("SMS", "it_IT'; --"), ("VOICE", "")):
            with pytest.raises(services.BadCodeRequest):
                services.request_code(
                    onboarding=own.onboarding, method=method, language=language, now=now, by="anna"
                )
        for code in ("12345", "abcdef", "1234567"):
            with pytest.raises(services.BadCode):
                services.submit_code(onboarding=own.onboarding, code=Secret(code), now=now, by="anna")
        with pytest.raises(services.NotCustomers):
            services.send_new_link(onboarding=own.onboarding, now=now, by="anna")
        with pytest.raises(services.NumberTaken):
            own.start()


def test_a_verified_number_needs_no_other_code(own: Own) -> None:
    own.ask_for_code()
    own.enter(own.sms())
    with own.stage.tenant.scope(), pytest.raises(services.AlreadyVerified):
        services.request_code(
            onboarding=own.onboarding, method="SMS", language="it_IT", now=clock.now(), by="anna"
        )
