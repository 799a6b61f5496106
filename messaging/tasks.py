"""Celery tasks of messages."""

from __future__ import annotations

from messaging import sending
from messaging.models import Message
from portal.kernel.tasks import work_task

send = work_task(Message)(sending.send)
