"""The resources a partner needs at Meta: proved, or told exactly what to do."""

from __future__ import annotations

from portal.kernel import clock
from tenants.checklist import checklist
from tenants.models import BusinessManager, MetaApp, SystemUser, TermsAcceptance
from tests.conftest import Tenant
from tests.factories import queue
from tests.factories.desk import address_of, read, sign_in


def test_the_checklist_says_exactly_what_is_missing(tenant: Tenant) -> None:
    with tenant.scope():
        now = clock.now()
        items = {item.key: item for item in checklist(partner=tenant.world.partner)}
        assert [key for key, item in items.items() if not item.is_ok] == ["waba", "review", "number"]
        assert "whatsapp_business_messaging" in items["review"].todo
        queue.own_waba(tenant.world)
        TermsAcceptance.objects.update(withdrawn_at=now)
        MetaApp.objects.update(config_id="", webhook_verified_at=None)
        SystemUser.objects.update(token_state="INVALID")
        again = {item.key: item for item in checklist(partner=tenant.world.partner)}
    assert [key for key, item in again.items() if not item.is_ok] == [
        "app",
        "review",
        "webhook",
        "system_user",
        "terms",
        "number",
    ]
    assert "embedded signup configuration id" in again["app"].todo
    assert again["number"].row == again["waba"].row  # an own number is started from the own account's page


def test_a_new_partner_sees_where_to_begin(tenant: Tenant) -> None:
    with tenant.scope():
        for model in (SystemUser, TermsAcceptance):
            model.objects.all().delete()
    text = read(sign_in(tenant, role="ADMIN"), "/admin/")
    assert address_of(SystemUser, "add") in text
    assert address_of(TermsAcceptance, "add") in text
    assert address_of(BusinessManager, "change", tenant.world.business.pk) in text
