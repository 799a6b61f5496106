"""Celery tasks of the mail room."""

from __future__ import annotations

from portal.kernel.tasks import batch_task
from webhooks import inbound
from webhooks.models import Payload

AT_ONCE = 200

process = batch_task(Payload, size=AT_ONCE)(inbound.process)
