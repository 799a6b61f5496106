"""`filtering` and `sort`, as the list edges of businesses and WABAs take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from portal.simulator.errors import invalid
from portal.simulator.graph import Ctx

T = TypeVar("T")
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": lambda left, right: str(left) == str(right),
    "GREATER_THAN": lambda left, right: float(left) > float(right),
    "LESS_THAN": lambda left, right: float(left) < float(right),
}


def filtered(ctx: Ctx, items: Sequence[T], readers: Mapping[str, Callable[[T], Any]]) -> list[T]:
    """The items that pass every rule of `filtering`."""
    rules = ctx.structure("filtering") or []
    if not isinstance(rules, list):
        raise invalid("Parameter filtering must be a list")
    kept = list(items)
    for rule in rules:
        reader = readers.get(str(rule.get("field"))) if isinstance(rule, dict) else None
        compare = OPERATORS.get(str(rule.get("operator"))) if isinstance(rule, dict) else None
        if reader is None or compare is None:
            raise invalid("Parameter filtering has an unknown field or operator")
        try:
            kept = [item for item in kept if compare(reader(item), rule.get("value"))]
        except (TypeError, ValueError):
            raise invalid("Parameter filtering has a value of the wrong type") from None
    return kept


def ordered(ctx: Ctx, items: Sequence[T], name: str, moment: Callable[[T], float]) -> list[T]:
    """Newest first, unless `sort` asks for ascending order."""
    wish = ctx.call.params.get("sort") or f"{name}_descending"
    text = str(wish[0] if isinstance(wish, list) and wish else wish).strip("[]'\" ")
    if text not in (f"{name}_ascending", f"{name}_descending"):
        raise invalid("Parameter sort is not supported")
    newest = sorted(items, key=moment)[::-1]
    return newest if text.endswith("descending") else newest[::-1]
