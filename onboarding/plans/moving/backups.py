"""Backups of On-Premises registrations: sealed, for one line, and wiped when they are spent or too old."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onboarding.models import BackupSource, OnPremisesClient, Path, PlanBackup, PlanLine
from onboarding.plans.moving.checks import wake_waiting
from onboarding.plans.moving.clients import NotOnPremises
from onboarding.plans.refusals import LineClosed
from onboarding.services import Refused
from onboarding.states import OPEN_LINES
from portal.graph.secret import Secret
from portal.kernel import audit, clock, work
from portal.kernel.scope import scope
from portal.kernel.secrets import CannotOpen, open_sealed, seal
from portal.kernel.work import Lease

LIFE = timedelta(days=7)
# How long a used backup is the way back, where there is one.
KEPT_AFTER_MOVE = timedelta(days=1)
MOST_BYTES = 1024 * 1024


class BadBackup(Refused):
    code = "bad_backup"
    message = _("A backup is the text that the client gave, with the password it was encrypted with.")


def usable(line: PlanLine, *, now: datetime) -> PlanBackup | None:
    """The newest backup with which the line can be registered. Inside the scope."""
    return _whole(line, now=now).filter(used_at=None).first()


def way_back(line: PlanLine, *, now: datetime) -> PlanBackup | None:
    """The newest backup from which the client can be restored. Inside the scope."""
    return _whole(line, now=now).first()


def _whole(line: PlanLine, *, now: datetime) -> QuerySet[PlanBackup]:
    rows = PlanBackup.objects.filter(line=line, wiped_at=None, refused_at=None, expires_at__gt=now)
    return rows.order_by("-taken_at", "-id")


def opened(backup: PlanBackup) -> Mapping[str, Secret] | None:
    """Data and password, as Meta and the client take them; None if they do not open."""
    try:
        return {name: open_sealed(row=backup, column=name) for name in ("data", "password")}
    except CannotOpen:
        return None


def keep(
    *, line: PlanLine, source: BackupSource, data: Secret, password: Secret, now: datetime, by: str
) -> PlanBackup:
    """Seal a backup and have it wiped when its time is over. Inside the scope."""
    backup = PlanBackup(
        partner_id=line.partner_id,
        line=line,
        source=source,
        sha256=hashlib.sha256(data.reveal_bytes()).hexdigest(),
        taken_at=now,
        taken_by=by,
        expires_at=now + LIFE,
    )
    backup.data = seal(row=backup, column="data", value=data.reveal())
    backup.password = seal(row=backup, column="password", value=password.reveal())
    backup.save(force_insert=True)
    work.schedule(backup, due_at=backup.expires_at, now=now)
    audit.record(row=line, action="line.backup_kept", now=now, by=by, source=source, sha256=backup.sha256)
    return backup


def upload_backup(*, line: PlanLine, data: Secret, password: Secret, now: datetime, by: str) -> PlanBackup:
    """Keep a backup that the customer's people took themselves, and go on with it."""
    if line.plan.path != Path.ONPREM_TO_CLOUD:
        raise NotOnPremises
    if line.state not in OPEN_LINES:
        raise LineClosed
    text = data.reveal_bytes()
    if not password or not 0 < len(text) <= MOST_BYTES or not (text.isascii() and text.strip() == text):
        raise BadBackup
    backup = keep(line=line, source=BackupSource.UPLOAD, data=data, password=password, now=now, by=by)
    wake_waiting(line, now=now)
    return backup


def refuse(line: PlanLine, *, now: datetime) -> None:
    """Meta did not take the newest backup: it is of no use any more. Inside the scope."""
    backup = usable(line, now=now)
    if backup is not None:
        PlanBackup.objects.filter(pk=backup.pk).update(refused_at=now)
        work.schedule(backup, due_at=now, now=now)


def use(line: PlanLine, *, now: datetime) -> None:
    """The number was registered with it; it is kept until the move is proven. Inside the scope."""
    backup = usable(line, now=now)
    if backup is not None:
        PlanBackup.objects.filter(pk=backup.pk).update(used_at=now)


def spend(line: PlanLine, *, now: datetime) -> None:
    """The line has ended: what is left of its backups goes, or stays a day as the way back."""
    stays = KEPT_AFTER_MOVE if settings.ON_PREMISES_AVAILABLE else timedelta()
    for backup in PlanBackup.objects.filter(line=line, wiped_at=None):
        due_at = now + stays if backup.used_at is not None else now
        if due_at < backup.expires_at:
            PlanBackup.objects.filter(pk=backup.pk).update(expires_at=due_at)
            work.schedule(backup, due_at=due_at, now=now)
    _forget_client(line, now=now)


def _forget_client(line: PlanLine, *, now: datetime) -> None:
    """Nobody signs in to the client of a line that has ended, once there is nothing to restore in it."""
    kept = PlanBackup.objects.filter(line=line, wiped_at=None, expires_at__gt=now)
    known = OnPremisesClient.objects.filter(line=line, password__isnull=False)
    if not kept.exists() and known.update(password=None):
        audit.record(row=line, action="line.client_forgotten", now=now, by="portal")


def wipe_backup(lease: Lease) -> None:
    """Forget a backup that expired, was refused or is spent; only its digest and its history stay."""
    with scope(lease.partner_id):
        work.still_mine(lease)
        now = clock.now()
        backup = PlanBackup.objects.select_related("line").get(pk=lease.id)
        if backup.wiped_at is not None:
            work.finish(lease, now=now)
            return
        if backup.refused_at is None and backup.expires_at > now:
            work.finish(lease, now=now, due_at=backup.expires_at)
            return
        PlanBackup.objects.filter(pk=backup.pk).update(data=None, password=None, wiped_at=now)
        audit.record(row=backup.line, action="line.backup_wiped", now=now, by="portal", sha256=backup.sha256)
        if backup.line.state not in OPEN_LINES:
            _forget_client(backup.line, now=now)
        work.finish(lease, now=now)
