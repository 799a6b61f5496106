"""Who gets into which partner's scope, and that a failed request leaves nothing behind."""

from __future__ import annotations

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from portal.kernel.scope import NoScope, current_scope
from tenants import middleware
from tenants.models import Customer, Membership, Partner, SignInAttempt, User
from tests.conftest import Tenant
from tests.factories import CustomerFactory
from tests.factories.desk import sign_in

HOME = "/admin/tenants/customer/"


def test_one_membership_enters_its_partner(tenant: Tenant, other_tenant: Tenant) -> None:
    client = sign_in(tenant)
    with other_tenant.scope():
        CustomerFactory(name="Straniero SpA")
    page = client.get(HOME).content.decode()
    assert tenant.world.customer.name in page
    assert "Straniero" not in page


def test_several_memberships_ask_first_then_remember(tenant: Tenant, other_tenant: Tenant) -> None:
    client = sign_in(tenant)
    with other_tenant.scope():
        Membership.objects.create(partner_id=other_tenant.partner_id, user=client.person, role="VIEWER")
    answer = client.get(HOME)
    assert answer.status_code == 302
    choices = client.get(answer["Location"]).content.decode()
    assert "Nuvola Connect" in choices
    assert "Brezza Messaging" in choices
    client.post(answer["Location"], {"partner": str(other_tenant.partner_id)})
    page = client.get(HOME).content.decode()
    assert other_tenant.world.customer.name in page
    assert f">{tenant.world.customer.name}<" not in page


def test_a_foreign_partner_cannot_be_chosen(tenant: Tenant, other_tenant: Tenant) -> None:
    client = sign_in(tenant)
    answer = client.post("/admin/tenants/membership/choose/", {"partner": str(other_tenant.partner_id)})
    assert answer.status_code == 404
    assert client.get(HOME).status_code == 200
    assert other_tenant.world.customer.name not in client.get(HOME).content.decode()


def test_no_membership_is_told_so(tenant: Tenant) -> None:
    person = User.objects.create_user("sola@nessuno.example", "una password lunga", name="Sola")
    client = Client()
    client.force_login(person)
    answer = client.get(HOME)
    assert answer.status_code == 403
    assert "sola@nessuno.example" in answer.content.decode()
    client.post("/admin/logout/")
    assert client.get(HOME)["Location"].startswith("/admin/login/")


def test_a_membership_that_is_taken_away_closes_the_desk_at_once(tenant: Tenant) -> None:
    client = sign_in(tenant)
    assert client.get(HOME).status_code == 200
    with tenant.scope():
        Membership.objects.filter(user=client.person).delete()
    assert client.get(HOME).status_code == 403


def test_an_idle_session_ends(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in(tenant)
    assert client.get(HOME).status_code == 200
    later = middleware.time.time() + middleware.IDLE_SECONDS + 1
    monkeypatch.setattr(middleware.time, "time", lambda: later)
    answer = client.get(HOME)
    assert answer["Location"].startswith("/admin/login/")
    assert client.get(HOME)["Location"].startswith("/admin/login/")


def test_nobody_signed_in_has_no_scope(tenant: Tenant) -> None:
    assert Client().get(HOME)["Location"].startswith("/admin/login/")


def test_the_desk_speaks_the_persons_language_whatever_the_browser_asks(tenant: Tenant) -> None:
    client = sign_in(tenant, language="it")
    page = client.get(HOME, headers={"accept-language": "en"}).content.decode()
    assert '<html lang="it"' in page
    client.post("/admin/tenants/membership/language/", {"language": "en", "next": HOME})
    assert '<html lang="en"' in client.get(HOME).content.decode()
    assert User.objects.get(pk=client.person.pk).language == "en"


def test_the_language_switch_never_leads_to_another_site(tenant: Tenant) -> None:
    client = sign_in(tenant)
    answer = client.post(
        "/admin/tenants/membership/language/", {"language": "it", "next": "https://evil.example/"}
    )
    assert answer["Location"] == "/admin/"


def _write(request: HttpRequest) -> None:
    CustomerFactory(name="Da dimenticare", partner_id=current_scope().partner_id)


def refuses(request: HttpRequest) -> HttpResponse:
    _write(request)
    raise Http404


def breaks(request: HttpRequest) -> HttpResponse:
    _write(request)
    raise RuntimeError("broken")


def answers_badly(request: HttpRequest) -> HttpResponse:
    _write(request)
    return HttpResponse("sorry", status=503)


def succeeds(request: HttpRequest) -> HttpResponse:
    _write(request)
    return HttpResponse("ok")


def scopeless(request: HttpRequest) -> HttpResponse:
    try:
        current_scope()
    except NoScope:
        return HttpResponse("none")
    return HttpResponse("scoped")


urlpatterns = [
    path("admin/login/", succeeds, name="login"),
    path("admin/refuses/", refuses),
    path("admin/breaks/", breaks),
    path("admin/answers-badly/", answers_badly),
    path("admin/succeeds/", succeeds),
    path("elsewhere/", scopeless),
]


@pytest.mark.parametrize(
    ("address", "kept"), [("refuses", False), ("breaks", False), ("answers-badly", False), ("succeeds", True)]
)
def test_a_failed_request_leaves_nothing_behind(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, address: str, kept: bool
) -> None:
    client = sign_in(tenant)
    monkeypatch.setattr(middleware, "UNSCOPED", ())
    client.raise_request_exception = False
    with pytest.MonkeyPatch.context() as patch:
        _use_urls(patch)
        client.get(f"/admin/{address}/")
    with tenant.scope():
        assert Customer.objects.filter(name="Da dimenticare").exists() is kept


def test_other_pages_have_no_scope(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in(tenant)
    _use_urls(monkeypatch)
    assert client.get("/elsewhere/").content == b"none"


def _use_urls(patch: pytest.MonkeyPatch) -> None:
    from django.conf import settings
    from django.urls import clear_url_caches, set_urlconf

    patch.setattr(settings, "ROOT_URLCONF", __name__)
    clear_url_caches()
    set_urlconf(None)


def test_a_partner_is_shown_by_name(tenant: Tenant) -> None:
    client = sign_in(tenant)
    with tenant.scope():
        name = Partner.objects.get().name
    assert name in client.get(HOME).content.decode()


class TestSignIn:
    def press(self, client: Client, password: str) -> HttpResponse:
        return client.post(
            "/admin/login/?next=/admin/",
            {"username": "op@nuvola.example", "password": password, "next": "/admin/"},
        )

    def test_five_wrong_passwords_close_the_door_even_for_the_right_one(self, tenant: Tenant) -> None:
        sign_in(tenant, email="op@nuvola.example")
        client = Client()
        for _ in range(5):
            assert self.press(client, "wrong").status_code == 200
        page = self.press(client, "una password lunga")
        assert page.status_code == 200
        assert "Too many attempts. Try again in 15 minutes." in page.content.decode()

    def test_another_address_is_not_locked_out(self, tenant: Tenant) -> None:
        sign_in(tenant, email="op@nuvola.example")
        for _ in range(6):
            self.press(Client(REMOTE_ADDR="203.0.113.7"), "wrong")
        assert self.press(Client(), "una password lunga").status_code == 302

    def test_success_forgives(self, tenant: Tenant) -> None:
        sign_in(tenant, email="op@nuvola.example")
        for _ in range(4):
            self.press(Client(), "wrong")
        assert self.press(Client(), "una password lunga").status_code == 302
        assert not SignInAttempt.objects.exists()
