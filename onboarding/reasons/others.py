"""What is waited for without anybody of ours: Meta, the consumer, and the portal itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import Owner
from onboarding.reasons.base import Reason

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
