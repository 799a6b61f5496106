"""What a bench found: a value, what it is compared with, and the promise it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

HEADER = f"{'bench':<10} {'figure':<48} {'value':>14} {'ratio':>7}  against; promise"


class BenchError(RuntimeError):
    """What was measured did not do its work, so that its speed says nothing."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the report. A clock's figure alone says more about the machine than about the product."""

    bench: str
    name: str
    value: float
    unit: str
    baseline: float | None = None
    against: str = ""
    promise: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the baseline the value is."""
        return self.value / self.baseline if self.baseline else None

    def document(self) -> dict[str, Any]:
        """The figure with its ratio, for machines."""
        return asdict(self) | {"ratio": self.ratio}


def median(values: Iterable[float]) -> float:
    """The middle value; of an even number the upper one."""
    return percentile(sorted(values), 0.5)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of the ordered values does not exceed."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def line(one: Figure) -> str:
    """The figure for people, under HEADER."""
    ratio = f"{one.ratio:.2f}" if one.ratio is not None else ""
    notes = "; ".join(filter(None, (_against(one), one.promise)))
    value = f"{_short(one.value)} {one.unit}"
    return f"{one.bench:<10} {one.name:<48} {value:>14} {ratio:>7}  {notes}"


def _against(one: Figure) -> str:
    return f"{one.against} ({_short(one.baseline)})" if one.baseline is not None else ""


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
