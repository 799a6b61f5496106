"""The webhook intake: how near it comes to an empty application, and how fast Meta gets its 200."""

from __future__ import annotations

import time
from collections.abc import Iterator

from portal.bench import load
from portal.bench.figures import BenchError, Figure, median
from portal.bench.mail import Mail, mail, tenant
from portal.bench.place import Place, like
from webhooks.models import Change, ChangeState, Payload

ROUNDS, AT_ONCE, WARM_UP = 3, 4000, 200
OFFERED_PER_SECOND, OFFERED = 1000, 10_000
DRAINED_WITHIN = 120.0
LOOK_EVERY = 0.1


def measure(place: Place) -> Iterator[Figure]:
    """Against an empty ASGI application on the same granian; then paced, with the worker at work."""
    letters = mail()
    with (
        place.running("intake"),
        place.beside(*like("intake", "portal.bench.baseline:application", place.stack)) as empty,
    ):
        rates = _rates(place, letters, empty)
    yield Figure(
        bench="intake",
        name="signed POSTs stored and answered",
        value=rates["intake"],
        unit="/s",
        baseline=rates["empty"],
        against="an empty application",
        promise="at least 0.45",
    )
    _forget(place)
    yield from _paced(place, letters)
    _forget(place)


def _rates(place: Place, letters: Mail, empty: int) -> dict[str, float]:
    """Requests per second of both, in turns, so that what else the machine does meets both."""
    ports = {"intake": place.stack.ports.intake, "empty": empty}
    found: dict[str, list[float]] = {name: [] for name in ports}
    for port in ports.values():
        load.send(port, letters.posts(place.some(WARM_UP)))
    for _round in range(ROUNDS):
        for name, port in ports.items():
            found[name].append(load.send(port, letters.posts(place.some(AT_ONCE))).per_second)
    return {name: median(rates) for name, rates in found.items()}


def _paced(place: Place, letters: Mail) -> Iterator[Figure]:
    wanted = place.some(OFFERED)
    posts = letters.posts(wanted)
    with place.running("intake", "worker"):
        load.send(place.stack.ports.intake, letters.posts(place.some(WARM_UP)))
        _wait_until_done(place)
        begun = time.perf_counter()
        result = load.send(place.stack.ports.intake, posts, per_second=OFFERED_PER_SECOND)
        _wait_until_done(place)
        drained = time.perf_counter() - begun
    with tenant():
        done = Change.objects.filter(state=ChangeState.DONE).count()
    if done != wanted + place.some(WARM_UP):
        raise BenchError(f"{done} changes took effect and not {wanted + place.some(WARM_UP)}")
    offered = f"{OFFERED_PER_SECOND} changes/s offered"
    for share, most in ((0.5, 50), (0.99, 250)):
        yield Figure(
            bench="intake",
            name=f"{offered}, p{share * 100:.0f}",
            value=result.p(share),
            unit="ms",
            promise=f"under {most} ms",
        )
    yield Figure(
        bench="intake",
        name=f"first of {wanted} offered to last in effect",
        value=drained,
        unit="s",
        baseline=wanted / OFFERED_PER_SECOND,
        against="offering them",
        promise="10,000 within 60 s",
    )


def _wait_until_done(place: Place) -> None:
    deadline = time.monotonic() + DRAINED_WITHIN
    while True:
        with tenant():
            if not Payload.objects.filter(processed_at=None).exists():
                return
        if time.monotonic() > deadline:
            raise BenchError(f"not drained within {DRAINED_WITHIN:.0f} s")
        time.sleep(LOOK_EVERY)


def _forget(place: Place) -> None:
    place.execute("TRUNCATE webhooks_payload CASCADE")
