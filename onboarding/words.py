"""The customer's page's own words: for people who never heard of webhooks."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.models import MessageStatus
from onboarding.models import Owner
from onboarding.reasons.customer import CUSTOMER
from onboarding.steps.keys import StepKey

Text = str | Promise


@dataclass(frozen=True)
class Look:
    """How a line looks, and the same in words."""

    key: str
    css: str
    icon: str
    status: Text

    @property
    def icon_file(self) -> str:
        """The template of the icon."""
        return f"icons/{self.icon}.svg"


LOOKS = {
    look.key: look
    for look in (
        Look("done", "done", "check", _("Done")),
        Look("todo", "todo", "dot", _("Later")),
        Look("busy", "busy", "spinner", _("In progress")),
        Look("you", "you", "person", _("Your turn")),
        Look("ours", "wait", "clock", _("Our turn")),
        Look("meta", "wait", "clock", _("Waiting for Meta")),
    )
}
OWNER_LOOKS = {
    Owner.CUSTOMER: "you",
    Owner.CONSUMER: "you",
    Owner.STAFF: "ours",
    Owner.META: "meta",
    Owner.PORTAL: "busy",
}
TASKS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (_("Connect with Meta"), (StepKey.TOKEN,)),
    (
        _("We set up your number"),
        (
            StepKey.WEBHOOKS,
            StepKey.SUBSCRIBE,
            StepKey.CREDIT_LINE,
            StepKey.TEMPLATES,
            StepKey.ADD_NUMBER,
            StepKey.VERIFICATION,
            StepKey.PHONE_NUMBER_ID,
            StepKey.REGISTER,
            StepKey.SYNC,
            StepKey.PAYMENT,
        ),
    ),
    (_("Test message"), (StepKey.INBOUND, StepKey.TEST_MESSAGE)),
    (_("WhatsApp is live"), ()),
)
STEPS: dict[str, Text] = {
    StepKey.WEBHOOKS: _("Line between Meta and us"),
    StepKey.SUBSCRIBE: _("Delivery of your messages"),
    StepKey.CREDIT_LINE: _("Payment of Meta's fees"),
    StepKey.TEMPLATES: _("Copy of your templates"),
    StepKey.ADD_NUMBER: _("Your number in the new account"),
    StepKey.VERIFICATION: _("Code that Meta sends to the number"),
    StepKey.PHONE_NUMBER_ID: _("Your number at Meta"),
    StepKey.REGISTER: _("Registration of the number"),
    StepKey.SYNC: _("Contacts and chats of your app"),
    StepKey.PAYMENT: _("Our credit line begins to pay"),
}
TITLES: dict[str, Text] = {
    "connect": _("Connect your WhatsApp Business account"),
    "setup": _("We are setting up your number"),
    "needed": _("We need you for a moment"),
    "test": _("Send yourself a test message"),
    "live": _("Your number is live on WhatsApp"),
    "over": _("The verification has expired"),
    "closed": _("This connection has been closed"),
}
# What Meta's window settles; the rest is done in WhatsApp Manager, on the phone, or here.
CONNECTS = frozenset(CUSTOMER) | {
    "sign_up_to_move",
    "sign_up_to_switch",
    "sign_up_with_app",
    "other_account",
    "not_in_app",
}
ASKS_PIN = frozenset({"pin_needed"})
ASKS_CODE = frozenset({"request_code", "enter_code", "wrong_code", "code_refused"})
ARRIVED_TITLE = _("Your message has arrived")
STOPPED = _("You left Meta's window before the end.")
# Meta's names of the screens of its window, and what each of them needs.
SCREENS: dict[str, Text] = {
    "BUSINESS_ACCOUNT_SELECTION": _(
        "You stopped at the choice of the business portfolio. You must be one of its administrators."
    ),
    "WABA_PHONE_PROFILE_PICKER": _("You stopped at the choice of the WhatsApp Business account."),
    "WHATSAPP_BUSINESS_PROFILE_SETUP": _(
        "You stopped at the business profile. You need the name that people will see, and your category."
    ),
    "PHONE_NUMBER_SETUP": _(
        "You stopped at the choice of the phone number. You need a number that is not in use on WhatsApp."
    ),
    "PHONE_NUMBER_VERIFICATION": _(
        "You stopped at the verification of the number. You need a text message or a call on that number."
    ),
    "PERMISSIONS": _("You stopped at the last confirmation. Without it we have no access to the account."),
}
MESSAGE_SENDING = _("sending")
MESSAGE_STATUS: dict[str, Text] = {
    MessageStatus.SENT: _("sent"),
    MessageStatus.DELIVERED: _("delivered"),
    MessageStatus.READ: _("read"),
    MessageStatus.PLAYED: _("read"),
    MessageStatus.FAILED: _("not delivered"),
}
ARRIVED = frozenset({MessageStatus.DELIVERED, MessageStatus.READ, MessageStatus.PLAYED})
