"""A plan with its numbers in one go, as a person opens it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from onboarding.models import MigrationPlan
from onboarding.plans import services


def open_plan(
    *, test_number: str = "", numbers: Sequence[str] = (), now: datetime, by: str, **plan: Any
) -> MigrationPlan:
    """Open a plan as `services.create_plan()` does, with these numbers; the test number moves first."""
    opened = services.create_plan(now=now, by=by, **plan)
    if test_number:
        services.add_line(plan=opened, display_phone_number=test_number, is_test_number=True, now=now, by=by)
    for number in numbers:
        services.add_line(plan=opened, display_phone_number=number, now=now, by=by)
    return opened
