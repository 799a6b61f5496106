"""What only the customer can do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import Owner
from onboarding.reasons.base import Reason

SIGN_UP_AGAIN = _("Ask for a new link if the old one no longer opens.")

CUSTOMER = {
    "sign_up": Reason(
        owner=Owner.CUSTOMER,
        title=_("Connect your WhatsApp Business account"),
        explanation=_("Meta's window asks for your business portfolio, your number and your permission."),
        action=_("Press Connect and complete Meta's window."),
        alternatives=(_("Forward the link to the colleague who manages your business portfolio."),),
    ),
    "repeat_signup": Reason(
        owner=Owner.CUSTOMER,
        title=_("Repeat one step"),
        explanation=_(
            "The connection reached us too late or was interrupted. What you set up at Meta is kept: "
            "20 seconds are enough."
        ),
        action=_("Press Connect again and confirm your choices."),
        alternatives=(SIGN_UP_AGAIN,),
    ),
    "connect_again": Reason(
        owner=Owner.CUSTOMER,
        title=_("Connect again"),
        explanation=_(
            "Meta no longer accepts the permission you gave us: it expired or was withdrawn. "
            "Your account, name and number are kept."
        ),
        action=_("Press Connect and confirm your choices in Meta's window."),
        alternatives=(SIGN_UP_AGAIN,),
    ),
    "permissions_missing": Reason(
        owner=Owner.CUSTOMER,
        title=_("A permission is missing"),
        explanation=_(
            "We need the permissions to manage the WhatsApp Business account and to send messages; "
            "at least one was not granted."
        ),
        action=_("Press Connect again and leave both permissions selected on Meta's last screen."),
        alternatives=(SIGN_UP_AGAIN,),
    ),
    "account_not_shared": Reason(
        owner=Owner.CUSTOMER,
        title=_("No WhatsApp Business account was shared"),
        explanation=_("Meta's window was completed without choosing a WhatsApp Business account."),
        action=_("Press Connect again and choose or create an account."),
        alternatives=(SIGN_UP_AGAIN,),
    ),
    "other_business": Reason(
        owner=Owner.CUSTOMER,
        title=_("Another business was chosen"),
        explanation=_(
            "The invitation is for one business portfolio and Meta's window was completed with another. "
            "We have not joined them."
        ),
        action=_(
            "Press Connect again and choose the invited business, or tell us that the other one is right."
        ),
        alternatives=(_("Your partner can send an invitation for the other business."),),
        held=True,
    ),
    "access_removed": Reason(
        owner=Owner.CUSTOMER,
        title=_("We no longer have access to the account"),
        explanation=_(
            "The access to the WhatsApp Business account was withdrawn at Meta. "
            "Messages no longer pass through us; the account itself is not touched."
        ),
        action=_("If this was not intended, press Connect and share the account again."),
        alternatives=(_("If it was intended, there is nothing to do."),),
    ),
    "add_number": Reason(
        owner=Owner.CUSTOMER,
        title=_("The phone number is missing"),
        explanation=_("The account is connected. It has no phone number that can be registered yet."),
        action=_("Press Connect again and add a number that can receive an SMS or a call."),
        alternatives=(_("Add it in WhatsApp Manager: we will find it by ourselves within minutes."),),
    ),
    "verify_number": Reason(
        owner=Owner.CUSTOMER,
        title=_("The number has to be verified again"),
        explanation=_(
            "Meta registers only verified numbers, and this one is not verified or its verification is over. "
            "Account and name are kept."
        ),
        action=_("Press Connect again and enter the code that Meta sends to the number."),
        alternatives=(SIGN_UP_AGAIN,),
        held=True,
    ),
    "window_over": Reason(
        owner=Owner.CUSTOMER,
        title=_("The verification has expired"),
        explanation=_(
            "Meta lets a number be registered within 14 days of the connection, and they have passed. "
            "Account and name are kept: only the verification is repeated."
        ),
        action=_("Press Connect and repeat the verification."),
        alternatives=(SIGN_UP_AGAIN,),
    ),
    "number_elsewhere": Reason(
        owner=Owner.CUSTOMER,
        title=_("The number is still in use elsewhere"),
        explanation=_(
            "The number is still connected to the WhatsApp app or to another provider, "
            "or its two-step verification is still on there."
        ),
        action=_("Disconnect it there, wait a few minutes, then ask your partner to try again."),
        alternatives=(_("Use another number."),),
        held=True,
    ),
}
