"""How long before its date a plan begins to be prepared."""

from __future__ import annotations

from datetime import timedelta

# The numbers' onboardings are opened then, so that preflight has days to become fine.
PREPARE_BEFORE = timedelta(days=3)
