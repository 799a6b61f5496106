"""The number is announced in the account it moves to; it keeps working where it is until it is registered.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/support/migrating-phone-numbers-among-solution-partners-programmatically
"""

from __future__ import annotations

from datetime import datetime

import phonenumbers
from django.db import IntegrityError, transaction

from onboarding.plans.numbers import digits
from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import waba
from portal.graph.types import PhoneNumberNode
from tenants import assets

OPERATION = "add_number"


class AddNumberStep(JourneyStep):
    """DONE when the account lists the number: put there by us, or by embedded signup before."""

    key = StepKey.ADD_NUMBER
    operations = (OPERATION,)
    node: PhoneNumberNode

    def prepare(self) -> None:
        if self.onboarding.waba is None or self.ctx.line is None:
            raise Waits("account_not_shared", repeat=[StepKey.TOKEN])
        self.waba, self.number = self.onboarding.waba, self.ctx.line.display_phone_number
        self.graph = self.ctx.account_graph()

    def look(self) -> bool:
        wanted = digits(self.number)
        listed = waba.phone_numbers(self.graph, waba_id=self.waba.waba_id)
        found = [node for node in listed if digits(node.display_phone_number) == wanted]
        if found:
            self.node = found[0]
        return bool(found)

    def act(self) -> bool:
        number = phonenumbers.parse(self.number)
        cc, national = str(number.country_code), phonenumbers.national_significant_number(number)
        self.ctx.perform(
            graph=self.graph,
            operation=OPERATION,
            target=self.waba.waba_id,
            send=lambda graph: waba.migrate_phone_number(
                graph, waba_id=self.waba.waba_id, cc=cc, phone_number=national
            ),
            record=lambda _result, _now: None,
        )
        return False  # that the account lists it is looked up

    def record(self, now: datetime) -> None:
        number = assets.upsert_phone_number(waba=self.waba, node=self.node, now=now)
        self.onboarding.phone_number = number
        try:
            with transaction.atomic():
                self.onboarding.save(update_fields=["phone_number"])
        except IntegrityError:
            self.onboarding.phone_number = None
            raise Waits("number_taken") from None
