"""Switches that make the simulator misbehave as the real world does."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from .access import waba_of
from .errors import GraphError
from .graph import Target
from .world import Update, World

Kind = Literal[
    "error",
    "outage",
    "rate_limit",
    "delay",
    "cut_before",
    "cut_after",
    "act_late",
    "http_500_after",
    "drip",
    "truncated",
    "wrong_json",
]
WebhookKind = Literal[
    "webhook_lost", "webhook_doubled", "webhook_delayed", "webhook_reordered", "webhook_batched"
]


class Rule(Struct, kw_only=True):
    """What to break, for which calls, how often. Empty matchers match everything."""

    kind: Kind | WebhookKind
    method: str = ""
    path: str = ""  # a template such as /{phone_number_id}/register
    id: str = ""  # of the object, its account or the customer's portfolio
    app_id: str = ""
    field: str = ""  # of a webhook
    code: int = 131000
    subcode: int | None = None
    status: int | None = None  # another HTTP status than Meta's table says, such as 429
    text: str = ""  # what Meta tells people beside the code (error_user_msg)
    seconds: float = 5.0
    probability: float = 1.0
    times: int | None = None
    id_of_rule: int = 0
    hits: int = 0


class Faults(Struct, kw_only=True):
    """The rules in force; the first that matches wins."""

    rules: list[Rule] = field(default_factory=list)

    def add(self, world: World, rule: Rule) -> Rule:
        rule.id_of_rule = world.serial("fault")
        self.rules.append(rule)
        return rule

    def for_call(self, world: World, method: str, target: Target, app_id: str) -> Rule | None:
        for rule in self.rules:
            if rule.kind.startswith("webhook_") or not _fits(rule.method, method):
                continue
            fits = _fits(rule.path, target.template) and (not rule.id or rule.id in _ids(world, target))
            if fits and _fits(rule.app_id, app_id) and self._fires(world, rule):
                return rule
        return None

    def for_webhook(self, world: World, update: Update) -> Rule | None:
        for rule in self.rules:
            fits = _fits(rule.field, update.field) and _fits(rule.app_id, update.app_id)
            fits = fits and (not rule.id or f'"{rule.id}"' in update.entry)
            if rule.kind.startswith("webhook_") and fits and self._fires(world, rule):
                return rule
        return None

    def _fires(self, world: World, rule: Rule) -> bool:
        if rule.times is not None and rule.hits >= rule.times:
            return False
        if rule.probability < 1 and int.from_bytes(world.digest("chance", 4)) / 2**32 >= rule.probability:
            return False
        rule.hits += 1
        return True


def _fits(wanted: str, actual: str) -> bool:
    return not wanted or wanted == actual


def _ids(world: World, target: Target) -> set[str]:
    """Every id by which a rule may mean this call: the object, its account, and the customer's portfolio."""
    waba = waba_of(world, target.node) if target.node else None
    return {*target.ids.values(), *((waba.id, waba.owner_business_id) if waba else ())}


def error_of(rule: Rule) -> GraphError:
    """The error that a rule answers with instead of acting."""
    fixed = {"outage": 2, "rate_limit": 80007}
    code = fixed.get(rule.kind)
    return GraphError(
        code or rule.code, None if code else rule.subcode, status=rule.status, user_message=rule.text
    )
