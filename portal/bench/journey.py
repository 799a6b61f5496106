"""The main job: how long a customer waits from the code of Meta's window to a registered number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from portal.bench.figures import BenchError, Figure, median
from portal.bench.place import Place
from portal.programs import RESIDENT
from portal.story import Story

MANY = 20


def measure(place: Place) -> Iterator[Figure]:
    """One customer alone, then many at once, through the public doors; a story looks twice a second."""
    with place.running(*RESIDENT):
        place.stack.wait_for("web", f"{place.stack.portal_url}/healthz")
        [alone] = _waits(Story(place.stack, 1))
        many = _waits(Story(place.stack, place.some(MANY), first=1))
    yield Figure(bench="journey", name="code to REGISTERED, alone", value=alone, unit="s")
    for name, value in (("median", median(many)), ("slowest", max(many))):
        yield Figure(
            bench="journey",
            name=f"code to REGISTERED, {name} of {len(many)} at once",
            value=value,
            unit="s",
            baseline=alone,
            against="alone",
        )


def _waits(story: Story) -> list[float]:
    report = asyncio.run(story.tell())
    if not report.is_good:
        raise BenchError("not every customer became LIVE with one register call")
    return [one.times["register"] - one.times["signed up"] for one in report.customers]
