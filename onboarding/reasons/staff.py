"""What the partner's people have to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import Owner
from onboarding.reasons.base import Reason

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
