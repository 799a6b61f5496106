"""The checks of each path; importing this package registers them all."""

from __future__ import annotations

from onboarding.plans.paths import common, on_premises

__all__ = ["common", "on_premises"]
