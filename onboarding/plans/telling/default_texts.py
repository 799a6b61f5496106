"""Texts to customers that a partner can adopt as they are; approving them stays a person's act."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import PlanNoticeKind
from onboarding.words import Text

GREETING = _("Hello {contact},")
DEFAULTS: dict[str, tuple[Text, tuple[Text, ...]]] = {
    PlanNoticeKind.ANNOUNCEMENT: (
        _("{partner}: your WhatsApp move is planned for {date}"),
        (
            GREETING,
            _(
                "the move of {customer} ({numbers}) is planned for {date} at {time}. "
                "Expected interruption: {downtime}."
            ),
            _("Your page says what happens, what is kept, and what we ask of you before that day:"),
            "{link}",
            _(
                "If the day does not suit you, write to {support} as soon as you can: until the move begins, "
                "everything can be changed."
            ),
        ),
    ),
    PlanNoticeKind.REMINDER: (
        _("{partner}: your move is on {date}"),
        (
            GREETING,
            _("a reminder: on {date} at {time} we move {numbers}. Expected interruption: {downtime}."),
            _("Please look once more at what we ask of you before the move:"),
            "{link}",
        ),
    ),
    PlanNoticeKind.CORRECTION: (
        _("{partner}: a new date for your move, {date}"),
        (
            GREETING,
            _(
                "the move of {customer} ({numbers}), announced for {previous_date}, has a new date: "
                "{date} at {time}. Expected interruption: {downtime}."
            ),
            "{link}",
            _("If the new day does not suit you, write to {support} as soon as you can."),
        ),
    ),
    PlanNoticeKind.CANCELLATION: (
        _("{partner}: your move does not take place on {previous_date}"),
        (
            GREETING,
            _(
                "the move of {customer} ({numbers}), announced for {previous_date}, does not take place on "
                "that day. You need not do anything. If there is a new date, we write to you again."
            ),
            "{link}",
        ),
    ),
    PlanNoticeKind.COMPLETION: (
        _("{partner}: your move is complete"),
        (
            GREETING,
            _(
                "the move of {customer} ({numbers}) is complete. Every number was checked with Meta. "
                "Measured interruption: {downtime}."
            ),
            _("Your page has the report of each number:"),
            "{link}",
        ),
    ),
}
