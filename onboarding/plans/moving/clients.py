"""The On-Premises client of a line: where it answers, and how we sign in."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from onboarding.models import OnPremisesClient, Path, PlanBackup, PlanLine
from onboarding.plans.moving.checks import wake_waiting
from onboarding.plans.refusals import LineClosed
from onboarding.services import Refused
from onboarding.states import OPEN_LINES
from portal.graph.addresses import AddressRefused, GuardedResolver, Network, check_url
from portal.graph.onprem import OnPremises
from portal.graph.secret import Secret
from portal.graph.transport import HttpTransport
from portal.kernel import audit, calls
from portal.kernel.secrets import CannotOpen, open_sealed, seal
from portal.kernel.work import Lease

USERNAME_LENGTH = 60


class NotOnPremises(Refused):
    code = "not_on_premises"
    message = _("Only numbers that leave the On-Premises API have a client and a backup.")


class BadAddress(Refused):
    code = "bad_client_address"
    message = _(
        "The client's address begins with https:// and leads to a public address; others have to be allowed "
        "in the settings of the installation."
    )


class BadSignIn(Refused):
    code = "bad_client_sign_in"
    message = _("The client needs a user name and a password.")


def networks() -> list[Network]:
    """The networks inside which settings allow clients."""
    return [ip_network(text) for text in settings.ON_PREMISES_ALLOWED_NETWORKS]


_GUARDED = HttpTransport(lambda: GuardedResolver(networks()))


def store_client(
    *, line: PlanLine, base_url: str, username: str, password: Secret, now: datetime, by: str
) -> None:
    """Keep where the client of a line answers and the password of its admin user, sealed."""
    if line.plan.path != Path.ONPREM_TO_CLOUD:
        raise NotOnPremises
    # Of one that has ended only while there is something to restore: with it the password goes.
    if line.state not in OPEN_LINES and not PlanBackup.objects.filter(line=line, wiped_at=None).exists():
        raise LineClosed
    address = base_url.strip().rstrip("/").removesuffix("/v1")
    try:
        check_url(address, networks())
    except ValueError as error:
        raise BadAddress from error
    if not username or len(username) > USERNAME_LENGTH or ":" in username or not password:
        raise BadSignIn
    known = OnPremisesClient.objects.select_for_update().filter(line=line).first()
    row = known or OnPremisesClient(partner_id=line.partner_id, line=line)
    row.base_url, row.username, row.changed_at = address, username, now
    row.password = seal(row=row, column="password", value=password.reveal())
    row.save(force_insert=known is None)
    audit.record(row=line, action="line.client_stored", now=now, by=by)
    wake_waiting(line, now=now)


def open_client(line: PlanLine, *, lease: Lease) -> OnPremises | None:
    """The client of a line, ready to be asked; None if nothing is stored that may be called. In the scope."""
    row = OnPremisesClient.objects.filter(line=line).first()
    if row is None:
        return None
    try:
        check_url(row.base_url, networks())
        password = open_sealed(row=row, column="password")
    except (AddressRefused, CannotOpen):
        return None
    return OnPremises(
        base_url=row.base_url,
        username=row.username,
        password=password,
        transport=_GUARDED,
        before_send=calls.guard(lease),
    )
