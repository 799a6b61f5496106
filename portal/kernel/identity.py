"""Whether this is the database it was: after a restore or a failover, the newest work may be done already.

What can be looked at is looked at before it is done, always. What cannot (a message to a consumer) asks here.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from portal.kernel.models import DatabaseIdentity

ASK = "SELECT system_identifier::text, timeline_id FROM pg_control_system(), pg_control_checkpoint()"


def confirm(*, now: datetime) -> bool:
    """Compare the server's identity with the stored one, and store it; return whether it is another one."""
    with connection.cursor() as cursor:
        cursor.execute(ASK)
        system_identifier, timeline = cursor.fetchall()[0]
    values = {"system_identifier": system_identifier, "timeline": timeline}
    known, created = DatabaseIdentity.objects.get_or_create(pk=1, defaults=values)
    if created or (known.system_identifier, known.timeline) == (system_identifier, timeline):
        return False
    DatabaseIdentity.objects.filter(pk=1).update(**values, changed_at=now)
    return True


def may_be_done_already(created_at: datetime) -> bool:
    """Whether work of that age may have been done on the database that this one was copied from."""
    changed_at = DatabaseIdentity.objects.values_list("changed_at", flat=True).filter(pk=1).first()
    return changed_at is not None and created_at < changed_at
