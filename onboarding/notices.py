"""E-mails to the people of an onboarding, each once, in their language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from onboarding import dates, queries
from onboarding.letters import FOLDER, Letter, one_line, paragraphs
from onboarding.models import Notice, NoticeKind, Onboarding, OnboardingLink, Owner, RegistrationWindow
from onboarding.requirements import Requirement
from onboarding.states import OPEN_STATES, OnboardingState
from portal.kernel import clock, work
from portal.kernel.scope import scope
from portal.kernel.secrets import open_sealed, seal
from portal.kernel.work import Lease
from tenants.models import Partner

JOURNEY = tuple(
    f"onboarding__{name}" for name in ("customer", "phone_number", "token", "waba", "test_message")
)
TOLD_TO_STAFF = (NoticeKind.REMINDER_1, NoticeKind.EXPIRED, NoticeKind.ACCESS_LOST, NoticeKind.SYSTEM_TOKEN)
# Of these staff are told as well while the next move is theirs.
EARLY = (NoticeKind.REMINDER_7, NoticeKind.REMINDER_3)
STAFFS_OWN = (NoticeKind.SYSTEM_TOKEN,)
TEMPLATES = {
    NoticeKind.INVITATION: "invitation",
    NoticeKind.REMINDER_7: "reminder",
    NoticeKind.REMINDER_3: "reminder",
    NoticeKind.REMINDER_1: "reminder",
    NoticeKind.EXPIRED: "expired",
    NoticeKind.ACCESS_LOST: "access_lost",
    NoticeKind.SYSTEM_TOKEN: "system_token",
}


def create_notice(
    *,
    onboarding: Onboarding,
    kind: NoticeKind,
    link: str,
    now: datetime,
    window: RegistrationWindow | None = None,
    skipped: bool = False,
) -> None:
    """Have a message sent, or note that its moment has passed. The link is sealed until then."""
    notice = Notice(
        partner_id=onboarding.partner_id,
        onboarding=onboarding,
        window=window,
        kind=kind,
        created_at=now,
        skipped=skipped,
    )
    if link and not skipped:
        notice.sealed_link = seal(row=notice, column="sealed_link", value=link)
    notice.save(force_insert=True)
    if not skipped:
        work.schedule(notice, due_at=now, now=now)


def send_notice(lease: Lease) -> None:
    """Write the e-mails of a notice in the scope, send them outside it, note it."""
    with scope(lease.partner_id):
        now = clock.now()
        notice = Notice.objects.select_related("window", *JOURNEY).get(pk=lease.id)
        if notice.sent_at is not None or _is_moot(notice):
            _close(lease, notice, now=now, sent=notice.sent_at is not None)
            return
        mails = _write(notice, now=now)
    for mail in mails:
        lease.check()
        mail.send()
    with scope(lease.partner_id):
        _close(lease, notice, now=clock.now(), sent=True)


def _is_moot(notice: Notice) -> bool:
    """Nobody is told about what was settled before the message left."""
    onboarding = notice.onboarding
    if onboarding.customer is None or onboarding.state == OnboardingState.CANCELLED:
        return True
    if notice.kind == NoticeKind.INVITATION:  # a new link, which a customer who is live may need too
        live = OnboardingLink.objects.filter(
            onboarding=onboarding, revoked_at=None, created_at=notice.created_at
        )
        return not live.exists()
    return onboarding.state not in OPEN_STATES or (
        notice.kind != NoticeKind.EXPIRED
        and notice.window is not None
        and notice.window.closed_at is not None
    )


def _close(lease: Lease, notice: Notice, *, now: datetime, sent: bool) -> None:
    work.still_mine(lease)
    notice.sealed_link = None
    notice.skipped = not sent
    notice.sent_at = (notice.sent_at or now) if sent else None
    notice.save(update_fields=["sealed_link", "skipped", "sent_at"])
    work.finish(lease, now=now)


@dataclass(frozen=True)
class _Reader:
    """Who gets an e-mail, and how they read."""

    address: str
    language: str
    time_zone: str
    template: str
    link: str
    is_staff: bool = False


def _write(notice: Notice, *, now: datetime) -> list[EmailMultiAlternatives]:
    partner, customer = Partner.objects.get(pk=notice.partner_id), notice.onboarding.customer
    if customer is None:
        return []
    name = TEMPLATES[NoticeKind(notice.kind)]
    if notice.kind == NoticeKind.INVITATION and notice.onboarding.state != OnboardingState.INVITED:
        name = "link"  # who has been through Meta's window is not invited again
    link = open_sealed(row=notice, column="sealed_link").reveal() if notice.sealed_link else ""
    need = queries.journey(notice.onboarding, now=now).next_action
    readers = []
    if notice.kind not in STAFFS_OWN:
        readers.append(_Reader(customer.contact_email, customer.language, customer.time_zone, name, link))
    is_ours = need is not None and need.owner == Owner.STAFF
    if notice.kind in TOLD_TO_STAFF or (notice.kind in EARLY and is_ours):
        desk = f"{settings.PUBLIC_URL}/admin/onboarding/onboarding/{notice.onboarding_id}/change/"
        readers.append(
            _Reader(partner.support_email, partner.language, partner.time_zone, f"{name}_staff", desk, True)
        )
    return [_mail(notice, partner, reader, need, now=now) for reader in readers]


def _mail(
    notice: Notice, partner: Partner, reader: _Reader, need: Requirement | None, *, now: datetime
) -> EmailMultiAlternatives:
    ends_at = notice.window.ends_at if notice.window else None
    with translation.override(reader.language):
        context: dict[str, Any] = {
            "partner": partner,
            "customer": notice.onboarding.customer,
            "number": notice.onboarding.phone_number,
            "link": reader.link,
            "need": need,
            "ends_at": dates.in_words(ends_at, zone=reader.time_zone) if ends_at else "",
            "left": dates.left(ends_at - now) if ends_at else "",
        }
        letter = Letter(
            partner=partner,
            to=reader.address,
            language=reader.language,
            subject=one_line(render_to_string(f"{FOLDER}/{reader.template}.subject.txt", context)),
            paragraphs=paragraphs(render_to_string(f"{FOLDER}/{reader.template}.txt", context)),
            link=reader.link,
            button=_("Open the onboarding") if reader.is_staff else _("Open your page"),
        )
        return letter.mail(message_id=f"{notice.pk}.{reader.template}")
