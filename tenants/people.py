"""Writes about the people of a partner."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from portal.kernel import audit
from tenants import services
from tenants.models import Membership, Role, User


class LastAdministrator(RuntimeError):
    """Somebody must be left who may add members."""

    message = _("A partner keeps at least one administrator. Make somebody else one first.")


class AlreadyMember(RuntimeError):
    """The person has a role here already."""

    message = _("This person is already a member. Change their role instead.")


def invite_member(
    *, partner_id: uuid.UUID, email: str, name: str, role: Role, password: str, now: datetime, by: str
) -> Membership:
    """Give a person a role. The password is theirs only if they had no account: nobody sets another's."""
    person = User.objects.filter(email=email.lower()).first()
    if person is None:
        person = User.objects.create_user(email, password, name=name)
    elif Membership.objects.filter(user=person).exists():
        raise AlreadyMember
    return services.add_member(partner_id=partner_id, user=person, role=role, now=now, by=by)


def change_role(*, member: Membership, role: Role, now: datetime, by: str) -> None:
    """Give a member another role."""
    _keep_an_administrator(member, leaving=role != Role.ADMIN)
    Membership.objects.filter(pk=member.pk).update(role=role)
    member.role = role
    audit.record(row=member, action="member.role_changed", now=now, by=by, role=role)


def remove_member(*, member: Membership, now: datetime, by: str) -> None:
    """End a person's access to the partner, from their next request on."""
    _keep_an_administrator(member, leaving=True)
    audit.record(row=member, action="member.removed", now=now, by=by, user=str(member.user_id))
    member.delete()


def set_language(*, person: User, language: str) -> None:
    """Remember in which language a person reads the desk."""
    User.objects.filter(pk=person.pk).update(language=language)
    person.language = language


def _keep_an_administrator(member: Membership, *, leaving: bool) -> None:
    administrators = Membership.objects.select_for_update().filter(role=Role.ADMIN)
    if leaving and list(administrators.values_list("pk", flat=True)) == [member.pk]:
        raise LastAdministrator
