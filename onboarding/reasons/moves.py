"""What moves between accounts and partners wait for, and numbers that stay in the WhatsApp Business app."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import Owner
from onboarding.reasons.base import Reason

FORWARD = _("Forward the link to the colleague who manages your business portfolio.")
TRIES_AGAIN = _("We try again by ourselves; your partner can also have it tried at once.")

SIGNUPS = {
    "sign_up_to_move": Reason(
        owner=Owner.CUSTOMER,
        title=_("Prepare the move of your number"),
        explanation=_(
            "The number keeps working where it is until we move it. Before Meta lets it go, its two-step "
            "verification has to be off."
        ),
        action=_(
            "Switch two-step verification off in WhatsApp Manager, press Connect, and enter the same number "
            "and the same display name."
        ),
        alternatives=(FORWARD, _("Your previous provider can switch two-step verification off too.")),
    ),
    "sign_up_to_switch": Reason(
        owner=Owner.CUSTOMER,
        title=_("Leave your previous partner and connect"),
        explanation=_(
            "From the moment you remove your previous partner no message goes out, until our credit line "
            "pays for your account: from the first day of next month."
        ),
        action=_(
            "In Meta's Business settings open WhatsApp accounts, Partners, and remove the previous partner. "
            "Then press Connect and choose the same account."
        ),
        alternatives=(FORWARD,),
    ),
    "sign_up_with_app": Reason(
        owner=Owner.CUSTOMER,
        title=_("Connect the number of your WhatsApp Business app"),
        explanation=_(
            "The number stays in the app and works with us too. You need version 2.24.17 of the app or a "
            "later one, and the phone at hand. Linked devices are unlinked; link them again afterwards."
        ),
        action=_("Press Connect, enter the number of the app, and confirm in the app on your phone."),
        alternatives=(FORWARD,),
    ),
    "other_account": Reason(
        owner=Owner.CUSTOMER,
        title=_("Another account was chosen"),
        explanation=_(
            "The plan is for one WhatsApp Business account, and Meta's window was completed with another. "
            "We have changed nothing there."
        ),
        action=_("Press Connect again and choose the account that changes partner."),
        held=True,
    ),
    "connected_once": Reason(
        owner=Owner.CUSTOMER,
        title=_("The account is connected with another number of the plan"),
        explanation=_("One connection is enough for all numbers; this one goes on when it is there."),
        action=_("Connect the account with the first number of the plan."),
    ),
    "signups_used": Reason(
        owner=Owner.META,
        title=_("No place for a new customer yet"),
        explanation=_(
            "Meta lets a partner bring in only so many new customers in any seven days. The invitation goes "
            "out when the next place is free."
        ),
    ),
}

PAYMENT = {
    "old_partner_pays": Reason(
        owner=Owner.CUSTOMER,
        title=_("Your previous partner still pays for the account"),
        explanation=_(
            "The account is shared with us, and another credit line is still attached to it. "
            "It goes when you remove the previous partner."
        ),
        action=_(
            "In Meta's Business settings open WhatsApp accounts, Partners, and remove the previous partner."
        ),
        alternatives=(_("We look again every ten minutes."),),
    ),
    "month_turns": Reason(
        owner=Owner.META,
        title=_("Meta shares no credit line at the turn of the month"),
        explanation=_(
            "In the last three and the first four days of a month Meta lets nobody take over the payment for "
            "an account. We do it as soon as those days are over; messages wait until then."
        ),
    ),
    "credit_line_starts": Reason(
        owner=Owner.META,
        title=_("Our credit line pays from the first of the month"),
        explanation=_(
            "The credit line is shared. Meta lets it begin on the first day of the next month: until then "
            "the account cannot send."
        ),
    ),
}

# What Meta says when a number may not move yet, with the checklist of its page on moving numbers.
REFUSALS = {
    "two_step_on": Reason(
        owner=Owner.CUSTOMER,
        title=_("Two-step verification is still on"),
        explanation=_(
            "Meta moves a number only while its two-step verification is off. Nothing has changed yet."
        ),
        action=_("Switch it off in WhatsApp Manager: Phone numbers, the number, Two-step verification."),
        alternatives=(_("Your previous provider can switch it off too."), TRIES_AGAIN),
    ),
    "number_on_phone": Reason(
        owner=Owner.CUSTOMER,
        title=_("The number is still in use on a phone"),
        explanation=_("Meta finds the number in the WhatsApp app. It can be in one place only."),
        action=_("Delete the WhatsApp account of the number in the app on the phone, and wait five minutes."),
        alternatives=(TRIES_AGAIN,),
    ),
    "owner_not_confirmed": Reason(
        owner=Owner.CUSTOMER,
        title=_("Meta does not let the number go yet"),
        explanation=_(
            "Meta says so while two-step verification is on, while the number is in use on a phone, or while "
            "its owner is not confirmed. Nothing has changed yet."
        ),
        action=_(
            "Switch two-step verification off in WhatsApp Manager, and remove the number from any phone."
        ),
        alternatives=(TRIES_AGAIN,),
    ),
    "source_to_confirm": Reason(
        owner=Owner.STAFF,
        title=_("The old account has to be checked by a person"),
        explanation=_(
            "It is not shared with us. Meta refuses a number whose two-step verification is on, whose "
            "display name is not approved, or whose account is not verified, approved and paid."
        ),
        action=_("Check it with the customer in WhatsApp Manager, then confirm the check with a note."),
    ),
    "number_not_movable": Reason(
        owner=Owner.STAFF,
        title=_("Meta does not move this number"),
        explanation=_(
            "Test numbers, numbers given away by Meta (+1 555), and numbers of the WhatsApp Business app "
            "stay where they are."
        ),
        action=_("Take it out of the plan; a number of the app comes by the path of its own."),
        held=True,
    ),
    "source_not_ready": Reason(
        owner=Owner.CUSTOMER,
        title=_("The account the number comes from is not in order"),
        explanation=_("Meta says that it is not set up as a number that moves needs it."),
        action=_(
            "Ask your previous provider to check the account: verified business, approved, with payment."
        ),
        alternatives=(TRIES_AGAIN,),
    ),
    "move_without_payment": Reason(
        owner=Owner.STAFF,
        title=_("An account has no payment method"),
        explanation=_("Both accounts, the old one and the new one, need a valid payment method for a move."),
        action=_("Attach the credit line here; the customer checks the payment of the old account."),
        alternatives=(TRIES_AGAIN,),
    ),
    "move_without_webhooks": Reason(
        owner=Owner.STAFF,
        title=_("No app receives the events of the new account"),
        explanation=_("Meta moves a number only to an account whose webhooks are subscribed."),
        action=_("Check in WhatsApp Manager that our app is subscribed to the account, then try again."),
        held=True,
    ),
    "move_to_other_business": Reason(
        owner=Owner.CUSTOMER,
        title=_("The two accounts are of different businesses"),
        explanation=_("Meta moves a number only between accounts that stand for the same business."),
        action=_(
            "Tell your partner which portfolio owns the number, or verify both with the same legal name."
        ),
        held=True,
    ),
    "destination_not_approved": Reason(
        owner=Owner.CUSTOMER,
        title=_("Meta has not approved the new account yet"),
        explanation=_(
            "The business has to be verified and the new account approved before a number moves there."
        ),
        action=_("Complete the verification in the Security Centre of your business portfolio."),
        alternatives=(TRIES_AGAIN,),
    ),
    "request_pending": Reason(
        owner=Owner.CUSTOMER,
        title=_("A request of another business is open"),
        explanation=_("Somebody asked to send messages on behalf of the business, and nobody has answered."),
        action=_("Accept or decline the request in Meta's Business settings, Requests."),
        alternatives=(TRIES_AGAIN,),
    ),
    "add_directly": Reason(
        owner=Owner.STAFF,
        title=_("The number is on no other account any more"),
        explanation=_("Meta says that there is nothing to move: the number can be added as a new one."),
        action=_("Abandon this number of the plan and invite the customer as a new one."),
        alternatives=(_("If it is still on the old account, wait some minutes, then try again."),),
        held=True,
    ),
    "move_not_begun": Reason(
        owner=Owner.STAFF,
        title=_("Meta says that the number is not being moved"),
        explanation=_("The move was begun and Meta does not know it any more."),
        action=_("Check in WhatsApp Manager whether the number is in the new account, then try again."),
        held=True,
    ),
    "number_in_maintenance": Reason(
        owner=Owner.META,
        title=_("Meta is changing the number"),
        explanation=_("The number is in maintenance for some minutes. We go on by ourselves."),
    ),
    "move_put_off": Reason(
        owner=Owner.META,
        title=_("Meta does not move the number now"),
        explanation=_("Meta gave no reason that somebody could remove, and asks to try later. We do."),
    ),
}

OTHERS = {
    "templates_once": Reason(
        owner=Owner.PORTAL,
        title=_("The templates are copied with another number"),
        explanation=_("One copy serves all numbers that move between the same accounts."),
    ),
    "templates_copying": Reason(
        owner=Owner.PORTAL,
        title=_("The templates are being copied"),
        explanation=_("Meta copies them page by page. Nothing changes for the number meanwhile."),
    ),
    "templates_refused": Reason(
        owner=Owner.STAFF,
        title=_("Meta does not copy the templates"),
        explanation=_(
            "Without templates the number could send nothing to start a conversation after the move. "
            "Meta copies them only between accounts of the same business."
        ),
        action=_(
            "Check the source account in the plan and try again, or confirm that templates are made anew."
        ),
    ),
    "not_in_app": Reason(
        owner=Owner.CUSTOMER,
        title=_("The number is not connected with the WhatsApp Business app"),
        explanation=_(
            "Meta does not show the number in the app. It was disconnected there, or Meta's window was "
            "completed with another choice."
        ),
        action=_("Press Connect again and choose to connect the number of the WhatsApp Business app."),
        held=True,
    ),
}

MOVES: dict[str, Reason] = {**SIGNUPS, **PAYMENT, **REFUSALS, **OTHERS}
