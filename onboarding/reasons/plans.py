"""What a number of a migration plan waits for: its day, its checks, its On-Premises client."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import Owner
from onboarding.reasons.base import Reason

CHECKED_AGAIN = _("The checks are repeated by themselves.")

PLANS = {
    # --- its day ---
    "appointment": Reason(
        owner=Owner.PORTAL,
        title=_("The move waits for its day"),
        explanation=_("Everything that can be checked before is fine. Nothing changes before the day."),
    ),
    "test_number_first": Reason(
        owner=Owner.PORTAL,
        title=_("The test number goes first"),
        explanation=_("This number moves when the test number of the plan has arrived."),
    ),
    "earlier_number": Reason(
        owner=Owner.PORTAL,
        title=_("Another number of the plan goes first"),
        explanation=_("The numbers of a plan move one after the other. This one's turn comes by itself."),
    ),
    "plan_paused": Reason(
        owner=Owner.STAFF,
        title=_("The migration plan is paused"),
        explanation=_("A person paused the plan. Nothing moves until it is resumed."),
        action=_("Resume the plan when it may go on."),
    ),
    # --- its checks ---
    "check_to_confirm": Reason(
        owner=Owner.STAFF,
        title=_("A check has to be confirmed by a person"),
        explanation=_("Meta cannot tell whether this is so."),
        action=_("Find out, then confirm the check on the plan's page with a note how you know."),
    ),
    "account_unknown": Reason(
        owner=Owner.STAFF,
        title=_("The number's WhatsApp Business Account is not known"),
        explanation=_("The plan names neither a number at Meta nor the account in which it is."),
        action=_("Add the WABA id to the number on the plan's page."),
    ),
    "number_not_in_account": Reason(
        owner=Owner.STAFF,
        title=_("The number is not in the WhatsApp Business Account"),
        explanation=_("Meta lists other numbers in this account, or none."),
        action=_("Compare the number and the WABA id of the plan with WhatsApp Manager."),
    ),
    "number_locked": Reason(
        owner=Owner.META,
        title=_("The number may not move yet"),
        explanation=_("It was moved or changed a short while ago and is locked until a day that is known."),
    ),
    "not_subscribed": Reason(
        owner=Owner.STAFF,
        title=_("Our app does not receive the account's events"),
        explanation=_("Messages to the number would reach nobody after the move."),
        action=_("Check in the App Dashboard why the subscription is gone; try again to repeat it."),
        alternatives=(CHECKED_AGAIN,),
    ),
    "name_not_approved": Reason(
        owner=Owner.CUSTOMER,
        title=_("The display name is not approved"),
        explanation=_("Meta has not approved the name that people see, or a change of it is under review."),
        action=_("Choose a name in WhatsApp Manager that Meta approves, and wait for its decision."),
        alternatives=(CHECKED_AGAIN,),
    ),
    "payment_missing": Reason(
        owner=Owner.STAFF,
        title=_("Nobody pays for the account"),
        explanation=_("The WhatsApp Business Account has no credit line and no payment method."),
        action=_("Share the credit line with the customer, or have them add a payment method at Meta."),
        alternatives=(CHECKED_AGAIN,),
    ),
    "pin_needed": Reason(
        owner=Owner.CUSTOMER,
        title=_("We need the number's PIN"),
        explanation=_(
            "Two-step verification is on. The move needs its six-digit PIN; a wrong one would take the "
            "number offline, so we do not begin without it."
        ),
        action=_("Tell your partner the PIN, by phone and not by e-mail."),
        alternatives=(_("Switch two-step verification off in WhatsApp Manager before the day."),),
    ),
    "test_number_to_confirm": Reason(
        owner=Owner.STAFF,
        title=_("No test number has moved yet"),
        explanation=_("Meta advises to move a test number first, and no number of yours has gone this way."),
        action=_("Move a test number and confirm it, or make one of the plan's numbers its test number."),
    ),
    # --- its On-Premises client ---
    "not_on_premises": Reason(
        owner=Owner.STAFF,
        title=_("The number is not on the On-Premises API"),
        explanation=_("Meta shows it registered nowhere, so there is nothing to move."),
        action=_("Check the number in WhatsApp Manager; register it, or take it out of the plan."),
        alternatives=(CHECKED_AGAIN,),
    ),
}
