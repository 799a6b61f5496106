"""The considerations of compliance: certifications, where messages are stored, for how long. Pure."""

from __future__ import annotations

from django.utils.translation import gettext

from onboarding.plans.assessing.verdicts import Answers, Facts, Finding, Mark

# The region of local storage that lies in the European Union.
IN_THE_UNION = "DE"


def certificates(facts: Facts, answers: Answers) -> Finding | None:
    """GDPR, SOC 2 and ISO 27001 are Meta's; another certification has to be shown by it."""
    required = answers.get("certifications")
    why = gettext("The Cloud API supports the GDPR and is certified for SOC 2 Type II and ISO 27001.")
    if required is not None and "OTHER" in required:
        condition = gettext("Ask Meta for its statement about the other certification that is required.")
        return Finding(mark=Mark.AT_RISK, why=why, condition=condition)
    if required is None or answers.get("requires_gdpr") is None:
        return None
    return Finding(mark=Mark.FITS, why=why)


def region(facts: Facts, answers: Answers) -> Finding | None:
    """Where messages have to be stored against Meta's regions and the one this partner registers with."""
    wanted = answers.get("data_region")
    if wanted is None:
        return None
    if wanted == "NONE":
        return Finding(mark=Mark.FITS, why=gettext("It does not matter where messages are stored."))
    code = IN_THE_UNION if wanted == "EU" else wanted
    words = {"code": code, "known": " ".join(sorted(facts.limits.regions))}
    if code not in facts.limits.regions:
        why = gettext("Meta stores messages in these countries only: %(known)s.") % words
        condition = gettext("Ask whether one of Meta's countries would do, and correct the answer.")
        return Finding(mark=Mark.EXCEEDS, why=why, condition=condition, is_final=True)
    why = gettext("Meta can store messages in this region: %(code)s.") % words
    if facts.is_coexistence:
        condition = gettext(
            "Settle the storage with Meta first: the region is chosen when a number is registered,"
            " and a number of the WhatsApp Business app is registered already."
        )
        return Finding(mark=Mark.AT_RISK, why=why, condition=condition)
    if facts.partner_region != code:
        condition = (
            gettext("Set %(code)s as data localization region: numbers are registered with it.") % words
        )
        return Finding(mark=Mark.AT_RISK, why=why, condition=condition)
    return Finding(mark=Mark.FITS, why=why)


def retention(facts: Facts, answers: Answers) -> Finding | None:
    """How long messages may rest at Meta against how long they do."""
    days = answers.get("retention_days")
    if days is None:
        return None
    words = {"days": days, "limit": facts.limits.retention_days}
    why = gettext("Messages rest at Meta for up to %(limit)s days; %(days)s are allowed.") % words
    if days >= facts.limits.retention_days:
        return Finding(mark=Mark.FITS, why=why)
    condition = gettext("Turn on Meta's no-storage option for the numbers, and test it before the move.")
    return Finding(mark=Mark.AT_RISK, why=why, condition=condition)
