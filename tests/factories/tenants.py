"""Factories of the tenants app."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import factory

from portal.kernel.scope import current_scope
from portal.kernel.secrets import create_tenant_key, seal
from tenants import models

_meta_ids = count(430_000_000_000_001)
WHEN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def next_meta_id() -> str:
    """A Meta id that no other row of the run has."""
    return str(next(_meta_ids))


class TenantFactory(factory.django.DjangoModelFactory):
    """A row of the active scope's partner; `sealed__<column>="clear"` stores a secret."""

    class Meta:
        abstract = True

    partner_id = factory.LazyFunction(lambda: current_scope().partner_id)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):  # type: ignore[no-untyped-def]
        secrets = {
            key.removeprefix("sealed_"): kwargs.pop(key) for key in list(kwargs) if key.startswith("sealed_")
        }
        row = model_class(*args, **kwargs)
        for column, value in secrets.items():
            setattr(row, column, seal(row=row, column=column, value=value))
        row.save(force_insert=True)
        return row


class PartnerFactory(factory.django.DjangoModelFactory):
    """A partner with its key, inside `scope(id)`."""

    class Meta:
        model = models.Partner
        skip_postgeneration_save = True

    name = "Nuvola Connect"
    legal_entity = factory.LazyAttribute(lambda partner: f"{partner.name} S.r.l.")
    support_email = "aiuto@nuvola.example"

    @factory.post_generation
    def key(self, create, extracted, **kwargs):  # type: ignore[no-untyped-def]
        create_tenant_key(partner_id=self.id)


class CustomerFactory(TenantFactory):
    class Meta:
        model = models.Customer

    name = factory.Sequence(lambda n: f"Panificio Aurora {n}")
    contact_name = "Giulia Ferri"
    contact_email = factory.Sequence(lambda n: f"giulia{n}@aurora.example")
    created_at = WHEN


class BusinessManagerFactory(TenantFactory):
    class Meta:
        model = models.BusinessManager

    business_id = factory.LazyFunction(next_meta_id)
    name = "Nuvola Connect"


class MetaAppFactory(TenantFactory):
    class Meta:
        model = models.MetaApp

    business_manager = factory.SubFactory(BusinessManagerFactory)
    app_id = factory.LazyFunction(next_meta_id)
    display_name = "Nuvola Connect"
    contact_email = "meta@nuvola.example"
    config_id = factory.LazyFunction(next_meta_id)
    sealed_app_secret = "0123456789abcdef0123456789abcdef"
    sealed_verify_token = "verify-me"


class SystemUserFactory(TenantFactory):
    class Meta:
        model = models.SystemUser

    app = factory.SubFactory(MetaAppFactory)
    system_user_id = factory.LazyFunction(next_meta_id)
    name = "portal"
    role = "ADMIN"
    sealed_token = "EAAsystem"
    token_state = "VALID"


class WabaFactory(TenantFactory):
    class Meta:
        model = models.Waba

    customer = factory.SubFactory(CustomerFactory)
    waba_id = factory.LazyFunction(next_meta_id)
    name = "Panificio Aurora"


class PhoneNumberFactory(TenantFactory):
    class Meta:
        model = models.PhoneNumber

    waba = factory.SubFactory(WabaFactory)
    customer = factory.SelfAttribute("waba.customer")
    phone_number_id = factory.LazyFunction(next_meta_id)
    display_phone_number = factory.Sequence(lambda n: f"+1 202-555-{n:04d}")
    verified_name = "Panificio Aurora"


class BusinessTokenFactory(TenantFactory):
    class Meta:
        model = models.BusinessToken

    customer = factory.SubFactory(CustomerFactory)
    app = factory.SubFactory(MetaAppFactory)
    sealed_token = "EAAbusiness"
    state = "VALID"
    obtained_at = WHEN
