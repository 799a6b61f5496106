"""What a partner must have at Meta before its first customer, following Meta's guide for Solution Partners.

https://developers.facebook.com/docs/whatsapp/solution-providers/get-started-for-solution-partners
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.models import (
    AccessLevel,
    AppPermission,
    BusinessManager,
    CreditLine,
    MetaApp,
    Partner,
    PhoneNumber,
    ReviewState,
    SystemUser,
    TermsAcceptance,
    TokenState,
    Waba,
)

PERMISSIONS = ("whatsapp_business_management", "whatsapp_business_messaging")
CREDIT_PERMISSION = "business_management"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One resource: there (`detail` proves it) or missing (`todo` says exactly what to do)."""

    key: str
    title: str | Promise
    is_ok: bool
    detail: str = ""
    todo: str = ""
    screen: str = ""
    row: Model | None = None


def checklist(*, partner: Partner) -> list[Item]:
    """The partner's resources in the order of the guide. Inside its scope."""
    app = MetaApp.objects.order_by("pk").first()
    items = [_portfolio(), _waba(), _app(app), _review(app, partner), _webhook(app), _system_user(app)]
    if partner.credit_line_required:
        items.append(_credit_line())
    return [*items, _terms(), _number()]


def _portfolio() -> Item:
    found = BusinessManager.objects.filter(customer=None).order_by("pk").first()
    return Item(
        key="portfolio",
        title=gettext_lazy("Business portfolio"),
        is_ok=found is not None,
        detail=f"{found.name} · {found.business_id}" if found else "",
        todo=_("In Meta's Business settings, Business info, copy the portfolio's id and add it here."),
        screen="tenants_businessmanager",
        row=found,
    )


def _own_waba() -> Waba | None:
    return Waba.objects.filter(customer=None).order_by("pk").first()


def _waba() -> Item:
    found = _own_waba()
    return Item(
        key="waba",
        title=gettext_lazy("Own WhatsApp Business Account"),
        is_ok=found is not None,
        detail=f"{found.name} · {found.waba_id}" if found else "",
        todo=_("Create one in WhatsApp Manager for your own messages and tests, then add its id here."),
        screen="tenants_waba",
        row=found,
    )


def _app(app: MetaApp | None) -> Item:
    missing = [] if app is None else list(_missing_of(app))
    todo = _(
        "In the App Dashboard create an app of type Business with a display name and a contact e-mail,"
        " add the products WhatsApp and Facebook Login for Business, then add the app here."
    )
    if missing:
        todo = _("The app still lacks: %(parts)s.") % {"parts": ", ".join(missing)}
    return Item(
        key="app",
        title=gettext_lazy("Meta app"),
        is_ok=app is not None and not missing,
        detail=f"{app.display_name} · {app.app_id}" if app else "",
        todo=todo,
        screen="tenants_metaapp",
        row=app,
    )


def _missing_of(app: MetaApp) -> Iterator[str]:
    if not app.app_secret:
        yield _("app secret")
    if not app.config_id:
        yield _("embedded signup configuration id")


def _review(app: MetaApp | None, partner: Partner) -> Item:
    wanted = (*PERMISSIONS, CREDIT_PERMISSION) if partner.credit_line_required else PERMISSIONS
    passed = AppPermission.objects.filter(
        app=app, access_level=AccessLevel.ADVANCED, review_state=ReviewState.APPROVED
    ).values_list("permission", flat=True)
    missing = [name for name in wanted if name not in set(passed)] if app else list(wanted)
    return Item(
        key="review",
        title=gettext_lazy("App Review with advanced access"),
        is_ok=not missing,
        detail=", ".join(wanted),
        todo=_(
            "Ask for advanced access to %(names)s in App Review, with one screen recording for each,"
            " and note the answer here."
        )
        % {"names": ", ".join(missing)},
        screen="tenants_apppermission",
    )


def _webhook(app: MetaApp | None) -> Item:
    verified = app is not None and app.webhook_verified_at is not None
    return Item(
        key="webhook",
        title=gettext_lazy("Webhook verified"),
        is_ok=verified,
        detail=app.webhook_callback_url if app else "",
        todo=_(
            "Nothing to type: the first onboarding registers the callback with Meta and proves it. The intake"
            " must be reachable from the Internet with a valid certificate."
        ),
        screen="tenants_metaapp",
        row=app,
    )


def _system_user(app: MetaApp | None) -> Item:
    admin = SystemUser.objects.filter(app=app, role=SystemUser.SystemRole.ADMIN).first() if app else None
    todo = _("In Business settings, Users, System users, create one admin for the app and add it here.")
    if admin is not None:
        todo = _(
            "Generate a token for %(name)s in Business settings, System users, with the permissions of the"
            " app, and store it here."
        ) % {"name": admin.name}
    return Item(
        key="system_user",
        title=gettext_lazy("System user with a valid token"),
        is_ok=admin is not None and admin.token_state == TokenState.VALID,
        detail=str(admin) if admin else "",
        todo=todo,
        screen="tenants_systemuser",
        row=admin,
    )


def _credit_line() -> Item:
    found = CreditLine.objects.order_by("pk").first()
    return Item(
        key="credit_line",
        title=gettext_lazy("Credit line"),
        is_ok=found is not None,
        detail=str(found) if found else "",
        todo=_("Ask your contact at Meta for an extended credit line and add its id here."),
        screen="tenants_creditline",
        row=found,
    )


def _terms() -> Item:
    found = TermsAcceptance.objects.filter(withdrawn_at=None).first()
    return Item(
        key="terms",
        title=gettext_lazy("Terms of the WhatsApp Business Platform"),
        is_ok=found is not None,
        detail=str(found) if found else "",
        todo=_(
            "Accept them in the banner of WhatsApp Manager, then note here who did. Until then every"
            " registration is refused; customers do not have to accept."
        ),
        screen="tenants_termsacceptance",
        row=found,
    )


def _number() -> Item:
    found = PhoneNumber.objects.filter(customer=None).order_by("-registered_at", "pk").first()
    return Item(
        key="number",
        title=gettext_lazy("Own business phone number"),
        is_ok=found is not None and found.is_registered,
        detail=str(found) if found else "",
        todo=_("Add a number in WhatsApp Manager, then start it from the page of your own account."),
        screen="tenants_waba",
        row=found.waba if found else _own_waba(),
    )
