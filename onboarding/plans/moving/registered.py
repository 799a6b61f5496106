"""Importing this registers the checks of every path, in the order in which they run."""

from __future__ import annotations

from onboarding.plans.paths import by_signup, common, number_move, on_premises, proofs

__all__ = ["by_signup", "common", "number_move", "on_premises", "proofs"]
