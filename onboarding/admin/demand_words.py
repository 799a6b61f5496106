"""Why a schedule may be too narrow, in words: what everybody needs against the days there are."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onboarding.models import WaveSchedule
from onboarding.plans.solver.problem import ElementKind
from onboarding.plans.waves import problem_rows
from onboarding.plans.waves.demand import Demand, demands, open_days
from portal.kernel import clock


def of_schedule(schedule: WaveSchedule) -> list[tuple[str, bool]]:
    """A sentence for each limit, and whether it is tight; the tightest first."""
    problem = problem_rows.load(schedule, now=clock.now()).problem
    days = open_days(problem.rules)
    return [(_sentence(one, days), one.is_tight(days)) for one in demands(problem)]


def _sentence(demand: Demand, days: int) -> str:
    what = {
        ElementKind.NUMBERS_PER_DAY: ngettext("%(n)d number", "%(n)d numbers", demand.count),
        ElementKind.CUSTOMERS_PER_DAY: ngettext("%(n)d customer", "%(n)d customers", demand.count),
        ElementKind.HIGH_RISK_PER_DAY: ngettext(
            "%(n)d high-risk customer", "%(n)d high-risk customers", demand.count
        ),
    }[demand.kind] % {"n": demand.count}
    if demand.days is None:
        return _("%(what)s, of whom none may move on any day.") % {"what": what}
    words = {"what": what, "limit": demand.limit, "needed": demand.days, "days": days}
    return _("%(what)s, at most %(limit)d a day: %(needed)d of the %(days)d working days.") % words
