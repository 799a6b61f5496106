"""What can be asked about customers and their assets at Meta. Inside the tenant's scope."""

from __future__ import annotations

from django.db.models import QuerySet

from portal.kernel.scope import current_scope
from tenants.models import Customer, MetaApp, Partner, PhoneNumber, Waba


class AppUnclear(LookupError):
    """No app was named and the partner has none, or several."""


def partner() -> Partner:
    """The partner whose scope this is."""
    return Partner.objects.get(pk=current_scope().partner_id)


def customers() -> QuerySet[Customer]:
    """All customers."""
    return Customer.objects.all()


def wabas() -> QuerySet[Waba]:
    """All WhatsApp Business Accounts, with their portfolio."""
    return Waba.objects.select_related("business_manager")


def phone_numbers() -> QuerySet[PhoneNumber]:
    """All phone numbers, with their WABA."""
    return PhoneNumber.objects.select_related("waba")


def app_for(app_id: str = "") -> MetaApp:
    """The named Meta app, or the partner's only one; raise `AppUnclear` if that is not one app."""
    found = list(MetaApp.objects.filter(**({"app_id": app_id} if app_id else {}))[:2])
    if len(found) != 1:
        raise AppUnclear
    return found[0]
