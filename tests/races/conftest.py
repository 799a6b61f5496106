from __future__ import annotations

from tests.onboarding.conftest import mailbox, meta, quiet_broker, stage

__all__ = ["mailbox", "meta", "quiet_broker", "stage"]
