"""What people want to know of each path before it begins, for the screens and the customer's page.

A number moves to another account in one of two ways, and what is known of the plan decides. If its line names
the destination account, the portal does all by the API and a person types one code. If it does not, the
customer goes through Meta's window with the same number; further numbers of the plan then follow by the API.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from onboarding.models import Path
from onboarding.reasons import Text
from onboarding.steps.keys import StepKey


@dataclass(frozen=True, kw_only=True)
class PathFacts:
    """One path in the words of people; what `no_return_step` does cannot be undone."""

    downtime: Text
    no_return: Text
    no_return_step: StepKey | None
    way_back: Text
    kept: tuple[Text, ...]
    lost: tuple[Text, ...]
    duties: tuple[Text, ...]


NAME = _("the display name")
QUALITY = _("the quality rating and the messaging limit")
OFFICIAL = _("the official business account")
TEMPLATES_STAY = _("the templates with their state")
HISTORY = _("earlier messages and media")
CALLBACKS = _("the address to which messages were delivered")
WRITE = _("Write one message to the number from a phone when it is ready.")

FACTS: dict[str, PathFacts] = {
    Path.NEW_CUSTOMER: PathFacts(
        downtime=_("None: the number was not on the WhatsApp Business Platform before."),
        no_return=_("There is none: a number can be taken off the Cloud API again."),
        no_return_step=None,
        way_back=_("The number can be deregistered at any time."),
        kept=(),
        lost=(_("the WhatsApp account of the number, if it was used in the app"),),
        duties=(
            _("Open the invitation on its day and complete Meta's window."),
            _("The number must be registered within 14 days of that."),
            WRITE,
        ),
    ),
    Path.ONPREM_TO_CLOUD: PathFacts(
        downtime=_("Usually less than five minutes, from the registration until Meta shows it connected."),
        no_return=_("The registration: it disconnects the On-Premises client."),
        no_return_step=StepKey.REGISTER,
        way_back=_("Only while the On-Premises API is available and the backup is kept."),
        kept=(NAME, _("the verification of the number"), QUALITY, OFFICIAL, TEMPLATES_STAY),
        lost=(HISTORY, CALLBACKS, _("the contacts of the On-Premises client")),
        duties=(
            _("Tell us the two-step verification PIN: a wrong one takes the number offline."),
            _("Upload your media again: On-Premises media ids are of no use on the Cloud API."),
            _("Shut the On-Premises client down when we say so."),
            WRITE,
        ),
    ),
    Path.NUMBER_WABA_TO_WABA: PathFacts(
        downtime=_("None to speak of: the number changes over in one moment."),
        no_return=_(
            "The registration in the new account: from then on the old one no longer has the number."
        ),
        no_return_step=StepKey.REGISTER,
        way_back=_("Another move, back to the old account, which its provider has to accept."),
        kept=(
            NAME,
            QUALITY,
            OFFICIAL,
            _("approved templates of good quality, as copies"),
            _("media ids and message ids, if the number was on the Cloud API"),
        ),
        lost=(
            _("templates that are rejected, pending or of low quality"),
            _("the quality rating of templates"),
            CALLBACKS,
        ),
        duties=(
            _("Switch two-step verification off in WhatsApp Manager before the day."),
            _("Have somebody at the phone: Meta sends a six-digit code to the number."),
            WRITE,
        ),
    ),
    Path.WABA_PARTNER_SWITCH: PathFacts(
        downtime=_(
            "No message goes from the moment the previous partner is removed until the first day of the next "
            "month: start late in a month, more than three days before its end."
        ),
        no_return=_("Removing the previous partner: messages stop at once. Only the customer can do it."),
        no_return_step=StepKey.TOKEN,
        way_back=_("The same change of partner, with the same waiting time."),
        kept=(_("the account with all its numbers"), NAME, QUALITY, OFFICIAL, TEMPLATES_STAY),
        lost=(CALLBACKS, _("the previous partner's access and payment")),
        duties=(
            _("Remove the previous partner in Business settings on the day, not before."),
            _("Then connect and choose the same account."),
            _("If nobody acts, Meta moves the payment after 90 days."),
            WRITE,
        ),
    ),
    Path.COEXISTENCE: PathFacts(
        downtime=_("None: the app goes on working. Linked devices have to be linked again."),
        no_return=_("There is none: the number can be disconnected in the app at any time."),
        no_return_step=None,
        way_back=_("Disconnect the platform in the WhatsApp Business app, under Settings, Account."),
        kept=(
            _("the app with its chats and contacts"),
            _("180 days of chats, if you share them"),
            _("messages sent in the app stay free of charge"),
        ),
        lost=(
            _("groups, disappearing and view-once messages, and broadcast lists are not shared"),
            _("more than 20 messages a second are not possible"),
        ),
        duties=(
            _("Have the phone at hand and the app in version 2.24.17 or later."),
            _("Open the app at least every 14 days, or Meta disconnects the number."),
            _("Link your computers and tablets again afterwards."),
            WRITE,
        ),
    ),
}
