"""The steps of each kind of journey, in their order."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models import Kind, Path


class StepKey(models.TextChoices):
    TOKEN = "token", _("Connection with Meta")
    WEBHOOKS = "webhooks", _("Webhook of the app")
    SUBSCRIBE = "subscribe", _("Events of the account")
    CREDIT_LINE = "credit_line", _("Credit line")
    VERIFICATION = "verification", _("Verification of the number")
    PHONE_NUMBER_ID = "phone_number_id", _("Phone number")
    PREFLIGHT = "preflight", _("Preflight checks")
    APPOINTMENT = "appointment", _("Appointment")
    TEMPLATES = "templates", _("Copy of the templates")
    ADD_NUMBER = "add_number", _("Number in the new account")
    PAYMENT = "payment", _("Start of payment")
    SYNC = "sync", _("Contacts and history of the app")
    BACKUP = "backup", _("Backup of the On-Premises client")
    REGISTER = "register", _("Registration")
    CLIENT_SHUTDOWN = "client_shutdown", _("On-Premises client shut down")
    DEREGISTER = "deregister", _("Removal from the Cloud API")
    RESTORE = "restore", _("Restoring the On-Premises client")
    INBOUND = "inbound", _("First message received")
    TEST_MESSAGE = "test_message", _("Test message delivered")
    VERIFY = "verify", _("Proof of the move")


# A number that moves is looked at before its day comes, and then waits for it.
BEFORE = (StepKey.PREFLIGHT, StepKey.APPOINTMENT)
AFTER = (StepKey.INBOUND, StepKey.TEST_MESSAGE)

KEYS: dict[str, tuple[StepKey, ...]] = {
    Kind.EMBEDDED_SIGNUP: (
        StepKey.TOKEN,
        StepKey.WEBHOOKS,
        StepKey.SUBSCRIBE,
        StepKey.CREDIT_LINE,
        StepKey.PHONE_NUMBER_ID,
        StepKey.REGISTER,
        *AFTER,
    ),
    Kind.OWN_NUMBER: (
        StepKey.WEBHOOKS,
        StepKey.SUBSCRIBE,
        StepKey.VERIFICATION,
        StepKey.PHONE_NUMBER_ID,
        StepKey.REGISTER,
        *AFTER,
    ),
    Kind.ON_PREMISES: (
        StepKey.TOKEN,
        StepKey.WEBHOOKS,
        StepKey.SUBSCRIBE,
        StepKey.CREDIT_LINE,
        StepKey.PHONE_NUMBER_ID,
        *BEFORE,
        StepKey.BACKUP,
        StepKey.REGISTER,
        StepKey.CLIENT_SHUTDOWN,
        *AFTER,
        StepKey.VERIFY,
    ),
    # All that can be done before is done before: registering it is the cut-over.
    Kind.NUMBER_MOVE: (
        StepKey.TOKEN,
        StepKey.WEBHOOKS,
        StepKey.SUBSCRIBE,
        StepKey.CREDIT_LINE,
        StepKey.TEMPLATES,
        *BEFORE,
        StepKey.ADD_NUMBER,
        StepKey.VERIFICATION,
        StepKey.PHONE_NUMBER_ID,
        StepKey.REGISTER,
        *AFTER,
        StepKey.VERIFY,
    ),
    Kind.PARTNER_SWITCH: (
        *BEFORE,
        StepKey.TOKEN,
        StepKey.WEBHOOKS,
        StepKey.SUBSCRIBE,
        StepKey.CREDIT_LINE,
        StepKey.PHONE_NUMBER_ID,
        StepKey.REGISTER,
        StepKey.PAYMENT,
        *AFTER,
        StepKey.VERIFY,
    ),
    # Contacts and chats are given for 24 hours only: nothing that may wait comes before them.
    Kind.COEXISTENCE: (
        *BEFORE,
        StepKey.TOKEN,
        StepKey.WEBHOOKS,
        StepKey.SUBSCRIBE,
        StepKey.PHONE_NUMBER_ID,
        StepKey.REGISTER,
        StepKey.SYNC,
        StepKey.CREDIT_LINE,
        *AFTER,
        StepKey.VERIFY,
    ),
    Kind.ROLLBACK: (StepKey.TOKEN, StepKey.DEREGISTER, StepKey.RESTORE, StepKey.VERIFY),
}

KIND_OF_PATH: dict[str, Kind] = {
    Path.NEW_CUSTOMER: Kind.EMBEDDED_SIGNUP,
    Path.ONPREM_TO_CLOUD: Kind.ON_PREMISES,
    Path.NUMBER_WABA_TO_WABA: Kind.NUMBER_MOVE,
    Path.WABA_PARTNER_SWITCH: Kind.PARTNER_SWITCH,
    Path.COEXISTENCE: Kind.COEXISTENCE,
}
# Their journey begins with the customer in Meta's window, so it begins INVITED, with a link.
BY_SIGNUP = frozenset({Kind.EMBEDDED_SIGNUP, Kind.PARTNER_SWITCH, Kind.COEXISTENCE})
# Meta lets these be registered only within some days of embedded signup.
WINDOWED = frozenset({Kind.EMBEDDED_SIGNUP})


def keys_of_path(path: str) -> tuple[StepKey, ...]:
    """The steps of a plan's line: a new customer's have an appointment too, and a proof at the end."""
    if path == Path.NEW_CUSTOMER:
        return (*BEFORE, *KEYS[Kind.EMBEDDED_SIGNUP], StepKey.VERIFY)
    return KEYS[KIND_OF_PATH[path]]
