"""Which number of the account this journey is about, and its id at Meta."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from onboarding import window
from onboarding.models import Kind, Onboarding, PlanLine, SignupSession
from onboarding.plans.numbers import digits
from onboarding.states import OPEN_STATES, OnboardingState
from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import BY_SIGNUP, WINDOWED, StepKey
from portal.graph import waba
from portal.graph.types import PhoneNumberNode
from tenants import assets
from tenants.models import PhoneNumber

LOOK_FOR_NUMBERS = timedelta(minutes=5)
# The customer may have put another number into Meta's window than the plan says.
CHOSEN_IN_WINDOW = (Kind.EMBEDDED_SIGNUP, Kind.COEXISTENCE)


class PhoneNumberIdStep(JourneyStep):
    """DONE when the number is known with its id, and its registration window runs from Meta's own time."""

    key = StepKey.PHONE_NUMBER_ID
    node: PhoneNumberNode

    def prepare(self) -> None:
        if self.onboarding.waba is None:
            raise Waits("account_not_shared", repeat=[StepKey.TOKEN])
        self.waba = self.onboarding.waba
        self.graph = self.ctx.account_graph()
        known = self.onboarding.phone_number
        self.known_id = known.phone_number_id if known is not None else ""
        sessions = SignupSession.objects.filter(onboarding=self.onboarding).exclude(phone_number_id="")
        self.hint = sessions.order_by("-started_at").values_list("phone_number_id", flat=True).first() or ""
        others = Onboarding.objects.filter(state__in=OPEN_STATES).exclude(pk=self.onboarding.pk)
        self.taken = set(
            others.exclude(phone_number=None).values_list("phone_number__phone_number_id", flat=True)
        )

    def look(self) -> bool:
        listed = waba.phone_numbers(self.graph, waba_id=self.waba.waba_id)
        line, chosen = self.ctx.line, None
        if line is not None:
            planned = digits(line.display_phone_number)
            chosen = next((node for node in listed if digits(node.display_phone_number) == planned), None)
        free = line is None or self.onboarding.kind in CHOSEN_IN_WINDOW
        if chosen is None and free:
            chosen = self._choose({node.id: node for node in listed})
        if chosen is None:
            raise Waits(
                "add_number" if free else "number_not_in_account",
                again_at=self.ctx.soon(LOOK_FOR_NUMBERS),
            )
        self.node = chosen
        return True

    def _choose(self, listed: dict[str, PhoneNumberNode]) -> PhoneNumberNode | None:
        """The number of the window message, the one we know, or the newest that waits to be registered."""
        for wanted in (self.hint, self.known_id):
            if wanted in listed:
                return listed[wanted]
        free = [node for node in listed.values() if node.id not in self.taken]
        waiting = [node for node in free if node.platform_type != PhoneNumber.Platform.CLOUD_API]
        if waiting:
            return waiting[0]
        # All are registered: a journey that finds its one number so has nothing left to register.
        return free[0] if len(free) == 1 else None

    def record(self, now: datetime) -> None:
        number = assets.upsert_phone_number(waba=self.waba, node=self.node, now=now)
        self.onboarding.phone_number = number
        try:
            with transaction.atomic():
                self.onboarding.save(update_fields=["phone_number"])
        except IntegrityError:
            self.onboarding.phone_number = None
            raise Waits("number_taken") from None
        if self.ctx.line is not None and self.onboarding.kind in BY_SIGNUP:
            PlanLine.objects.filter(pk=self.ctx.line.pk).update(phone_number=number)
        opened_at = self.node.last_onboarded_at
        if self.onboarding.kind not in WINDOWED or number.is_registered or opened_at is None:
            return
        if self.onboarding.state == OnboardingState.SIGNED_UP:
            window.open_window(
                onboarding=self.onboarding,
                opened_at=opened_at,
                now=now,
                preverified=number.is_preverified_number,
            )
