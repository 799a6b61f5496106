"""The one page of a customer: the number that needs them, the move that it belongs to, or both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onboarding import page, queries
from onboarding.models import Kind, Onboarding, Path
from onboarding.page import Page, Rail
from onboarding.plans.customer import view as customer_view
from onboarding.plans.customer.links import plan_of
from onboarding.plans.customer.rows import plan_rows
from onboarding.plans.customer.view import PlanPage
from onboarding.signup import LinkFound, LinkUnknown
from tenants.models import MetaApp


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a link shows now: `journey` is left out while a planned move asks nothing of its customer."""

    journey: Page | None
    plan: PlanPage | None
    app: MetaApp
    expected_business_id: str
    # Meta's window is opened for a number that stays in the WhatsApp Business app.
    keeps_app: bool

    @property
    def title(self) -> str:
        """What the page is about now."""
        if self.journey is not None:
            return self.journey.title
        return self.plan.title if self.plan is not None else ""

    @property
    def announcement(self) -> str:
        """What a screen reader is told when it changes."""
        return self.journey.announcement if self.journey is not None else self.title

    @property
    def poll(self) -> int:
        """Seconds until the page looks again; 0 when nothing more will happen."""
        polls = [part.poll for part in (self.journey, self.plan) if part is not None and part.poll]
        return min(polls, default=0)

    @property
    def rail(self) -> Rail:
        """The list at the side: the move's, if there is one."""
        part = self.plan or self.journey
        return part.rail if part is not None else Rail(tasks=(), number=0)

    @property
    def has_current(self) -> bool:
        """Whether one task of the list is somebody's move."""
        return any(task.look.key not in ("done", "todo") for task in self.rail.tasks)


def read(link: LinkFound, *, now: datetime, zone: str) -> Shown:
    """Read what the link shows, inside its scope."""
    onboardings = queries.desk_queue()
    onboarding = onboardings.get(pk=link.onboarding_id) if link.onboarding_id else None
    plan_id = link.plan_id or (plan_of(onboarding) if onboarding is not None else None)
    rows = plan_rows(plan_id) if plan_id else None
    journey = _journey(onboarding, now=now, zone=zone) if onboarding is not None else None
    app = rows.plan.app if rows is not None else onboarding.app if onboarding is not None else None
    if app is None:
        raise LinkUnknown
    kind, path = onboarding.kind if onboarding else "", rows.plan.path if rows else ""
    return Shown(
        journey=journey if rows is None or (journey and journey.concerns) else None,
        plan=customer_view.build(rows, now=now, zone=zone) if rows is not None else None,
        app=app,
        expected_business_id=onboarding.expected_business_id if onboarding is not None else "",
        keeps_app=kind == Kind.COEXISTENCE or path == Path.COEXISTENCE,
    )


def _journey(onboarding: Onboarding, *, now: datetime, zone: str) -> Page:
    return page.build(queries.journey(onboarding, now=now), now=now, zone=zone)
