"""The registration goes back into the On-Premises client.

https://developers.facebook.com/docs/whatsapp/on-premises/reference/settings/backup-and-restore
"""

from __future__ import annotations

from onboarding.plans.moving import backups, clients
from onboarding.steps.base import Identity, JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph.onprem import CONNECTED, OnPremises

OPERATION = "restore_client"


class RestoreStep(JourneyStep):
    """DONE when the client says that it is connected."""

    key = StepKey.RESTORE
    operations = (OPERATION,)

    def gate(self) -> None:
        line = self.ctx.line
        client = clients.open_client(line, lease=self.ctx.lease) if line is not None else None
        if line is None or client is None:
            raise Waits("client_unknown")
        kept = backups.way_back(line, now=self.ctx.now)
        opened = backups.opened(kept) if kept is not None else None
        if opened is None:
            raise Waits("backup_gone")
        self.client, self.backup = client, opened
        self.target = line.display_phone_number

    def look(self) -> bool:
        self.speaks_as = Identity.CLIENT
        return self.client.health() == CONNECTED

    def act(self) -> bool:
        self.ctx.perform(
            graph=self.client,
            operation=OPERATION,
            target=self.target,
            send=self._send,
            record=lambda _result, _now: None,
        )
        return False

    def _send(self, client: OnPremises) -> None:
        client.restore(data=self.backup["data"], password=self.backup["password"])
