"""Which token opens what. Made inside the scope, used outside it: the Graph client refuses in a transaction.

Every client carries the app's secret for `appsecret_proof`, and the guard that looks for an open transaction
and a dying lease just before the first byte.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from portal.graph import oauth
from portal.graph.breaker import of_app
from portal.graph.client import Graph
from portal.graph.secret import Secret
from portal.kernel import audit, calls
from portal.kernel.secrets import open_sealed
from portal.kernel.work import Lease
from tenants.models import BusinessToken, MetaApp, SystemUser, TokenState


class NoToken(LookupError):
    """There is no token that Meta would accept; a person has to bring one."""


def anonymous_graph(app: MetaApp, *, lease: Lease | None = None) -> Graph:
    """Graph without a token, for the code exchange."""
    return _graph(app, token=None, app_secret=None, lease=lease)


def app_graph(app: MetaApp, *, lease: Lease | None = None) -> Graph:
    """Graph as the app itself: its webhook subscription, and what a token is for."""
    secret = open_sealed(row=app, column="app_secret")
    token = oauth.app_token(app_id=app.app_id, app_secret=secret)
    return _graph(app, token=token, app_secret=secret, lease=lease)


def customer_graph(token: BusinessToken, *, lease: Lease | None = None) -> Graph:
    """Graph as the customer's business integration token: their WABA, numbers and messages."""
    if token.state != TokenState.VALID:
        raise NoToken("the customer's token is not valid; a new embedded signup gives a new one")
    secret = open_sealed(row=token.app, column="app_secret")
    return _graph(token.app, token=open_sealed(row=token, column="token"), app_secret=secret, lease=lease)


def system_graph(
    app: MetaApp, *, role: SystemUser.SystemRole = SystemUser.SystemRole.ADMIN, lease: Lease | None = None
) -> Graph:
    """Graph as a system user of the partner: credit line, assigned users, the partner's own WABA."""
    user = SystemUser.objects.filter(app=app, role=role, token_state=TokenState.VALID).first()
    if user is None:
        raise NoToken(
            f"no {role} system user of app {app.app_id} has a valid token; generate one and store it"
        )
    secret = open_sealed(row=app, column="app_secret")
    return _graph(app, token=open_sealed(row=user, column="token"), app_secret=secret, lease=lease)


def invalidate_token(
    *, token: BusinessToken | SystemUser, now: datetime, by: str, code: int | None, subcode: int | None
) -> bool:
    """Mark a token invalid on Meta's word (error 190), so that no call uses it; return if it was news."""
    column, checked = (
        ("token_state", "token_checked_at") if isinstance(token, SystemUser) else ("state", "checked_at")
    )
    rows = type(token).objects.filter(pk=token.pk).exclude(**{column: TokenState.INVALID})
    if not rows.update(**{column: TokenState.INVALID, checked: now}):
        return False
    setattr(token, column, TokenState.INVALID)
    audit.record(row=token, action="token.invalidated", now=now, by=by, code=code, subcode=subcode)
    return True


def _graph(app: MetaApp, *, token: Secret | None, app_secret: Secret | None, lease: Lease | None) -> Graph:
    breaker = of_app(app.app_id)
    return Graph(
        base_url=settings.GRAPH_BASE_URL,
        version=settings.GRAPH_API_VERSION,
        token=token,
        app_secret=app_secret,
        before_send=calls.guard(lease, breaker),
        on_call=breaker.observe,
    )
