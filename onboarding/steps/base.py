"""What a step is: `gate` and `prepare` in the scope, `look` and `act` outside it, `record` in it again."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from onboarding import progress
from onboarding.models import Kind, Onboarding, Owner, PlanLine, Step
from onboarding.states import OPEN_STATES
from onboarding.steps.keys import BY_SIGNUP, KEYS, StepKey
from portal.graph.client import Graph
from portal.graph.errors import GraphError
from portal.kernel import calls, work
from portal.kernel.secrets import CannotOpen
from portal.kernel.work import Lease
from tenants import credentials
from tenants.models import Partner

R = TypeVar("R")
C = TypeVar("C", bound=calls.Caller)

BY = "portal"
# How soon a gate that other people open (terms, tokens, settings) is looked at again.
LOOK_AGAIN = timedelta(seconds=30)


class Waits(Exception):
    """The step can not go on now.

    `until` is shown to people, `again_at` is when we look by ourselves, and the steps of `repeat` are to be
    done again first.
    """

    def __init__(
        self,
        reason: str,
        *,
        until: datetime | None = None,
        again_at: datetime | None = None,
        failed: bool = False,
        error: GraphError | None = None,
        code: int | None = None,
        fbtrace_id: str = "",
        repeat: Sequence[StepKey] = (),
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.until = until
        self.again_at = again_at or until
        self.failed = failed
        self.code = error.code if error else code
        self.subcode = error.subcode if error else None
        self.fbtrace_id = (error.fbtrace_id or "") if error else fbtrace_id
        self.repeat = repeat


class Stopped(Exception):
    """The journey was paused or ended while a step was at work: nothing more begins."""


class Identity(enum.Enum):
    """Who speaks to Meta in a step, and so whose token it is that Meta refuses."""

    APP = enum.auto()
    CUSTOMER = enum.auto()
    SYSTEM_USER = enum.auto()
    CLIENT = enum.auto()  # an admin user of an On-Premises client, which is not Meta's


@dataclass(frozen=True)
class Context:
    """The rows a step works with, read in one scope under one lease."""

    lease: Lease
    onboarding: Onboarding
    partner: Partner
    row: Step
    now: datetime
    # The number's line, where the journey is part of a migration plan.
    line: PlanLine | None = None

    @property
    def is_customers(self) -> bool:
        """Whether the account is opened by a token that the customer gives by embedded signup."""
        kind, account = self.onboarding.kind, self.onboarding.waba
        # A number moves by embedded signup where nobody has said into which account.
        by_signup = kind in BY_SIGNUP or (kind == Kind.NUMBER_MOVE and account is None)
        return by_signup or self.onboarding.token is not None

    @property
    def verifies_by_code(self) -> bool:
        """Whether a code that is typed in here verifies the number, and not Meta's window."""
        return StepKey.VERIFICATION in KEYS[self.onboarding.kind]

    def soon(self, wait: timedelta = LOOK_AGAIN) -> datetime:
        """The time at which to look again by ourselves."""
        return self.now + work.scaled(wait)

    def app_graph(self) -> Graph:
        """Graph as the app. Inside the scope, like the next two."""
        try:
            return credentials.app_graph(self.onboarding.app, lease=self.lease)
        except CannotOpen:
            raise Waits("app_settings") from None

    def system_graph(self) -> Graph:
        """Graph as the partner's administrator system user."""
        try:
            return credentials.system_graph(self.onboarding.app, lease=self.lease)
        except (credentials.NoToken, CannotOpen):
            raise Waits("system_user_missing", again_at=self.soon()) from None

    def account_graph(self) -> Graph:
        """Graph as whoever may manage the number's account: the customer's token, or our system user."""
        if not self.is_customers:
            return self.system_graph()
        token = self.onboarding.token
        if token is None:
            raise Waits("sign_up", repeat=[StepKey.TOKEN])
        return credentials.customer_graph(token, lease=self.lease)

    def perform(
        self,
        *,
        graph: C,
        operation: str,
        target: str,
        send: Callable[[C], R],
        record: Callable[[R, datetime], None],
        phone_number_id: str = "",
    ) -> R:
        """Change something at Meta: intent, call, outcome and effect."""
        return calls.perform(
            lease=self.lease,
            graph=graph,
            operation=operation,
            target=target,
            send=send,
            record=record,
            phone_number_id=phone_number_id,
            gate=self._still_wanted,
        )

    def _still_wanted(self) -> None:
        """Raise `Stopped` if a person paused or ended the journey meanwhile. In the intent's transaction."""
        self.onboarding.refresh_from_db(fields=["state", "paused_at"])
        if self.onboarding.paused_at is not None or self.onboarding.state not in OPEN_STATES:
            raise Stopped

    def done(self, now: datetime) -> None:
        """The step is done, in the transaction of what proves it."""
        progress.done(self.row, now=now, by=BY)


class JourneyStep:
    """One step of a journey, made for one turn of the engine."""

    key: ClassVar[StepKey]
    operations: ClassVar[Sequence[str]] = ()

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.onboarding = ctx.onboarding
        self.speaks_as = Identity.CUSTOMER if ctx.is_customers else Identity.SYSTEM_USER

    def needed(self) -> bool:
        """Whether this journey has the step at all."""
        return True

    def gate(self) -> None:
        """Raise `Waits` if something is missing that no call to Meta brings. Inside the scope."""

    def prepare(self) -> None:
        """Read what `look` and `act` need, and open the tokens. Inside the scope."""

    def look(self) -> bool:
        """Ask Meta whether it is so already. Outside the scope; changes nothing."""
        return True

    def act(self) -> bool:
        """Change it at Meta; return whether that alone proves the step done, with its record already kept."""
        raise NotImplementedError

    def record(self, now: datetime) -> None:
        """Keep what `look` saw. Inside the scope, in the transaction that marks the step DONE."""

    def owner(self, reason: str) -> Owner | None:
        """Whose move a reason is in this journey, if not that of the one it names."""

    def stopped(self, waits: Waits, now: datetime) -> None:
        """Keep what a refusal spends or tells. Inside the scope, in the transaction that writes the wait."""
