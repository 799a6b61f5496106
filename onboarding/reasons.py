"""Everything a journey can wait for: who must act, why, and what to do, in the words people read.

`title` and `explanation` are read by customers and staff alike; `action` speaks to the owner. A `held` reason
stays until a person releases it; the others are looked at again whenever the journey wakes up.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.models import Owner

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One kind of waiting."""

    owner: Owner
    title: Text
    explanation: Text
    action: Text = ""
    alternatives: tuple[Text, ...] = ()
    held: bool = False


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

STAFF = {
    "accept_terms": Reason(
        owner=Owner.STAFF,
        title=_("Meta's terms are not accepted yet"),
        explanation=_(
            "The partner has to accept the WhatsApp Business Platform terms before numbers can be "
            "registered. Customers do not have to."
        ),
        action=_("Accept the terms in the banner of WhatsApp Manager, then record it here."),
    ),
    "registration_refused": Reason(
        owner=Owner.STAFF,
        title=_("Meta refused the registration"),
        explanation=_(
            "Meta called the request invalid. It also answers so while the platform terms are not accepted."
        ),
        action=_("Check in WhatsApp Manager that the terms are accepted, then try again."),
        held=True,
    ),
    "webhook_unreachable": Reason(
        owner=Owner.STAFF,
        title=_("Meta cannot reach our webhook"),
        explanation=_("Meta asked our public address for its confirmation and did not get it."),
        action=_("Check the public address, its certificate and the proxy; we try again by ourselves."),
    ),
    "app_settings": Reason(
        owner=Owner.STAFF,
        title=_("The Meta app is not set up completely"),
        explanation=_("Meta does not accept the app's id or secret, or one of them is missing here."),
        action=_("Compare app id and app secret with the App Dashboard, store them again, then try again."),
        held=True,
    ),
    "system_user_missing": Reason(
        owner=Owner.STAFF,
        title=_("The system user's token is missing"),
        explanation=_(
            "This step is done by the partner's administrator system user, who has no valid token here."
        ),
        action=_("Generate a token in Business settings and store it; work goes on by itself."),
    ),
    "system_user_access": Reason(
        owner=Owner.STAFF,
        title=_("The system user lacks access"),
        explanation=_("Meta says that the system user may not do this."),
        action=_("Check its permissions and assets in Business settings, then try again."),
        held=True,
    ),
    "credit_line_missing": Reason(
        owner=Owner.STAFF,
        title=_("The credit line is missing"),
        explanation=_("A Solution Partner pays Meta for its customers; no credit line is stored here."),
        action=_("Store the credit line's id, or switch its sharing off if you are a Tech Provider."),
    ),
    "credit_line_taken": Reason(
        owner=Owner.STAFF,
        title=_("Another payment method is attached"),
        explanation=_(
            "The account is paid by another credit line or card, which cannot be replaced from here."
        ),
        action=_("Agree with the customer who pays; remove the other one in Meta's billing, then try again."),
        held=True,
    ),
    "wrong_pin": Reason(
        owner=Owner.STAFF,
        title=_("The number has a PIN that we do not know"),
        explanation=_(
            "Two-step verification is on and the PIN did not match. "
            "We do not guess: too many wrong PINs lock the number."
        ),
        action=_("Ask the customer for the six-digit PIN and enter it."),
        alternatives=(
            _("The customer can switch two-step verification off in WhatsApp Manager; then try again."),
        ),
        held=True,
    ),
    "account_taken": Reason(
        owner=Owner.STAFF,
        title=_("The account belongs to another customer"),
        explanation=_(
            "The WhatsApp Business account that was shared is already stored for another customer."
        ),
        action=_("Find out to whom it belongs; cancel this onboarding or correct the other customer."),
        held=True,
    ),
    "portal_fault": Reason(
        owner=Owner.STAFF,
        title=_("The portal has a fault"),
        explanation=_("We met an error that we cannot solve by ourselves. Nothing was done twice."),
        action=_("Try again; if it stays, report it to the makers of the portal."),
        held=True,
    ),
    "number_taken": Reason(
        owner=Owner.STAFF,
        title=_("The number is in another onboarding"),
        explanation=_("Another open onboarding already has this number; a number has one journey at a time."),
        action=_("Cancel one of the two, then try again."),
        held=True,
    ),
    "request_code": Reason(
        owner=Owner.STAFF,
        title=_("The number has to be verified"),
        explanation=_("Meta sends a six-digit code to the number by SMS or by a call."),
        action=_("Have the code sent when somebody is at the phone."),
    ),
    "enter_code": Reason(
        owner=Owner.STAFF,
        title=_("Enter the code"),
        explanation=_("Meta has sent a six-digit code to the number."),
        action=_("Enter the six digits without the hyphen."),
        alternatives=(_("Ask for another code, or for a call instead of an SMS."),),
    ),
    "wrong_code": Reason(
        owner=Owner.STAFF,
        title=_("The code was not right"),
        explanation=_("Meta did not accept the code: it is wrong, too old, or was tried too often."),
        action=_("Enter the code of the latest message, or ask for another one."),
    ),
    "code_refused": Reason(
        owner=Owner.STAFF,
        title=_("Meta did not send a code"),
        explanation=_("Too many codes were asked for, or the number cannot get one now."),
        action=_("Wait, then ask again, or choose a call instead of an SMS."),
    ),
    "refused": Reason(
        owner=Owner.STAFF,
        title=_("Meta refused this step"),
        explanation=_("Meta answered with an error that needs a person."),
        action=_("Read Meta's code and reference, remove the cause, then try again."),
        held=True,
    ),
    "message_failed": Reason(
        owner=Owner.STAFF,
        title=_("The test message did not arrive"),
        explanation=_("Meta could not deliver our answer."),
        action=_("Read Meta's code, remove the cause, then try again."),
        held=True,
    ),
    "message_unconfirmed": Reason(
        owner=Owner.STAFF,
        title=_("Nobody knows whether the test message arrived"),
        explanation=_("Meta did not confirm our answer within a day. We do not send it twice by ourselves."),
        action=_("Ask the person whether it arrived; try again to send another one."),
        held=True,
    ),
}

OTHERS = {
    "meta_unavailable": Reason(
        owner=Owner.META,
        title=_("Meta is not answering"),
        explanation=_(
            "Meta's service cannot be reached or has a fault. Nothing is lost; we try again by ourselves."
        ),
    ),
    "rate_limited": Reason(
        owner=Owner.META,
        title=_("Meta asks us to wait"),
        explanation=_("Meta limits the number of requests. We go on by ourselves."),
    ),
    "settling": Reason(
        owner=Owner.META,
        title=_("We are checking with Meta"),
        explanation=_(
            "Meta's answer did not reach us, so we look whether it has been done before we do anything "
            "again. Nothing has to be repeated."
        ),
    ),
    "confirming": Reason(
        owner=Owner.META,
        title=_("Waiting for Meta's confirmation"),
        explanation=_(
            "Meta has accepted the request and does not show its effect yet. We look again by ourselves."
        ),
    ),
    "attempts_used": Reason(
        owner=Owner.META,
        title=_("The registration attempts are used up"),
        explanation=_(
            "Meta blocks a number after ten attempts in 72 hours. We stop before that and go on when "
            "it is safe."
        ),
    ),
    "registration_blocked": Reason(
        owner=Owner.META,
        title=_("Meta has blocked registration for a while"),
        explanation=_("Too many registrations were tried with this number. We go on when the block ends."),
    ),
    "pin_locked": Reason(
        owner=Owner.META,
        title=_("Meta asks us to wait before the PIN is used again"),
        explanation=_(
            "The PIN was tried too often or too fast. We go on by ourselves when the wait is over."
        ),
    ),
    "number_being_freed": Reason(
        owner=Owner.META,
        title=_("Meta is still freeing the number"),
        explanation=_("The number was removed elsewhere a short while ago. It takes about five minutes."),
    ),
    "first_message": Reason(
        owner=Owner.CONSUMER,
        title=_("Send a first message to the number"),
        explanation=_("The number is registered. A WhatsApp message to it shows that messages arrive."),
        action=_("Write any message to the number from WhatsApp on your phone."),
    ),
    "message_again": Reason(
        owner=Owner.CONSUMER,
        title=_("Send another message to the number"),
        explanation=_("We may answer within 24 hours of a message, and they have passed."),
        action=_("Write any message to the number from WhatsApp on your phone."),
    ),
    "message_on_its_way": Reason(
        owner=Owner.META,
        title=_("Our answer is on its way"),
        explanation=_("We have sent an answer and wait for Meta to say that it was delivered."),
    ),
    "in_progress": Reason(
        owner=Owner.PORTAL,
        title=_("We are setting it up"),
        explanation=_("This happens by itself. You may close the page."),
    ),
}

REASONS: dict[str, Reason] = {**CUSTOMER, **STAFF, **OTHERS}
