"""The considerations of an assessment, one function each: what was answered against what Meta allows. Pure.

A function returns None when the answers do not suffice; it looks for what is surely wrong first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from onboarding.models import Path
from onboarding.plans.assessing.compliance import certificates, region, retention
from onboarding.plans.assessing.features import FEATURES
from onboarding.plans.assessing.path_rules import coexistence, on_premises, partner_switch, same_business
from onboarding.plans.assessing.questions import QUESTIONS
from onboarding.plans.assessing.verdicts import Answers, Assessment, Facts, Finding, Mark, Verdict, recommend
from onboarding.reasons import Text

# From this part of a limit on, a busier day than usual passes it.
AT_RISK_FROM = 0.8
# The part of a day's messages in its busiest hour: the assumption where the peak is not known.
BUSIEST_HOUR = 0.25
Judge = Callable[[Facts, Answers], Finding | None]


@dataclass(frozen=True)
class Consideration:
    """One row of the assessment: its name, the questions it reads, its judge, and the path it is for."""

    key: str
    title: Text
    questions: tuple[str, ...]
    judge: Judge
    path: str = ""


def assess(answers: Answers, facts: Facts) -> Assessment:
    """All verdicts, and the recommendation; it is empty until something is answered."""
    verdicts = tuple(_verdict(one, facts, answers) for one in CONSIDERATIONS if one.path in {"", facts.path})
    return Assessment(verdicts=verdicts, recommendation=recommend(verdicts) if answers else "")


def _verdict(one: Consideration, facts: Facts, answers: Answers) -> Verdict:
    asked = tuple(key for key in one.questions if QUESTIONS[key].is_asked(facts.path))
    finding = one.judge(facts, answers)
    if finding is None:
        missing = "; ".join(str(QUESTIONS[key].title) for key in asked if answers.get(key) is None)
        finding = Finding(
            mark=Mark.UNKNOWN,
            why=gettext("There is no answer yet."),
            condition=gettext("Ask: %(questions)s") % {"questions": missing},
        )
    return Verdict(
        key=one.key,
        title=one.title,
        verdict=finding.mark,
        why=finding.why,
        condition=finding.condition,
        is_final=finding.is_final,
        questions=asked,
    )


def throughput_of(facts: Facts, answers: Answers) -> int:
    """Messages a second that each number of the plan may carry after the move."""
    limits = facts.limits
    if facts.is_coexistence:
        return limits.throughput_coexistence
    chosen = {
        "DEFAULT": limits.throughput_default,
        "GUIDE": limits.throughput_guide,
        "HIGH": limits.throughput_high,
    }.get(answers.get("throughput_limit") or "")
    if chosen is not None:
        return chosen
    is_multiconnect = (answers.get("onprem_shards") or 0) >= 2
    return (
        limits.throughput_high if facts.has_high_throughput or is_multiconnect else limits.throughput_default
    )


def peak(facts: Facts, answers: Answers) -> Finding | None:
    """The busiest second against the throughput of a number."""
    rate = answers.get("peak_mps")
    if rate is None:
        return None
    words = {"rate": _grouped(rate), "limit": _grouped(throughput_of(facts, answers))}
    why = gettext("%(rate)s messages a second at the peak; the limit of a number is %(limit)s.") % words
    return _against_throughput(facts, answers, rate, why)


def daily_volume(facts: Facts, answers: Answers) -> Finding | None:
    """The busiest hour of a day, if a quarter of the messages falls into it, against the throughput."""
    known = [value for value in (answers.get("daily_volume"), facts.busiest_line) if value is not None]
    if not known:
        return None
    volume = max(known)
    rate = ceil(volume * BUSIEST_HOUR / 3600)
    words = {
        "volume": _grouped(volume),
        "rate": _grouped(rate),
        "limit": _grouped(throughput_of(facts, answers)),
    }
    why = (
        gettext(
            "%(volume)s messages a day are %(rate)s a second if a quarter of them falls into one hour;"
            " the limit of a number is %(limit)s."
        )
        % words
    )
    return _against_throughput(facts, answers, rate, why)


def _against_throughput(facts: Facts, answers: Answers, rate: int, why: str) -> Finding:
    limit, limits = throughput_of(facts, answers), facts.limits
    if rate <= AT_RISK_FROM * limit:
        return Finding(mark=Mark.FITS, why=why)
    if rate <= limit:
        condition = gettext("Agree to spread the peak: little is left before messages are refused.")
        return Finding(mark=Mark.AT_RISK, why=why, condition=condition)
    most = limits.throughput_coexistence if facts.is_coexistence else max(limit, limits.throughput_high)
    if rate > most:
        condition = gettext("Spread the messages over more numbers: Meta allows no more than %(most)s each.")
        return Finding(
            mark=Mark.EXCEEDS, why=why, condition=condition % {"most": _grouped(most)}, is_final=True
        )
    condition = gettext("Wait until Meta has raised the numbers to %(most)s a second, or spread the peak.")
    return Finding(mark=Mark.EXCEEDS, why=why, condition=condition % {"most": _grouped(most)})


def media(facts: Facts, answers: Answers) -> Finding | None:
    """Size and reuse of media; every kind of message counts the same for the throughput."""
    share, size = answers.get("media_share"), answers.get("largest_media_mb")
    if share == 0:
        return Finding(mark=Mark.FITS, why=gettext("No media are sent."))
    words = {
        "share": share,
        "size": size,
        "video": facts.limits.video_mb,
        "document": facts.limits.document_mb,
    }
    if size is not None and size > facts.limits.document_mb:
        why = gettext("Files reach %(size)s MB; Meta takes documents up to %(document)s MB.") % words
        condition = gettext("Send a link to what is too large.")
        return Finding(mark=Mark.EXCEEDS, why=why, condition=condition)
    if size is not None and size > facts.limits.video_mb:
        why = gettext("Files reach %(size)s MB; Meta takes video and audio up to %(video)s MB.") % words
        condition = gettext("Make sure that only documents are so large.")
        return Finding(mark=Mark.AT_RISK, why=why, condition=condition)
    is_on_premises = facts.path == Path.ONPREM_TO_CLOUD
    if is_on_premises and answers.get("reuses_media_ids"):
        why = gettext("Media ids of the On-Premises API mean nothing to the Cloud API.")
        condition = gettext("Upload the media again before the move and store their new ids.")
        return Finding(mark=Mark.AT_RISK, why=why, condition=condition)
    if share is None or size is None or (is_on_premises and answers.get("reuses_media_ids") is None):
        return None
    return Finding(mark=Mark.FITS, why=gettext("%(share)s%% of messages, files up to %(size)s MB.") % words)


def features(facts: Facts, answers: Answers) -> Finding | None:
    """What is used today against the table of features."""
    used = answers.get("features_used")
    if used is None:
        return None
    here = facts.is_coexistence
    short = [FEATURES[key] for key in used if FEATURES[key].support(is_coexistence=here) != "yes"]
    if not short:
        return Finding(mark=Mark.FITS, why=gettext("All that is used works after the move."))
    names = ", ".join(str(feature.title) for feature in short)
    why = gettext("Not or not wholly available after the move: %(names)s.") % {"names": names}
    lost = [feature for feature in short if not feature.instead(is_coexistence=here)]
    if lost:
        names = ", ".join(str(feature.title) for feature in lost)
        condition = gettext("Nothing replaces: %(names)s.") % {"names": names}
        return Finding(mark=Mark.EXCEEDS, why=why, condition=condition, is_final=True)
    advice = " ".join(str(feature.instead(is_coexistence=here)) for feature in short)
    return Finding(mark=Mark.AT_RISK, why=why, condition=advice)


def portfolio_numbers(facts: Facts, answers: Answers) -> Finding | None:
    """How many numbers the customer's portfolio may register."""
    others = max(answers.get("other_numbers") or 0, facts.numbers_elsewhere)
    total, limits, is_verified = facts.numbers + others, facts.limits, answers.get("business_verified")
    words = {"total": total, "new": limits.numbers_new, "raised": limits.numbers_raised}
    why = ngettext(
        "%(total)s number; a portfolio may have %(new)s, and %(raised)s once it is verified.",
        "%(total)s numbers; a portfolio may have %(new)s, and %(raised)s once it is verified.",
        total,
    )
    why %= words
    verify = gettext("Have Meta verify the business first.")
    more = gettext("Ask Meta for more numbers first.")
    if total <= limits.numbers_new or (is_verified and total <= limits.numbers_raised):
        return Finding(mark=Mark.FITS, why=why)
    if is_verified is None:
        return None
    if is_verified:
        return Finding(mark=Mark.AT_RISK, why=why, condition=more)
    if total <= limits.numbers_raised:
        return Finding(mark=Mark.AT_RISK, why=why, condition=verify)
    return Finding(mark=Mark.EXCEEDS, why=why, condition=f"{verify} {more}")


def messaging_limit(facts: Facts, answers: Answers) -> Finding | None:
    """People written to first in a day against the limit of the portfolio; Meta's word comes first."""
    people, tier = answers.get("daily_recipients"), facts.portfolio_limit or answers.get("messaging_limit")
    if people is None:
        return None
    if not tier and facts.path == Path.NEW_CUSTOMER:
        tier = "TIER_250"
    if tier is None or tier not in facts.limits.tiers:
        return None
    limit = facts.limits.tiers[tier]
    if limit is None:
        return Finding(mark=Mark.FITS, why=gettext("The portfolio has no messaging limit."))
    words = {"people": _grouped(people), "limit": _grouped(limit)}
    why = gettext("%(people)s people a day; the portfolio may write first to %(limit)s.") % words
    if people <= AT_RISK_FROM * limit:
        return Finding(mark=Mark.FITS, why=why)
    condition = gettext("Write to fewer people at first: Meta raises the limit as good messages are sent.")
    return Finding(mark=Mark.AT_RISK if people <= limit else Mark.EXCEEDS, why=why, condition=condition)


def _grouped(number: int) -> str:
    return str(number_format(number, force_grouping=True))


CONSIDERATIONS = (
    Consideration(
        "peak", _("Throughput at the peak"), ("peak_mps", "throughput_limit", "onprem_shards"), peak
    ),
    Consideration("daily_volume", _("Messages a day"), ("daily_volume", "throughput_limit"), daily_volume),
    Consideration("media", _("Media"), ("media_share", "largest_media_mb", "reuses_media_ids"), media),
    Consideration(
        "messaging_limit", _("Messaging limit"), ("daily_recipients", "messaging_limit"), messaging_limit
    ),
    Consideration(
        "portfolio_numbers",
        _("Numbers of the portfolio"),
        ("other_numbers", "business_verified"),
        portfolio_numbers,
    ),
    Consideration(
        "certificates", _("GDPR and certifications"), ("requires_gdpr", "certifications"), certificates
    ),
    Consideration("region", _("Data region"), ("data_region",), region),
    Consideration("retention", _("Retention"), ("retention_days",), retention),
    Consideration("features", _("Features in use"), ("features_used",), features),
    Consideration(
        "on_premises",
        _("On-Premises client"),
        ("onprem_running", "pin_known"),
        on_premises,
        Path.ONPREM_TO_CLOUD,
    ),
    Consideration(
        "same_business",
        _("Both accounts"),
        ("same_business", "two_step_off"),
        same_business,
        Path.NUMBER_WABA_TO_WABA,
    ),
    Consideration(
        "partner_switch",
        _("Change of partner"),
        ("on_behalf_of", "same_currency"),
        partner_switch,
        Path.WABA_PARTNER_SWITCH,
    ),
    Consideration(
        "coexistence", _("WhatsApp Business app"), ("app_is_current",), coexistence, Path.COEXISTENCE
    ),
)
