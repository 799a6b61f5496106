"""The floors that import-linter guards: no module escapes the contract by not being named in it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def test_every_part_of_the_roof_is_on_the_top_floor() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    [layers] = [one for one in project["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    named = set(re.findall(r"\(portal\.(\w+)\)", layers["layers"][0]))
    lower = {"kernel", "graph", "simulator"}
    paths = [path for path in (CHECKOUT / "portal").iterdir() if path.suffix == ".py" or path.is_dir()]
    modules = {path.stem for path in paths if not path.name.startswith("__")}
    assert modules - lower == named
