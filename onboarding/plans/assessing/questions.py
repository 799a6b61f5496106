"""The questions of an assessment: what Meta's guide asks before a customer moves."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from onboarding.models import Path
from onboarding.plans.assessing.asking import Answer, BadAnswer, Kind, Question, UnknownQuestion
from onboarding.plans.assessing.features import FEATURES
from onboarding.reasons import Text

YES = frozenset({"yes", "y", "sì", "si", "s", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})


TOPICS: dict[str, Text] = {
    "volume": _("Throughput and volume"),
    "compliance": _("Compliance"),
    "features": _("Features in use"),
    "portfolio": _("Portfolio and messaging limit"),
    "path": _("The path"),
}
REGIONS: tuple[tuple[str, Text], ...] = (
    ("NONE", pgettext_lazy("data region", "no requirement")),
    ("EU", _("European Union")),
    ("AE", _("United Arab Emirates")),
    ("AU", _("Australia")),
    ("BH", _("Bahrain")),
    ("BR", _("Brazil")),
    ("CA", _("Canada")),
    ("CH", _("Switzerland")),
    ("DE", _("Germany")),
    ("GB", _("United Kingdom")),
    ("ID", _("Indonesia")),
    ("IN", _("India")),
    ("JP", _("Japan")),
    ("KR", _("South Korea")),
    ("SG", _("Singapore")),
    ("ZA", _("South Africa")),
    ("OTHER", _("another country")),
)
TIERS: tuple[tuple[str, Text], ...] = (
    ("TIER_250", _("250 people a day")),
    ("TIER_2K", _("2,000 people a day")),
    ("TIER_10K", _("10,000 people a day")),
    ("TIER_100K", _("100,000 people a day")),
    ("TIER_UNLIMITED", _("without limit")),
)
ON_PREMISES = frozenset({Path.ONPREM_TO_CLOUD.value})
ANOTHER_WABA = frozenset({Path.NUMBER_WABA_TO_WABA.value})
PARTNER_SWITCH = frozenset({Path.WABA_PARTNER_SWITCH.value})
COEXISTENCE = frozenset({Path.COEXISTENCE.value})

_ASKED = (
    Question(
        key="peak_mps",
        topic="volume",
        title=_("Messages a second at the busiest moment"),
        help=_("In and out together, on the busiest number."),
        kind=Kind.NUMBER,
        most=100_000,
    ),
    Question(
        key="daily_volume",
        topic="volume",
        title=_("Messages on a busy day"),
        help=_("In and out together, on the busiest number."),
        kind=Kind.NUMBER,
        most=1_000_000_000,
    ),
    Question(
        key="throughput_limit",
        topic="volume",
        title=_("Throughput the numbers will have"),
        help=_("Without an answer, what Meta shows of the numbers counts, or its standard."),
        kind=Kind.CHOICE,
        choices=(
            ("DEFAULT", _("Meta's standard")),
            ("GUIDE", _("as in Meta's first guide")),
            ("HIGH", _("after Meta's upgrade")),
        ),
        paths=frozenset(set(Path.values) - COEXISTENCE),
    ),
    Question(
        key="media_share",
        topic="volume",
        title=_("Messages with media, in percent"),
        kind=Kind.NUMBER,
        most=100,
    ),
    Question(
        key="largest_media_mb",
        topic="volume",
        title=_("Largest file that is sent, in MB"),
        kind=Kind.NUMBER,
        most=10_000,
    ),
    Question(
        key="requires_gdpr",
        topic="compliance",
        title=_("Must the GDPR be kept?"),
    ),
    Question(
        key="certifications",
        topic="compliance",
        title=_("Certifications that are required"),
        kind=Kind.CHOICES,
        choices=(("SOC2", _("SOC 2")), ("ISO27001", _("ISO 27001")), ("OTHER", _("another one"))),
    ),
    Question(
        key="data_region",
        topic="compliance",
        title=_("Where messages must be stored"),
        kind=Kind.CHOICE,
        choices=REGIONS,
    ),
    Question(
        key="retention_days",
        topic="compliance",
        title=_("How many days Meta may keep messages at most"),
        kind=Kind.NUMBER,
        most=3650,
    ),
    Question(
        key="features_used",
        topic="features",
        title=_("What the customer uses today"),
        kind=Kind.CHOICES,
        choices=tuple((feature.key, feature.title) for feature in FEATURES.values()),
    ),
    Question(
        key="other_numbers",
        topic="portfolio",
        title=_("Numbers of the portfolio besides those of this plan"),
        kind=Kind.NUMBER,
        most=10_000,
    ),
    Question(
        key="business_verified",
        topic="portfolio",
        title=_("Has Meta verified the business?"),
    ),
    Question(
        key="daily_recipients",
        topic="portfolio",
        title=_("People written to first on a busy day"),
        help=_("Different people outside the 24 hours after their last message."),
        kind=Kind.NUMBER,
        most=100_000_000,
    ),
    Question(
        key="messaging_limit",
        topic="portfolio",
        title=_("Messaging limit of the portfolio"),
        help=_("As WhatsApp Manager shows it; what Meta tells the portal comes first."),
        kind=Kind.CHOICE,
        choices=TIERS,
    ),
    Question(
        key="onprem_running",
        topic="path",
        title=_("Is the On-Premises client running and connected?"),
        paths=ON_PREMISES,
    ),
    Question(
        key="pin_known",
        topic="path",
        title=_("Is the two-step verification PIN known?"),
        paths=ON_PREMISES,
    ),
    Question(
        key="onprem_shards",
        topic="path",
        title=_("Shards of the On-Premises client"),
        help=_("With two or more (multiconnect) Meta gives the number its higher throughput."),
        kind=Kind.NUMBER,
        most=32,
        paths=ON_PREMISES,
    ),
    Question(
        key="reuses_media_ids",
        topic="path",
        title=_("Are uploaded media sent again by their id?"),
        paths=ON_PREMISES,
    ),
    Question(
        key="same_business",
        topic="path",
        title=_("Do both WABAs belong to the same business?"),
        paths=ANOTHER_WABA,
    ),
    Question(
        key="two_step_off",
        topic="path",
        title=_("Is two-step verification off, or can the customer turn it off?"),
        help=_("In WhatsApp Manager, at the number; there is no API for it."),
        paths=ANOTHER_WABA,
    ),
    Question(
        key="on_behalf_of",
        topic="path",
        title=_("Does the WABA belong to the other partner, on behalf of the customer?"),
        paths=PARTNER_SWITCH,
    ),
    Question(
        key="same_currency",
        topic="path",
        title=_("Is our credit line in the currency of the WABA?"),
        paths=PARTNER_SWITCH,
    ),
    Question(
        key="app_is_current",
        topic="path",
        title=_("Is the WhatsApp Business app version 2.24.17 or newer?"),
        paths=COEXISTENCE,
    ),
)
QUESTIONS: dict[str, Question] = {question.key: question for question in _ASKED}


def questions_of(path: str) -> list[Question]:
    """The questions that this path asks, in order."""
    return [question for question in _ASKED if question.is_asked(path)]


def clean(key: str, value: object, *, path: str) -> Answer | None:
    """The answer as it is stored, None to take it back; refuses what does not fit the question."""
    question = QUESTIONS.get(key)
    if question is None or not question.is_asked(path):
        raise UnknownQuestion
    if value is None:
        return None
    if question.kind is Kind.YES_NO and isinstance(value, bool):
        return value
    if question.kind is Kind.NUMBER and type(value) is int and 0 <= value <= question.most:
        return value
    known = [name for name, _label in question.choices]
    if question.kind is Kind.CHOICE and isinstance(value, str) and value in known:
        return value
    if question.kind is Kind.CHOICES and isinstance(value, list) and all(name in known for name in value):
        return [name for name in known if name in value]
    raise BadAnswer(question)


def parse(key: str, text: str, *, path: str) -> Answer | None:
    """The answer that was written as text, as a form or a CSV has it; empty is no answer."""
    question, text = QUESTIONS.get(key), text.strip()
    if question is None or not text:
        return clean(key, None, path=path)
    value: object = text
    if question.kind is Kind.NUMBER and re.fullmatch(r"[0-9]{1,12}", text, re.ASCII):
        value = int(text)
    elif question.kind is Kind.YES_NO:
        value = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}.get(text.lower(), text)
    elif question.kind in {Kind.CHOICE, Kind.CHOICES}:
        exact = {name.lower(): name for name, _label in question.choices}
        words = [exact.get(word.lower(), word) for word in re.split(r"[\s,;|]+", text) if word]
        if question.kind is Kind.CHOICES:
            # "none" says that nothing of it is used or needed, which is an answer.
            value = [] if [word.lower() for word in words] == ["none"] else words
        elif len(words) == 1:
            value = words[0]
    return clean(key, value, path=path)
