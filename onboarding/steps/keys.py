"""The steps of each kind of journey, in their order."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models import Kind


class StepKey(models.TextChoices):
    TOKEN = "token", _("Connection with Meta")
    WEBHOOKS = "webhooks", _("Webhook of the app")
    SUBSCRIBE = "subscribe", _("Events of the account")
    CREDIT_LINE = "credit_line", _("Credit line")
    VERIFICATION = "verification", _("Verification of the number")
    PHONE_NUMBER_ID = "phone_number_id", _("Phone number")
    REGISTER = "register", _("Registration")
    INBOUND = "inbound", _("First message received")
    TEST_MESSAGE = "test_message", _("Test message delivered")


KEYS: dict[str, tuple[StepKey, ...]] = {
    Kind.EMBEDDED_SIGNUP: (
        StepKey.TOKEN,
        StepKey.WEBHOOKS,
        StepKey.SUBSCRIBE,
        StepKey.CREDIT_LINE,
        StepKey.PHONE_NUMBER_ID,
        StepKey.REGISTER,
        StepKey.INBOUND,
        StepKey.TEST_MESSAGE,
    ),
    Kind.OWN_NUMBER: (
        StepKey.WEBHOOKS,
        StepKey.SUBSCRIBE,
        StepKey.VERIFICATION,
        StepKey.PHONE_NUMBER_ID,
        StepKey.REGISTER,
        StepKey.INBOUND,
        StepKey.TEST_MESSAGE,
    ),
}
