from __future__ import annotations

import uuid

import pytest
from django.db import connection, transaction

from portal.kernel.scope import NoScope, ScopeConflict, scope
from tenants.models import Customer
from tests.conftest import Tenant
from tests.factories import CustomerFactory


def test_without_a_scope_tenant_data_is_refused_and_not_empty(tenant: Tenant) -> None:
    with pytest.raises(NoScope):
        Customer.objects.all()


def test_a_scope_shows_its_own_tenant_only(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant.scope():
        assert list(Customer.objects.all()) == [tenant.world.customer]
    with other_tenant.scope():
        assert list(Customer.objects.all()) == [other_tenant.world.customer]


def test_a_scope_narrowed_to_a_customer_hides_the_others(tenant: Tenant) -> None:
    from tenants.models import Waba
    from tests.factories import WabaFactory

    with tenant.scope():
        mine = WabaFactory(customer=tenant.world.customer)
        WabaFactory(customer=CustomerFactory())
    with scope(tenant.partner_id, tenant.world.customer.id):
        assert list(Waba.objects.all()) == [mine]
        assert list(Waba._base_manager.all()) == [mine], "PostgreSQL narrows too"


def test_a_scope_cannot_be_swapped_inside_another(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant.scope(), pytest.raises(ScopeConflict), other_tenant.scope():
        pass


def test_joining_the_same_scope_is_one_transaction(tenant: Tenant) -> None:
    def inner_then_fail() -> None:
        with tenant.scope():
            with tenant.scope():
                CustomerFactory(name="Never stored")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        inner_then_fail()
    with tenant.scope():
        assert not Customer.objects.filter(name="Never stored").exists()


def test_nothing_leaks_to_the_next_user_of_the_connection(tenant: Tenant) -> None:
    with tenant.scope():
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant_id', true)")
        assert cursor.fetchone() in [("",), (None,)]
    with pytest.raises(ZeroDivisionError), tenant.scope():
        raise ZeroDivisionError
    assert Customer._base_manager.count() == 0


def test_a_scope_refuses_to_start_inside_a_transaction(tenant: Tenant) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"), scope(uuid.uuid4()):
        pass
