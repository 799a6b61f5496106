"""The account of a customer who changed partner is paid by us from the first of a month.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/support/migrating-wabas-among-solution-partners-via-embedded-signup
"""

from __future__ import annotations

from onboarding.models import Step
from onboarding.plans.waves import month
from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.credit_line import SHARE
from onboarding.steps.keys import StepKey
from portal.kernel.models import CallOutcome, GraphCall


class PaymentStep(JourneyStep):
    """DONE when the month has begun after the one in which the credit line was shared."""

    key = StepKey.PAYMENT

    def needed(self) -> bool:
        return self.ctx.partner.credit_line_required

    def gate(self) -> None:
        if self.onboarding.waba is None:
            raise Waits("account_not_shared", repeat=[StepKey.TOKEN])
        # Another number of the same account may have done it, and whoever did it without us did it before
        # we found it so.
        calls = GraphCall.objects.filter(operation=SHARE, target=self.onboarding.waba.waba_id, code=None)
        shared = calls.exclude(outcome=CallOutcome.NOT_DONE).order_by("-started_at").first()
        found = Step.objects.get(onboarding=self.onboarding, key=StepKey.CREDIT_LINE)
        starts_at = month.pays_from(shared.started_at if shared is not None else found.changed_at)
        if self.ctx.now < starts_at:
            raise Waits("credit_line_starts", until=starts_at)
