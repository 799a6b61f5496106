"""What the answers of an assessment mean: a verdict for each consideration, and one recommendation. Pure.

A worse answer never gives a better verdict; tests hold every rule to that. The rule of the recommendation:

- DO_NOT_MOVE when something exceeds what can be had and nothing changes it (`is_final`);
- MOVE_NOW when everything fits;
- MOVE_LATER otherwise, under the conditions of what is at risk, exceeds or is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models import Path, Recommendation
from onboarding.reasons import Text

Answers = Mapping[str, Any]


class Mark(models.TextChoices):
    """How well a customer's need fits, best first."""

    FITS = "FITS", _("fits")
    AT_RISK = "AT_RISK", _("at risk")
    EXCEEDS = "EXCEEDS", _("exceeds")
    UNKNOWN = "UNKNOWN", _("unknown")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Meta's limits that an assessment compares with, from the table of limits."""

    throughput_default: int
    throughput_guide: int
    throughput_high: int
    throughput_coexistence: int
    numbers_new: int
    numbers_raised: int
    video_mb: int
    document_mb: int
    retention_days: int
    regions: frozenset[str]
    # A portfolio's people a day by the name of its tier; None: without limit.
    tiers: Mapping[str, int | None]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the portal knows without asking."""

    path: str
    limits: Limits
    numbers: int = 1
    numbers_elsewhere: int = 0
    busiest_line: int | None = None
    has_high_throughput: bool = False
    portfolio_limit: str = ""
    partner_region: str = ""

    @property
    def is_coexistence(self) -> bool:
        return self.path == Path.COEXISTENCE


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One consideration: how it stands, why, and what to do before the move."""

    key: str
    title: Text
    verdict: Mark
    why: str
    condition: str = ""
    # Exceeds, and nothing that anybody does before the move changes it.
    is_final: bool = False
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """All verdicts and what follows from them."""

    verdicts: tuple[Verdict, ...]
    recommendation: str

    @property
    def conditions(self) -> list[str]:
        """What to do or to ask before the move, without repetition."""
        return list(dict.fromkeys(one.condition for one in self.verdicts if one.condition))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a consideration finds: a verdict that does not know its own name yet."""

    mark: Mark
    why: str
    condition: str = ""
    is_final: bool = False


def recommend(verdicts: Sequence[Verdict]) -> Recommendation:
    """Apply the rule that stands at the top of this module."""
    if any(one.is_final for one in verdicts):
        return Recommendation.DO_NOT_MOVE
    if all(one.verdict == Mark.FITS for one in verdicts):
        return Recommendation.MOVE_NOW
    return Recommendation.MOVE_LATER
