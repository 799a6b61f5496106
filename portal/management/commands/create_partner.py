"""Open an installation: make a partner and its first administrator, who does the rest at the desk."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from portal.kernel import clock
from portal.kernel.ids import uuid7
from portal.kernel.scope import scope
from tenants import people, services
from tenants.models import Role

BY = "system:create_partner"


class Command(BaseCommand):
    help = "Make a partner with its first administrator, and print the administrator's first password once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="what customers call the partner")
        parser.add_argument("--legal-entity", required=True, help="company and town, as on invoices")
        parser.add_argument("--support-email", required=True, help="where customers ask for help")
        parser.add_argument("--admin-email", required=True, help="who signs in to the desk first")
        parser.add_argument("--admin-name", required=True)
        parser.add_argument("--language", choices=["it", "en"], default="it", help="of the partner (it)")

    def handle(self, *args: Any, **options: Any) -> None:
        for address in (options["support_email"], options["admin_email"]):
            try:
                validate_email(address)
            except ValidationError:
                raise CommandError(f"{address} is not an e-mail address") from None
        partner_id, password, now = uuid7(), secrets.token_urlsafe(15), clock.now()
        with scope(partner_id):
            services.create_partner(
                partner_id=partner_id,
                name=options["name"],
                legal_entity=options["legal_entity"],
                support_email=options["support_email"],
                language=options["language"],
                now=now,
                by=BY,
            )
            member = people.invite_member(
                partner_id=partner_id,
                email=options["admin_email"],
                name=options["admin_name"],
                role=Role.ADMIN,
                password=password,
                now=now,
                by=BY,
            )
        known = not member.user.check_password(password)
        self.stdout.write(f"Partner {partner_id}")
        self.stdout.write(
            f"{member.user.email} signs in with the password they have"
            if known
            else f"{member.user.email} signs in with {password} and changes it at the desk"
        )
