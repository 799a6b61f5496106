"""Rules of the house that no linter knows; each list is a decision, and a new entry should be one too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("portal", "tenants", "webhooks", "messaging", "onboarding")
LONGEST_FUNCTION = 45

# Who may look across tenants: to find due work, or the tenant of a key, a link, a person, an app.
CROSS_TENANT = {
    "onboarding/signup.py",  # the tenant of a customer's link
    "portal/desk.py",  # whether a person has several partners to choose from
    "portal/kernel/rls.py",
    "portal/kernel/secrets.py",  # every tenant's key, to wrap it anew
    "portal/kernel/work.py",  # due work
    "tenants/admin/people.py",  # the partners of one person
    "tenants/keys.py",  # the tenant of an API key
    "tenants/middleware.py",  # the tenant of a person
}
# Who may enter a scope: the doors, the workers' side of tasks, and commands.
SCOPE_EDGES = {
    "messaging/sending.py",
    "onboarding/engine.py",
    "onboarding/exchange.py",
    "onboarding/middleware.py",
    "onboarding/notices.py",
    "onboarding/plans/moving/backups.py",
    "onboarding/plans/moving/execution.py",
    "onboarding/plans/telling/notices.py",
    "onboarding/plans/waves/solving.py",
    "onboarding/signup.py",
    "onboarding/steps/credit_line.py",
    "onboarding/steps/register.py",
    "onboarding/watch.py",
    "portal/bench/mail.py",  # as a worker does
    "portal/kernel/calls.py",
    "portal/kernel/secrets.py",
    "portal/kernel/tasks.py",
    "portal/management/commands/create_partner.py",
    "portal/management/commands/seed_demo.py",
    "tenants/admin/people.py",
    "tenants/keys.py",
    "tenants/middleware.py",
    "webhooks/inbound.py",
}


def sources() -> Iterator[tuple[str, str]]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text()


def using(pattern: str) -> set[str]:
    return {name for name, text in sources() if re.search(pattern, text)}


def test_who_looks_across_tenants() -> None:
    assert using(r"\b(across_tenants|find_tenant)\(") == CROSS_TENANT


def test_who_enters_a_scope() -> None:
    assert using(r"(?<!def )(?<!`)\bscope\(") - {"portal/kernel/scope.py"} == SCOPE_EDGES


def test_states_change_in_one_function_only() -> None:
    """A state column is written by `transition()`; `update(state=` elsewhere would leave no history."""
    changes_of_payloads = "webhooks/inbound.py"  # not a state machine
    found = using(r"\.state = [A-Z]\w+State|update\(\s*state=")
    assert found <= {"portal/kernel/states.py", changes_of_payloads}


def test_celery_carries_wake_ups_only() -> None:
    forbidden = r"\.(apply_async|delay|delay_on_commit)\(|\b(eta|countdown)=|self\.retry\(|autoretry_for"
    assert using(forbidden) == set()


def test_no_signals_and_no_save_overrides() -> None:
    assert using(r"django\.dispatch|@receiver|post_save|pre_save") == set()
    assert using(r"def save\(self, \*args") == set()


def test_only_the_edges_read_the_clock() -> None:
    """Business code takes `now`: Python's own clock does not know the sandbox."""
    own = using(r"timezone\.now\(\)|datetime\.now\(|datetime\.utcnow|date\.today\(")
    assert {name for name in own if not name.startswith("portal/simulator/")} <= {"portal/kernel/logs.py"}


def test_production_code_does_not_know_the_simulator() -> None:
    knows = using(r"portal\.simulator|_sim/|SIMULATOR")
    run_it = {
        "portal/bench/simulator.py",
        "portal/programs.py",
        "portal/stack.py",
        "portal/story.py",
        "portal/management/commands/seed_demo.py",
    }
    assert {name for name in knows if not name.startswith("portal/simulator/")} == run_it


def test_functions_stay_short() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, text in sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_everything_public_is_annotated() -> None:
    bare = [
        f"{name}:{node.lineno} {node.name}"
        for name, text in sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is None
    ]
    assert bare == []
