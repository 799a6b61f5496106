"""The registration data of the On-Premises client, without which the move would need a new verification.

https://developers.facebook.com/docs/whatsapp/on-premises/reference/settings/backup-and-restore
"""

from __future__ import annotations

import secrets
from datetime import datetime

from onboarding.models import BackupSource
from onboarding.plans.moving import backups, clients
from onboarding.steps.base import BY, Identity, JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import phone_number
from portal.graph.secret import Secret
from tenants.models import PhoneNumber

PASSWORD_BYTES = 24


class BackupStep(JourneyStep):
    """DONE when a backup is kept that can be used. Taking one changes nothing, so it may be taken again."""

    key = StepKey.BACKUP
    taken: tuple[Secret, Secret] | None = None

    def gate(self) -> None:
        number, line = self.onboarding.phone_number, self.ctx.line
        if number is None or line is None:
            raise Waits("add_number", repeat=[StepKey.PHONE_NUMBER_ID])
        self.phone_number_id, self.line = number.phone_number_id, line

    def prepare(self) -> None:
        self.is_kept = backups.usable(self.line, now=self.ctx.now) is not None
        self.client = clients.open_client(self.line, lease=self.ctx.lease)
        self.graph = self.ctx.account_graph()

    def look(self) -> bool:
        if self.is_kept or self.taken is not None:
            return True
        node = phone_number.get(self.graph, phone_number_id=self.phone_number_id)
        return node.platform_type == PhoneNumber.Platform.CLOUD_API  # then there is nothing to register

    def act(self) -> bool:
        if self.client is None:
            raise Waits("backup_missing")
        self.speaks_as = Identity.CLIENT
        password = Secret(secrets.token_urlsafe(PASSWORD_BYTES))
        self.taken = self.client.backup(password=password), password
        return False

    def record(self, now: datetime) -> None:
        if self.taken is not None:
            data, password = self.taken
            backups.keep(
                line=self.line, source=BackupSource.CLIENT, data=data, password=password, now=now, by=BY
            )
