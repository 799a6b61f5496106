"""The customer's token, and the account it was given for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from onboarding import window
from onboarding.models import Kind, Onboarding, SignupSession
from onboarding.plans.moving import invitations, lines
from onboarding.states import OnboardingState
from onboarding.steps.base import BY, Identity, JourneyStep, Waits
from onboarding.steps.keys import BY_SIGNUP, WINDOWED, StepKey
from portal.graph import oauth, waba
from portal.graph.errors import TokenInvalid
from portal.graph.types import MANAGEMENT, DebugToken, WabaNode
from portal.kernel import limits
from portal.kernel.secrets import open_sealed
from portal.kernel.states import transition
from tenants import assets
from tenants.models import BusinessToken, TokenState, Waba

MESSAGING = "whatsapp_business_messaging"
# Where a customer shared several accounts, the window message says which one is meant; it may be on its way.
MESSAGE_COMES_WITHIN = timedelta(seconds=10)
ACCOUNT_AGAIN = timedelta(minutes=10)
INVALID_TOKEN = 190
# What Meta's window is opened for, in the words of those who open it.
SIGN_UP: dict[str, str] = {
    Kind.NUMBER_MOVE: "sign_up_to_move",
    Kind.PARTNER_SWITCH: "sign_up_to_switch",
    Kind.COEXISTENCE: "sign_up_with_app",
}


class TokenStep(JourneyStep):
    """DONE when Meta says that the token is valid, has both permissions and names the account."""

    key = StepKey.TOKEN
    told: DebugToken
    node: WabaNode

    def needed(self) -> bool:
        return self.ctx.is_customers or self.onboarding.waba is None

    def gate(self) -> None:
        if not self.ctx.is_customers:
            raise Waits("account_unknown", again_at=self.ctx.soon(ACCOUNT_AGAIN))
        token = self.onboarding.token
        if (token is None or token.state != TokenState.VALID) and not self._share_connection():
            raise Waits(self._why_missing(token))

    def _share_connection(self) -> bool:
        """Where one connection serves all numbers of a plan, take that of the number that goes first."""
        if self.ctx.line is None:
            return False
        first, onboarding = invitations.who_connects(self.ctx.line), self.onboarding
        if first == self.ctx.line:
            if onboarding.kind == Kind.NUMBER_MOVE and not onboarding.links.exists():
                self._invite()
            return False
        other = first.onboarding
        if other is None or other.waba is None or (other.token and other.token.state != TokenState.VALID):
            raise Waits("connected_once", again_at=self.ctx.soon(ACCOUNT_AGAIN))
        onboarding.token, onboarding.waba = other.token, other.waba
        onboarding.save(update_fields=["token", "waba"])
        if onboarding.token is not None:
            return True
        # By our system user: no connection is needed.
        if onboarding.state == OnboardingState.INVITED:
            now = self.ctx.now
            transition(row=onboarding, to=OnboardingState.SIGNED_UP, now=now, by=BY, signed_up_at=now)
        raise Waits("in_progress", again_at=self.ctx.now)

    def _invite(self) -> None:
        if free_at := invitations.next_free_place(self.onboarding, now=self.ctx.now):
            raise Waits("signups_used", until=free_at)
        invitations.invite(self.onboarding, now=self.ctx.now, by=BY)

    def _why_missing(self, token: BusinessToken | None) -> str:
        if self.onboarding.state == OnboardingState.EXPIRED:
            return "window_over"
        if self.onboarding.waba is not None and self.onboarding.waba.removed_at is not None:
            return "access_removed"
        if token is not None:
            return "connect_again"
        newest = SignupSession.objects.filter(onboarding=self.onboarding).order_by("-started_at").first()
        if newest is not None and newest.failed_reason:
            return "repeat_signup"
        return SIGN_UP.get(self.onboarding.kind, "sign_up")

    def prepare(self) -> None:
        token = self.onboarding.token
        if token is None:
            raise Waits("sign_up")
        self.token = token
        self.app_graph = self.ctx.app_graph()
        self.secret = open_sealed(row=token, column="token")
        self.graph = self.ctx.account_graph()
        sessions = SignupSession.objects.filter(onboarding=self.onboarding, exchanged_at__isnull=False)
        self.session = sessions.order_by("-exchanged_at").first()

    def look(self) -> bool:
        self.speaks_as = Identity.APP
        self.told = oauth.debug_token(self.app_graph, input_token=self.secret)
        self.speaks_as = Identity.CUSTOMER
        if not self.told.is_valid:
            error = self.told.error
            subcode = error.subcode if error else None
            raise TokenInvalid("debug_token says so", code=INVALID_TOKEN, subcode=subcode or None)
        if not {MANAGEMENT, MESSAGING}.issubset(self.told.scopes):
            raise Waits("permissions_missing")
        self.node = waba.get(self.graph, waba_id=self._chosen(self.told.waba_ids()))
        return True

    def _chosen(self, waba_ids: list[str]) -> str:
        """The account that was shared: the browser's word counts only among those that Meta lists."""
        known = self.onboarding.waba
        if not waba_ids:
            raise Waits("account_not_shared" if known is None else "access_removed")
        planned = self._planned_account()
        if planned in waba_ids:
            return planned
        session = self.session
        if session is not None and session.waba_id in waba_ids:
            return session.waba_id
        if known is not None and known.waba_id in waba_ids and self.onboarding.registered_at is not None:
            return str(known.waba_id)
        if len(waba_ids) > 1 and session is not None and not session.event:
            latest = (session.code_received_at or self.ctx.now) + MESSAGE_COMES_WITHIN
            if self.ctx.now < latest:
                raise Waits("confirming", again_at=latest)
        return waba_ids[0]

    def _planned_account(self) -> str:
        """The account that the plan means; empty where the customer chooses it in Meta's window."""
        known, line = self.onboarding.waba, self.ctx.line
        if line is not None and self.onboarding.kind == Kind.PARTNER_SWITCH and line.source_waba_id:
            return line.source_waba_id
        # Known before, or chosen with another number of the plan.
        is_given = self.onboarding.kind not in BY_SIGNUP or self.session is None
        return known.waba_id if is_given and known is not None else ""

    def record(self, now: datetime) -> None:
        expires_at = datetime.fromtimestamp(self.told.expires_at, UTC) if self.told.expires_at else None
        BusinessToken.objects.filter(pk=self.token.pk).update(
            scopes=self.told.scopes, waba_ids=self.told.waba_ids(), expires_at=expires_at, checked_at=now
        )
        self._refuse_strangers()
        self.onboarding.waba = self._keep_account(now)
        self.onboarding.save(update_fields=["waba"])
        self._sign_up(now)
        line = self.ctx.line
        if line is not None:
            lines.pass_no_return(line, self.key, now=now)
        if line is not None and invitations.who_connects(line) == line:
            invitations.wake_others(line, now=now)

    def _refuse_strangers(self) -> None:
        """Never join what was not invited to be joined."""
        expected, owner = self.onboarding.expected_business_id, self.node.owner_business_info
        if expected and owner is not None and owner.id != expected:
            raise Waits("other_business")
        if self.onboarding.kind == Kind.PARTNER_SWITCH and self._planned_account() not in ("", self.node.id):
            raise Waits("other_account")
        held = Waba.objects.filter(waba_id=self.node.id).exclude(customer=None)
        if held.exclude(customer=self.onboarding.customer).exists():
            raise Waits("account_taken")

    def _keep_account(self, now: datetime) -> Waba:
        node, onboarding = self.node, self.onboarding
        owner = node.owner_business_info
        business = owner and assets.upsert_business(
            partner_id=onboarding.partner_id,
            business_id=owner.id,
            customer=onboarding.customer,
            name=owner.name,
        )
        return assets.upsert_waba(
            partner_id=onboarding.partner_id,
            waba_id=node.id,
            customer=onboarding.customer,
            business_manager=business,
            name=node.name,
            currency=node.currency,
            timezone_id=node.timezone_id,
            message_template_namespace=node.message_template_namespace,
            account_review_status=node.account_review_status,
            primary_funding_id=node.primary_funding_id or "",
            shared_at=now,
            removed_at=None,
        )

    def _sign_up(self, now: datetime) -> None:
        """The signup is complete. Until the number is known its end is the earliest that the code allows."""
        onboarding = self.onboarding
        if onboarding.state in (OnboardingState.INVITED, OnboardingState.EXPIRED):
            transition(row=onboarding, to=OnboardingState.SIGNED_UP, now=now, by=BY, reason="signed up")
        received = self.session.code_received_at if self.session is not None else None
        if onboarding.kind not in WINDOWED:
            Onboarding.objects.filter(pk=onboarding.pk, signed_up_at=None).update(
                signed_up_at=received or now
            )
            return
        if onboarding.state != OnboardingState.SIGNED_UP or received is None:
            return
        earliest = received - limits.duration("embedded_signup_code_ttl")
        if onboarding.signed_up_at is None or earliest > onboarding.signed_up_at:
            window.open_window(onboarding=onboarding, opened_at=earliest, now=now)
