"""Members of a partner: invited, given a role, removed; an administrator is always left."""

from __future__ import annotations

from portal.kernel.models import Audit
from tenants.models import Membership, User
from tests.conftest import Tenant
from tests.factories.desk import address_of, make_member, press, sign_in, told


def test_a_new_person_may_sign_in_and_an_old_one_keeps_their_password(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    client = sign_in(tenant, role="ADMIN")
    old = make_member(other_tenant, email="carlo@brezza.example")
    before = User.objects.get(pk=old.pk).password
    for email in ("nuova@nuvola.example", "Carlo@brezza.example"):
        data = {"email": email, "name": "X", "role": "VIEWER", "password": "un'altra password"}
        assert client.post(address_of(Membership, "add"), data).status_code == 302
    assert User.objects.get(email="nuova@nuvola.example").check_password("un'altra password")
    assert User.objects.get(pk=old.pk).password == before
    with tenant.scope():
        assert Membership.objects.count() == 3


def test_a_weak_password_is_refused(tenant: Tenant) -> None:
    data = {"email": "x@nuvola.example", "name": "X", "role": "VIEWER", "password": "password"}
    answer = sign_in(tenant, role="ADMIN").post(address_of(Membership, "add"), data)
    assert answer.status_code == 200
    assert not User.objects.filter(email="x@nuvola.example").exists()


def test_the_last_administrator_stays(tenant: Tenant) -> None:
    client = sign_in(tenant, role="ADMIN")
    with tenant.scope():
        mine = Membership.objects.get()
    assert "keeps at least one administrator" in told(client, mine, "remove")
    press(client, mine, "change_role_of", role="VIEWER")
    with tenant.scope():
        assert Membership.objects.get().role == "ADMIN"


def test_a_removed_member_is_out_with_the_next_click(tenant: Tenant) -> None:
    client = sign_in(tenant, role="ADMIN")
    gone = sign_in(tenant, email="gone@nuvola.example")
    with tenant.scope():
        member = Membership.objects.get(user=gone.person)
    press(client, member, "remove")
    assert gone.get("/admin/").status_code == 403
    with tenant.scope():
        assert Audit.objects.filter(action="member.removed", by=client.person.email).exists()
