"""Processing what was stored: a batch in one transaction against one transaction for each change."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator

from messaging.models import Message, MessageStatus
from portal.bench.figures import BenchError, Figure
from portal.bench.mail import Mail, mail, tenant
from portal.bench.place import Place
from portal.kernel import clock, tasks, work
from webhooks.models import Change, ChangeState, Payload
from webhooks.tasks import AT_ONCE

MANY, FEW = 10_000, 500


def measure(place: Place) -> Iterator[Figure]:
    """Half are consumers' messages and half statuses of ours; one process, as each of a worker's is."""
    letters = mail()
    singly = _rate(place, letters, changes=place.some(FEW), size=1)
    many = place.some(MANY)
    batched = _rate(place, letters, changes=many, size=AT_ONCE)
    place.execute("TRUNCATE webhooks_payload CASCADE")
    yield Figure(
        bench="inbound",
        name=f"changes in effect, {AT_ONCE} payloads at once",
        value=batched,
        unit="/s",
        baseline=singly,
        against="one at a time",
    )
    yield Figure(
        bench="inbound",
        name=f"{MANY} changes drained by one process",
        value=MANY / batched,
        unit="s",
        promise="within 60 s",
    )


def _rate(place: Place, letters: Mail, *, changes: int, size: int) -> float:
    half = max(changes // 2, 1)
    with tenant():
        ours = letters.outbound(half)
        _store(letters, [letters.text() for _ in range(half)])
        _store(letters, [letters.delivered(message) for message in ours])
    begun = time.perf_counter()
    while leases := work.claim(Payload, now=clock.now(), limit=size):
        tasks.HANDLERS[Payload](leases)
    seconds = time.perf_counter() - begun
    with tenant():
        ids = [message.pk for message in ours]
        told = Message.objects.filter(pk__in=ids, status=MessageStatus.DELIVERED).count()
        if told != half or Change.objects.exclude(state=ChangeState.DONE).exists():
            raise BenchError("not every change took effect")
    return 2 * half / seconds


def _store(letters: Mail, bodies: Iterable[bytes]) -> None:
    """Store payloads as the intake does."""
    now = clock.now()
    rows = [
        Payload(
            partner_id=letters.app.partner_id,
            app_id=letters.app.app_id,
            body=body,
            digest=hashlib.sha256(body).hexdigest(),
            received_at=now,
            due_at=now,
        )
        for body in bodies
    ]
    Payload.objects.bulk_create(rows, batch_size=1000)
