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
        action=_("Enter it on your page, or tell it to your partner by phone and not by e-mail."),
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
    "client_unknown": Reason(
        owner=Owner.STAFF,
        title=_("The On-Premises client is not known"),
        explanation=_("Without the client there is no backup, and without a backup the number cannot move."),
        action=_("Store the client's address and password on the plan's page, or upload a backup."),
    ),
    "client_password": Reason(
        owner=Owner.STAFF,
        title=_("The On-Premises client refuses the sign-in"),
        explanation=_("It does not accept the user name and password that are stored here."),
        action=_("Ask the customer for the administrator's password and store it again."),
        alternatives=(_("Upload a backup that the customer's people take."),),
    ),
    "client_unreachable": Reason(
        owner=Owner.STAFF,
        title=_("The On-Premises client does not answer"),
        explanation=_("It is off, its address is another one, or a firewall is in between."),
        action=_("Check with the customer that it runs and that the portal may reach it."),
        alternatives=(_("Upload a backup that the customer's people take."), CHECKED_AGAIN),
    ),
    "client_not_connected": Reason(
        owner=Owner.STAFF,
        title=_("The On-Premises client is not connected"),
        explanation=_("A backup can be made only while the client is registered, running and connected."),
        action=_("Have the customer's people bring it back; check the number in WhatsApp Manager."),
        alternatives=(CHECKED_AGAIN,),
    ),
    "client_refused": Reason(
        owner=Owner.STAFF,
        title=_("The On-Premises client refused the request"),
        explanation=_("It answered with an error of its own."),
        action=_("Look the code up in the client's documentation, remove the cause, then try again."),
        alternatives=(_("Upload a backup that the customer's people take."),),
        held=True,
    ),
    "backup_missing": Reason(
        owner=Owner.STAFF,
        title=_("There is no backup"),
        explanation=_("The number moves with a backup of its On-Premises client, which nobody has made yet."),
        action=_("Store the client's address and password, or upload a backup with its password."),
    ),
    "backup_expires": Reason(
        owner=Owner.STAFF,
        title=_("The backup expires before the move"),
        explanation=_("A backup is kept for seven days, and the number moves later than that."),
        action=_("Upload a newer one shortly before the day."),
    ),
    "backup_refused": Reason(
        owner=Owner.STAFF,
        title=_("Meta refused the backup"),
        explanation=_("The backup or its password is not right; it was wiped. The number has not moved."),
        action=_("Try again to take a new one from the client, or upload a new one."),
        held=True,
    ),
    "backup_gone": Reason(
        owner=Owner.STAFF,
        title=_("The backup is no longer there"),
        explanation=_("It was wiped or has expired, so the client cannot be restored from here."),
        action=_("Have the customer register the client with its certificate and a code, then try again."),
        held=True,
    ),
    "media_to_confirm": Reason(
        owner=Owner.STAFF,
        title=_("Have the media been uploaded again?"),
        explanation=_("Media ids of the On-Premises API are of no use on the Cloud API, in templates too."),
        action=_("Ask the customer, then confirm the check on the plan's page with a note."),
    ),
    # --- the move ---
    "onprem_wrong_pin": Reason(
        owner=Owner.STAFF,
        title=_("Wrong PIN: the number may be offline"),
        explanation=_(
            "Meta refused the PIN, and the On-Premises client may have gone down with it: the number can be "
            "unable to send and receive until it is registered. We have stopped at once and do not guess."
        ),
        action=_("Ask the customer for the six-digit PIN now and enter it: the move goes on from there."),
        alternatives=(
            _("The customer can switch two-step verification off in WhatsApp Manager; then try again."),
        ),
        held=True,
    ),
    "client_to_shut_down": Reason(
        owner=Owner.STAFF,
        title=_("Shut the On-Premises client down"),
        explanation=_("The number is on the Cloud API. The old client has to stop, and we cannot see it."),
        action=_("Have its containers stopped, then confirm it on the plan's page."),
    ),
    "client_still_connected": Reason(
        owner=Owner.STAFF,
        title=_("The On-Premises client still says that it is connected"),
        explanation=_("A number works on one platform at a time; the client should have been disconnected."),
        action=_("Have its containers stopped; we look again by ourselves."),
        alternatives=(_("Confirm on the plan's page that it is off."),),
    ),
    "move_not_proven": Reason(
        owner=Owner.STAFF,
        title=_("The move is not proven yet"),
        explanation=_(
            "The number was moved, and something that has to be so afterwards is not. The report says what."
        ),
        action=_("Read the report on the plan's page and remove the cause; we look again by ourselves."),
    ),
}
