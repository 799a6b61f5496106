"""Everything a journey can wait for: who must act, why, and what to do, in the words people read.

`title` and `explanation` are read by customers and staff alike; `action` speaks to the owner. A `held` reason
stays until a person releases it; the others are looked at again whenever the journey wakes up.
"""

from __future__ import annotations

from onboarding.reasons.base import Reason, Text
from onboarding.reasons.customer import CUSTOMER
from onboarding.reasons.moves import MOVES
from onboarding.reasons.others import OTHERS
from onboarding.reasons.plans import PLANS
from onboarding.reasons.staff import STAFF

__all__ = ["REASONS", "Reason", "Text"]

REASONS: dict[str, Reason] = {**CUSTOMER, **STAFF, **OTHERS, **PLANS, **MOVES}
