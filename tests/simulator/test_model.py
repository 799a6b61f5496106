"""Random lives of a number, with time travel, against a model in the words of onboarding.md, section 8."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from portal.simulator.nodes import Business, PhoneNumber
from portal.simulator.overview import NumberChange, change_number
from tests.simulator.harness import DAY, HOUR, Machine, Refused

EXAMPLES = int(os.environ.get("SIMULATOR_MODEL_EXAMPLES", "200"))
PINS = st.sampled_from(["111111", "222222"])
WAITS = st.sampled_from([1, 30, 60, 600, HOUR, 12 * HOUR, DAY, 72 * HOUR, 336 * HOUR - 1, 336 * HOUR])


class Life(RuleBasedStateMachine):
    """What a partner, a customer, the owner and the clock may do to one number."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine()
        self.number_id = ""
        self.token = ""
        self.terms = True
        self.verified_by = ""  # "", "signup" or "code"
        self.verified_at = 0.0
        self.registered = self.registered_once = False
        self.pin = ""
        self.wrong_pins: list[float] = []
        self.registers: list[float] = []
        self.deregisters: list[float] = []
        self.blocked = {"register": 0.0, "deregister": 0.0}
        self.codes: list[float] = []
        self.wrong_codes: list[float] = []
        self.code: str | None = None
        self.code_at = 0.0

    @property
    def now(self) -> float:
        return self.machine.now

    def outcome(self, path: str, **params: Any) -> int:
        """0 for success, or the error code."""
        try:
            self.machine.post(f"/{self.number_id}{path}", self.token, **params)
        except Refused as refused:
            return refused.code
        return 0

    def window_passed(self) -> bool:
        return (
            self.verified_by == "signup"
            and not self.registered_once
            and self.now - self.verified_at >= 336 * HOUR
        )

    def within(self, moments: list[float], hours: int) -> list[float]:
        return [moment for moment in moments if self.now - moment < hours * HOUR]

    @initialize(verified=st.booleans())
    def first_signup(self, verified: bool) -> None:
        self.sign_up(verified)

    def sign_up(self, verified: bool) -> None:
        outcome = "finish" if verified else "finish_unverified"
        signed = self.machine.signup(outcome=outcome)
        assert self.number_id in ("", signed.phone_number_id)
        self.number_id, self.token = signed.phone_number_id, signed.token
        self.code = None
        if verified:
            self.verified_by, self.verified_at = "signup", self.now

    @rule(verified=st.booleans())
    def sign_up_again(self, verified: bool) -> None:
        self.sign_up(verified)

    @rule(seconds=WAITS)
    def wait(self, seconds: float) -> None:
        self.machine.now += seconds

    @rule(accepted=st.booleans())
    def decide_terms(self, accepted: bool) -> None:
        self.terms = accepted
        self.machine.world.get(Business, self.machine.partner["business_id"]).terms_accepted = accepted

    @rule()
    def request_code(self) -> None:
        expected = 0
        if self.verified_by or len(self.within(self.codes, 12)) >= 5:
            expected = 136024
        else:
            self.codes.append(self.now)
        assert self.outcome("/request_code", code_method="SMS", language="it") == expected
        if not expected:
            self.code = self.machine.world.sms[-1].text[-7:].replace("-", "")
            self.code_at = self.now

    @rule(right=st.booleans())
    def verify_code(self, right: bool) -> None:
        fresh = self.code is not None and self.now - self.code_at < 600
        given = self.code if right and self.code else "0"
        if len(self.within(self.wrong_codes, 12)) >= 5:
            expected = 136025
        elif right and fresh:
            expected, self.verified_by, self.code, self.wrong_codes = 0, "code", None, []
        else:
            expected = 136025
            self.wrong_codes.append(self.now)
        assert self.outcome("/verify_code", code=given) == expected

    @rule(pin=PINS)
    def register(self, pin: str) -> None:
        expected = self.register_outcome(pin)
        assert self.outcome("/register", messaging_product="whatsapp", pin=pin) == expected
        if not expected:
            self.registered = self.registered_once = True
            self.pin, self.wrong_pins = pin, []

    def register_outcome(self, pin: str) -> int:
        """Terms, then verification and window, then the PIN, then the budget: the documented order."""
        self.registers.append(self.now)
        if not self.terms:
            return 100
        if not self.verified_by or self.window_passed():
            return 133006
        wrong = self.within(self.wrong_pins, 12)
        if self.pin and len(wrong) >= 5:
            return 133008
        if self.pin and wrong and self.now - wrong[-1] < 60:
            return 133009
        if self.pin and pin != self.pin:
            self.wrong_pins.append(self.now)
            return 133005
        return self.budget("register", self.registers)

    def budget(self, name: str, calls: list[float]) -> int:
        if self.now < self.blocked[name]:
            return 133016
        if len(self.within(calls, 72)) > 10:
            self.blocked[name] = self.now + 72 * HOUR
            return 133016
        return 0

    @rule()
    def deregister(self) -> None:
        self.deregisters.append(self.now)
        expected = self.budget("deregister", self.deregisters) if self.registered else 133010
        assert self.outcome("/deregister") == expected
        self.registered = self.registered and bool(expected)

    @precondition(lambda self: self.registered)
    @rule(times=st.integers(1, 11), pin=PINS)
    def register_again_and_again(self, times: int, pin: str) -> None:
        for _ in range(times):
            self.register(pin)

    @rule(pin=PINS)
    def set_pin(self, pin: str) -> None:
        assert self.outcome("", pin=pin) == 0
        self.pin, self.wrong_pins = pin, []

    @rule()
    def owner_turns_pin_off(self) -> None:
        wish = NumberChange(phone_number_id=self.number_id, pin=None)
        change_number(self.machine.world, wish, now=self.now)
        self.pin, self.wrong_pins = "", []

    @rule()
    def send(self) -> None:
        wish = {"messaging_product": "whatsapp", "to": "+393475550101", "text": {"body": "x"}}
        outcome = self.outcome("/messages", **wish)
        assert outcome in ((0, 131056) if self.registered else (133010,))

    @invariant()
    def looks_as_it_should(self) -> None:
        if not self.number_id:
            return
        body = self.machine.get(
            f"/{self.number_id}", fields="code_verification_status,platform_type,status,is_pin_enabled"
        )
        verification = (
            "EXPIRED" if self.window_passed() else "VERIFIED" if self.verified_by else "NOT_VERIFIED"
        )
        status = "CONNECTED" if self.registered else "DISCONNECTED" if self.registered_once else "PENDING"
        assert body == {
            "code_verification_status": verification,
            "platform_type": "CLOUD_API" if self.registered else "NOT_APPLICABLE",
            "status": status,
            "is_pin_enabled": bool(self.pin),
            "id": self.number_id,
        }

    @invariant()
    def never_an_illegal_state(self) -> None:
        if not self.number_id:
            return
        number = self.machine.world.get(PhoneNumber, self.number_id)
        connected = number.platform_type == "CLOUD_API"
        assert connected == (number.registered_at is not None) == (number.status == "CONNECTED")
        assert not connected or number.code_verified


Life.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLife = Life.TestCase
