"""The templates of the account that a number leaves are copied, so that they are there at the cut-over.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-migration
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from onboarding.models import CheckResult, PlanCheck, PlanLine
from onboarding.states import OPEN_LINES
from onboarding.steps.base import BY, JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import template
from portal.graph.client import Graph
from portal.graph.errors import InvalidRequest, NotVisible, PermissionMissing
from portal.graph.types import MigratedTemplates
from portal.kernel import work
from portal.kernel.models import CallOutcome, GraphCall

OPERATION = "migrate_templates"
CHECK = "template_copy"
# Fewer at once after each answer that did not come in time; each divides the one before, so no gap is left.
SIZES = (500, 100, 20, 5)
ENOUGH_LEASE = timedelta(seconds=75)
SIBLING_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Copied:
    """How far the copy is: templates asked for, ids copied, and why others were not, in Meta's words."""

    source_waba_id: str
    waba_id: str
    asked: int = 0
    size: int = SIZES[0]
    is_whole: bool = False
    migrated: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def after(self, page: MigratedTemplates) -> Copied:
        """With one more page. A page asked for again, after a lost answer, finds its copies there already."""
        count = len(page.migrated_templates) + len(page.failed_templates)
        known = {*self.migrated, *page.migrated_templates}
        failed = self.failed | {key: why for key, why in page.failed_templates.items() if key not in known}
        return replace(
            self,
            asked=self.asked + self.size,
            is_whole=count < self.size,
            migrated=sorted(known),
            failed=failed,
        )


class TemplatesStep(JourneyStep):
    """DONE when every page was copied, with what Meta refused; a person may do without.

    Meta copies a template once and says of a second time that it is there, so a page whose answer was lost is
    asked for again, in smaller pieces.
    """

    key = StepKey.TEMPLATES
    operations = (OPERATION,)

    def needed(self) -> bool:
        line, waba = self.ctx.line, self.onboarding.waba
        return line is not None and waba is not None and line.source_waba_id not in ("", waba.waba_id)

    def gate(self) -> None:
        line, waba = self.ctx.line, self.onboarding.waba
        if line is None or waba is None:
            raise Waits("account_not_shared", repeat=[StepKey.TOKEN])
        self.line, self.copied = line, Copied(line.source_waba_id, waba.waba_id)
        self.is_confirmed = False
        own = PlanCheck.objects.filter(line=line, key=CHECK).first()
        if own is not None and own.checked_by != BY and own.result == CheckResult.OK:
            self.is_confirmed = True
        elif own is not None and own.evidence.get("waba_id") == waba.waba_id:
            self.copied = Copied(**own.evidence)
        else:
            self._join_another()
        if not self.copied.is_whole:
            self.copied = replace(self.copied, size=SIZES[min(self._lost_answers(), len(SIZES) - 1)])

    def _lost_answers(self) -> int:
        made = GraphCall.objects.filter(work_id=self.onboarding.pk, operation=OPERATION)
        return made.filter(outcome=CallOutcome.UNKNOWN).count()

    def _join_another(self) -> None:
        """One copy serves all numbers between the same accounts: the first of the plan makes it."""
        same = PlanLine.objects.filter(plan=self.line.plan_id, source_waba_id=self.line.source_waba_id)
        done = PlanCheck.objects.filter(line__in=same, key=CHECK, evidence__waba_id=self.copied.waba_id)
        whole = done.filter(evidence__is_whole=True).first()
        if whole is not None:
            self.copied = Copied(**whole.evidence)
            return
        first = same.filter(state__in=OPEN_LINES).exclude(onboarding=None).order_by("position").first()
        if first is not None and first.pk != self.line.pk:
            raise Waits("templates_once", again_at=self.ctx.soon(SIBLING_AGAIN))

    def prepare(self) -> None:
        self.graph = self.ctx.account_graph()

    def look(self) -> bool:
        return self.is_confirmed or self.copied.is_whole

    def act(self) -> bool:
        while not self.copied.is_whole:
            if self.ctx.lease.seconds_left() < work.scaled(ENOUGH_LEASE).total_seconds():
                raise Waits("templates_copying", again_at=self.ctx.now)
            try:
                self._copy_page()
            except (InvalidRequest, NotVisible, PermissionMissing) as error:
                raise Waits("templates_refused", error=error) from error
        return False

    def _copy_page(self) -> None:
        def send(graph: Graph) -> MigratedTemplates:
            return template.migrate(
                graph,
                waba_id=self.copied.waba_id,
                source_waba_id=self.copied.source_waba_id,
                page_number=self.copied.asked // self.copied.size,
                count=self.copied.size,
            )

        self.ctx.perform(
            graph=self.graph,
            operation=OPERATION,
            target=self.copied.waba_id,
            send=send,
            record=self._keep_page,
        )

    def _keep_page(self, page: MigratedTemplates, now: datetime) -> None:
        self.copied = self.copied.after(page)
        self._keep(now)

    def record(self, now: datetime) -> None:
        if not self.is_confirmed:
            self._keep(now)

    def _keep(self, now: datetime) -> None:
        whole = self.copied.is_whole
        values: dict[str, Any] = {
            "result": CheckResult.OK if whole else CheckResult.UNKNOWN,
            "evidence": asdict(self.copied),
            "checked_at": now,
            "checked_by": BY,
        }
        PlanCheck.objects.update_or_create(
            partner_id=self.line.partner_id, line=self.line, key=CHECK, defaults=values
        )
