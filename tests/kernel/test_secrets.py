from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from portal.graph.secret import Secret
from portal.kernel.models import TenantKey
from portal.kernel.secrets import CannotOpen, open_sealed, rewrap_tenant_keys, seal
from tenants.models import MetaApp
from tests.conftest import Tenant
from tests.factories import PhoneNumberFactory


def test_a_sealed_pin_opens_and_its_bytes_do_not_show_it(tenant: Tenant) -> None:
    with tenant.scope():
        number = PhoneNumberFactory(sealed_pin="482913")
        assert open_sealed(row=number, column="pin") == Secret("482913")
        assert b"482913" not in bytes(number.pin)


def test_the_same_value_is_sealed_differently_each_time(tenant: Tenant) -> None:
    with tenant.scope():
        app = tenant.world.app
        assert seal(row=app, column="app_secret", value="x") != seal(row=app, column="app_secret", value="x")


def test_a_ciphertext_moved_to_another_row_does_not_open(tenant: Tenant) -> None:
    with tenant.scope():
        first, second = PhoneNumberFactory(sealed_pin="111222"), PhoneNumberFactory(sealed_pin="333444")
        second.pin = first.pin
        with pytest.raises(CannotOpen):
            open_sealed(row=second, column="pin")


def test_a_ciphertext_moved_to_another_column_does_not_open(tenant: Tenant) -> None:
    with tenant.scope():
        number = PhoneNumberFactory(sealed_pin="111222")
        number.pending_pin = number.pin
        with pytest.raises(CannotOpen):
            open_sealed(row=number, column="pending_pin")


def test_another_tenants_key_does_not_open_it(tenant: Tenant, other_tenant: Tenant) -> None:
    with other_tenant.scope():
        theirs = other_tenant.world.app.app_secret
    with tenant.scope():
        tenant.world.app.app_secret = theirs
        with pytest.raises(CannotOpen):
            open_sealed(row=tenant.world.app, column="app_secret")


def test_nothing_stored_is_said_so(tenant: Tenant) -> None:
    with tenant.scope(), pytest.raises(CannotOpen, match="holds nothing"):
        open_sealed(row=PhoneNumberFactory(), column="pin")


def test_rotation_lets_the_old_key_go(tenant: Tenant, other_tenant: Tenant, settings: Settings) -> None:
    old, new = settings.SECRET_KEYS[0], Fernet.generate_key().decode()
    settings.SECRET_KEYS = [new, old]
    assert rewrap_tenant_keys() == (2, 0)
    assert rewrap_tenant_keys() == (0, 2), "running it again changes nothing"
    settings.SECRET_KEYS = [new]
    with tenant.scope():
        app = MetaApp.objects.get()
        assert open_sealed(row=app, column="app_secret").reveal() == "0123456789abcdef0123456789abcdef"


def test_a_missing_key_says_what_to_do(tenant: Tenant, settings: Settings) -> None:
    settings.SECRET_KEYS = [Fernet.generate_key().decode()]
    with tenant.scope():
        TenantKey.objects.get()
        with pytest.raises(CannotOpen, match="put the old key back"):
            open_sealed(row=tenant.world.app, column="app_secret")
