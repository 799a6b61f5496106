"""A linear program over whole numbers, and HiGHS that solves it, imported when it has to."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from onboarding.plans.solver.problem import OutOfTime

# HiGHS keeps ten thousand cuts unless told otherwise: 500 MB and slower here.
POOL = 100
TINY = 1e-5


@dataclass(frozen=True)
class Answer:
    """What came out: values by column, and for a relaxed program what a column would add to its objective."""

    objective: float
    bound: float
    values: Sequence[float]
    reduced_costs: Sequence[float]


class Watch:
    """The time that is left."""

    def __init__(self, seconds: float) -> None:
        self._begun = time.monotonic()
        self._seconds = seconds

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._begun

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return self.passed >= self._seconds

    @property
    def left(self) -> float:
        """Seconds until time is up; at the end this raises."""
        left = self._seconds - self.passed
        if left <= 0:
            raise OutOfTime
        return left

    def half(self) -> Watch:
        """A watch for half of the time that is left."""
        return Watch(self.left / 2)


@dataclass
class Program:
    """Minimise the cost of columns from 0 to their upper limit, under rows of `least <= sum <= most`."""

    seed: int = 1
    costs: list[int] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    is_whole: list[bool] = field(default_factory=list)
    rows: list[tuple[float, float, Mapping[int, int]]] = field(default_factory=list)

    def column(self, *, cost: int = 0, upper: int = 1, whole: bool = True) -> int:
        """Add a column and return its index."""
        self.costs.append(cost)
        self.upper.append(upper)
        self.is_whole.append(whole)
        return len(self.costs) - 1

    def row(self, terms: Mapping[int, int], *, least: float = -math.inf, most: float = math.inf) -> None:
        """Add a row."""
        self.rows.append((least, most, terms))

    def relaxed(self, watch: Watch) -> Answer | None:
        """The best if columns could be broken: a bound. None: infeasible."""
        return self._run(range(len(self.costs)), watch, whole=False, gap=0.0)

    def solve(
        self,
        watch: Watch,
        *,
        columns: Collection[int] | None = None,
        gap: float = 0.0,
        start: Answer | None = None,
    ) -> Answer | None:
        """The best with the given columns, the others staying 0; `start` is one. None: infeasible."""
        kept = range(len(self.costs)) if columns is None else sorted(columns)
        return self._run(kept, watch, whole=True, gap=gap, start=start)

    def _run(
        self, columns: Sequence[int], watch: Watch, *, whole: bool, gap: float, start: Answer | None = None
    ) -> Answer | None:
        if not columns:
            return self._empty()
        highspy = import_module("highspy")
        solver = highspy.Highs()
        options = {
            "output_flag": False,
            "threads": 1,
            "random_seed": self.seed,
            "mip_pool_soft_limit": POOL,
            "mip_rel_gap": gap,
            "mip_abs_gap": 1 - TINY,  # costs are whole numbers
            "time_limit": watch.left,
        }
        for name, value in options.items():
            solver.setOptionValue(name, value)
        solver.passModel(self._model(highspy, columns, whole=whole))
        if start:
            known = highspy.HighsSolution()
            known.col_value = [start.values[n] for n in columns]
            solver.setSolution(known)
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise OutOfTime(solver.modelStatusToString(status))
        return self._answer(solver, columns, whole=whole)

    def _empty(self) -> Answer | None:
        if any(least > 0 or most < 0 for least, most, _terms in self.rows):
            return None
        nothing = [0.0] * len(self.costs)
        return Answer(0.0, 0.0, nothing, nothing)

    def _model(self, highspy: Any, columns: Sequence[int], *, whole: bool) -> Any:
        place = {column: n for n, column in enumerate(columns)}
        starts, indexes, values, least, most = [0], [], [], [], []
        for low, high, terms in self.rows:
            kept = [(place[column], value) for column, value in terms.items() if column in place]
            if not kept and low <= 0 <= high:
                continue
            indexes += [index for index, _value in kept]
            values += [value for _index, value in kept]
            starts.append(len(indexes))
            least.append(low)
            most.append(high)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(columns), len(least)
        model.col_cost_ = [self.costs[n] for n in columns]
        model.col_lower_ = [0.0] * len(columns)
        model.col_upper_ = [self.upper[n] for n in columns]
        model.row_lower_, model.row_upper_ = least, most
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = starts
        model.a_matrix_.index_ = indexes
        model.a_matrix_.value_ = values
        if whole:
            kinds = highspy.HighsVarType
            model.integrality_ = [kinds.kInteger if self.is_whole[n] else kinds.kContinuous for n in columns]
        return model

    def _answer(self, solver: Any, columns: Sequence[int], *, whole: bool) -> Answer:
        solution, info = solver.getSolution(), solver.getInfo()
        values = [0.0] * len(self.costs)
        for n, value in zip(columns, solution.col_value, strict=True):
            values[n] = value
        objective = info.objective_function_value
        return Answer(
            objective=objective,
            bound=info.mip_dual_bound if whole else objective,
            values=values,
            reduced_costs=[] if whole else solution.col_dual,
        )
