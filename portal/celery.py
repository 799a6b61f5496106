"""The Celery app: wake-ups only. No result backend, no retry, eta or countdown: rows are the work."""

from __future__ import annotations

import os
from typing import Any

import django
from celery import Celery, bootsteps
from celery.signals import worker_init
from django.apps import apps
from django.conf import settings
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# Celery's command line arrives here first, everybody else by way of AppConfig.ready().
if not apps.apps_ready:
    django.setup()

from portal.kernel import checks, tasks


def broker_url(redis_url: str) -> str:
    """REDIS_URL as Celery spells it: a socket is `redis+socket:///path?virtual_host=0`."""
    if redis_url.startswith("unix://"):
        return "redis+socket://" + redis_url.removeprefix("unix://").split("?")[0] + "?virtual_host=0"
    return redis_url


SHORTEST_INTERVAL = 1.0


def scaled(seconds: float) -> float:
    """An interval divided by TIME_SCALE, yet never so short that the machine does nothing else."""
    scale: float = settings.TIME_SCALE
    return max(seconds / scale, min(seconds, SHORTEST_INTERVAL))


app = Celery("portal")
app.conf.update(
    broker_url=broker_url(settings.REDIS_URL),
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 300,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
    },
    task_ignore_result=True,
    task_acks_late=False,
    task_default_queue="graph",
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    beat_schedule={
        "sweep": {
            "task": tasks.SWEEP_TASK,
            "schedule": scaled(tasks.SWEEP_EVERY.total_seconds()),
            "options": {"queue": tasks.SWEEP_QUEUE, "expires": 60},
        }
    },
)
app.autodiscover_tasks(["portal.kernel", "webhooks", "messaging", "onboarding"])


class Heartbeat(bootsteps.StartStopStep):
    """Proof from the consuming loop that the worker is alive, and a sweep when beat has been silent."""

    requires = ("celery.worker.components:Timer",)
    EVERY = 10.0

    def start(self, parent: Any) -> None:
        self.entry = parent.timer.call_repeatedly(scaled(self.EVERY), self.turn, (parent.hostname,))

    def stop(self, parent: Any) -> None:
        self.entry.cancel()

    def turn(self, name: str) -> None:
        try:
            tasks.beat(name)
            silent = tasks.silent_for(tasks.SWEEP_TASK)
            if silent is None or silent > tasks.SWEEP_MISSED / settings.TIME_SCALE:
                tasks.sweep()
        finally:
            # The children are forked from this process: they must not inherit an open connection.
            connection.close()


app.steps["worker"].add(Heartbeat)


@worker_init.connect
def start_or_refuse(**sender: object) -> None:
    """Before anything is consumed or forked."""
    checks.refuse_to_start()
