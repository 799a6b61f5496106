"""The examples of docs/simulator.md work as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

from portal.simulator.faults import Kind, WebhookKind
from tests.simulator.harness import Program

TEXT = Path(__file__).parents[2].joinpath("docs", "simulator.md").read_text(encoding="utf-8")


def test_every_fault_has_an_example_that_is_accepted(program: Program) -> None:
    rows = [json.loads(found) for found in re.findall(r"`(\{\"kind\".*?\})`", TEXT)]
    for row in rows:
        assert program.sim("faults", **row)["kind"] == row["kind"]
    for kind in (*get_args(Kind), *get_args(WebhookKind)):
        assert f"`{kind}`" in TEXT


def test_every_request_of_the_page_exists(program: Program) -> None:
    named = set(re.findall(r"`?(GET|POST|DELETE) (/_sim/[a-z/]+)", TEXT))
    assert len(named) > 15
    for method, path in named:
        assert program.raw(method, path, "[]" if method == "POST" else None).status in (200, 422)
