"""What happens to a customer on each path and what we ask of it, for people who never heard of an API.

What is kept and what is not stands in `paths.facts`, where staff read it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding import dates
from onboarding.models import Path, PlanLine
from onboarding.plans.waves.month import first_of_next_month
from onboarding.states import LineState
from onboarding.words import Look, Text


@dataclass(frozen=True)
class Asked:
    """One thing that we ask of the customer, and why."""

    title: Text
    why: Text


@dataclass(frozen=True)
class Move:
    """One path as its customer reads it; `downtime` stands inside a sentence."""

    name: Text
    happens: tuple[Text, ...]
    asked: tuple[Asked, ...]
    downtime: Text


CHECKS = _("In the days before, we check account, number, name and payment with Meta.")
PROOF = _("We send and receive a test message on every number, and Meta confirms the rest.")
REPORT = _("You read the result on this page.")
ADMINISTRATOR = Asked(
    _("Have an administrator of your business portfolio at hand"),
    _("Meta's window opens from this page and asks for the sign-in of an administrator: about 10 minutes."),
)
DO_NOT_DELETE = Asked(
    _("Do not delete the number or the account"),
    _("Not in WhatsApp Manager and not at your provider: a deleted number loses its name and its quality."),
)
NAME = Asked(
    _("Do not change the display name"),
    _("A name that Meta is still reviewing stops the move."),
)
MOVES: dict[str, Move] = {
    Path.ONPREM_TO_CLOUD: Move(
        name=_("From your On-Premises client to the Cloud API of Meta"),
        happens=(
            CHECKS,
            _("At the agreed time we take a backup of the number's registration from your client."),
            _("We register the number on the Cloud API; your client disconnects by itself."),
            PROOF,
            REPORT,
        ),
        asked=(
            Asked(
                _("Keep the On-Premises client running until we tell you"),
                _("The backup can be taken only while the client is registered and connected."),
            ),
            Asked(
                _("Tell us the six-digit PIN of two-step verification, if it is on"),
                _("With a wrong PIN the move fails and the old client may stop too."),
            ),
            Asked(
                _("Have your developers ready"),
                _("Afterwards your software sends to another address, and uploads its media files again."),
            ),
            DO_NOT_DELETE,
        ),
        downtime=_("usually less than 5 minutes"),
    ),
    Path.NUMBER_WABA_TO_WABA: Move(
        name=_("From your present provider's account to a new account with us"),
        happens=(
            CHECKS,
            _("Your approved message templates are copied, so that none is missing on the day."),
            _("Meta sends a code to the number, and you tell it to us."),
            _("At the agreed time the number is registered with us: from then on its messages pass here."),
            PROOF,
            REPORT,
        ),
        asked=(
            Asked(
                _("Switch off two-step verification"),
                _(
                    "In WhatsApp Manager, Phone numbers, Settings. Only you or your present provider can; "
                    "we set a new PIN afterwards."
                ),
            ),
            Asked(
                _("Be at the phone for a code"),
                _("Meta sends six digits to the number by SMS or call. A switchboard cannot take them."),
            ),
            Asked(
                _("Keep the contract with your present provider until we confirm"),
                _("Until the last moment your messages pass there."),
            ),
            NAME,
            DO_NOT_DELETE,
        ),
        downtime=_("a few seconds"),
    ),
    Path.WABA_PARTNER_SWITCH: Move(
        name=_("Your whole account from your present provider to us"),
        happens=(
            CHECKS,
            _("On the agreed day you remove your present provider: from then on Meta sends no message."),
            _("You connect with us in Meta's window and choose the same account."),
            _("We take over the payment, which Meta counts from the first day of the next month."),
            PROOF,
            REPORT,
        ),
        asked=(
            Asked(
                _("Remove your present provider on the agreed day and not earlier"),
                _(
                    "In Business settings, Accounts, WhatsApp accounts, Partners. From then until our "
                    "payment counts, no message goes out."
                ),
            ),
            ADMINISTRATOR,
            DO_NOT_DELETE,
        ),
        downtime=_("until the first day of the next month"),
    ),
    Path.COEXISTENCE: Move(
        name=_("Your WhatsApp Business app and our platform, side by side"),
        happens=(
            CHECKS,
            _("At the agreed time you connect in Meta's window and scan a code with the app."),
            _("If you agree, contacts and the chats of the last 180 days are shared within 24 hours."),
            PROOF,
            REPORT,
        ),
        asked=(
            Asked(
                _("Update the WhatsApp Business app"),
                _("Version 2.24.17 or newer, on the phone that has the number."),
            ),
            ADMINISTRATOR,
            Asked(
                _("Decide whether to share your chats"),
                _("The app asks you. It can be done only once, within 24 hours."),
            ),
            Asked(
                _("Afterwards open the app at least every 14 days"),
                _("Otherwise Meta ends the connection. Linked devices have to be linked again."),
            ),
        ),
        downtime=_("none: the app goes on working"),
    ),
    Path.NEW_CUSTOMER: Move(
        name=_("Your number on the WhatsApp Business Platform"),
        happens=(
            CHECKS,
            _("At the agreed time we invite you by e-mail, and you connect in Meta's window."),
            _("We set up the account and register the number."),
            PROOF,
            REPORT,
        ),
        asked=(
            ADMINISTRATOR,
            Asked(
                _("Free the number, if it is in use on WhatsApp"),
                _("If you want to keep it in the app, write to us first: that is another way."),
            ),
            Asked(
                _("Be at the phone for a code"),
                _("Meta sends six digits to the number by SMS or call. A switchboard cannot take them."),
            ),
        ),
        downtime=_("none"),
    ),
}


def expected_downtime(path: str, start: datetime | None, *, zone: str) -> str:
    """How long the numbers will be without messages; of a change of partner the calendar tells it."""
    if path != Path.WABA_PARTNER_SWITCH or start is None:
        return str(MOVES[path].downtime)
    pays_on = first_of_next_month(start.astimezone(ZoneInfo(zone)).date())
    return gettext("until %(day)s, when Meta counts our payment") % {"day": dates.whole_day(pays_on)}


def measured_downtime(lines: Iterable[PlanLine]) -> str:
    """The longest interruption that one of the numbers had; empty while none was measured."""
    spans = [
        line.downtime_ended_at - line.downtime_started_at
        for line in lines
        if line.downtime_started_at and line.downtime_ended_at
    ]
    longest = max(spans, default=timedelta())
    return dates.span(longest) if longest else ""


TITLES: dict[str, Text] = {
    "preparing": _("We are preparing your move"),
    "dated": _("Your move is on %(day)s"),
    "moving": _("Your move is under way"),
    "done": _("Your move is complete"),
    "off": _("The move does not take place"),
}
TASKS: tuple[Text, ...] = (
    _("A day for your move"),
    _("Checks before the day"),
    _("The move itself"),
    _("Proof and report"),
)
LINE_WORDS: dict[str, Text] = {
    LineState.PENDING: _("Its turn comes on the day"),
    LineState.MOVING: _("It is moving"),
    LineState.ROLLED_BACK: _("It is back where it was"),
    LineState.ABANDONED: _("It does not move"),
}
LINE_LOOKS = {
    LineState.ROLLED_BACK: Look("back", "todo", "info", _("Returned")),
    LineState.ABANDONED: Look("off", "todo", "cross", _("Stays")),
}
