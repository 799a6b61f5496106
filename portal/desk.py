"""The desk's frame for Unfold's settings: navigation, names, links, and the home page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.admin import words
from onboarding.desk import home_of
from onboarding.models import Owner
from onboarding.queries import Journey
from portal.kernel import clock
from portal.kernel.rights import allows
from portal.kernel.rls import find_tenant
from tenants.checklist import Item
from tenants.models import Membership

NAVIGATION: tuple[tuple[Promise | None, tuple[tuple[Promise, str, str, str], ...]], ...] = (
    (
        None,
        (
            (_("Overview"), "dashboard", "index", "VIEWER"),
            (_("Queue"), "hourglass_top", "onboarding_onboarding_changelist", "VIEWER"),
            (_("Customers"), "storefront", "tenants_customer_changelist", "VIEWER"),
            (_("Phone numbers"), "call", "tenants_phonenumber_changelist", "VIEWER"),
            (_("WhatsApp accounts"), "forum", "tenants_waba_changelist", "VIEWER"),
            (_("Messages"), "chat", "messaging_message_changelist", "OPERATOR"),
        ),
    ),
    (
        _("Migration"),
        (
            (_("Board of waves"), "calendar_view_week", "onboarding_waveschedule_board", "VIEWER"),
            (_("Migration plans"), "move_up", "onboarding_migrationplan_changelist", "VIEWER"),
            (_("Schedules of waves"), "event_upcoming", "onboarding_waveschedule_changelist", "VIEWER"),
            (_("Imports"), "upload_file", "onboarding_planimport_changelist", "VIEWER"),
            (_("Texts to customers"), "drafts", "onboarding_noticetext_changelist", "VIEWER"),
        ),
    ),
    (
        _("Resources at Meta"),
        (
            (_("Business portfolios"), "domain", "tenants_businessmanager_changelist", "VIEWER"),
            (_("Meta apps"), "apps", "tenants_metaapp_changelist", "VIEWER"),
            (_("App permissions"), "verified_user", "tenants_apppermission_changelist", "VIEWER"),
            (_("System users"), "smart_toy", "tenants_systemuser_changelist", "VIEWER"),
            (_("Credit lines"), "credit_card", "tenants_creditline_changelist", "VIEWER"),
            (_("Terms"), "gavel", "tenants_termsacceptance_changelist", "VIEWER"),
        ),
    ),
    (
        _("Webhooks"),
        (
            (_("Changes"), "move_to_inbox", "webhooks_change_changelist", "VIEWER"),
            (_("Payloads"), "data_object", "webhooks_payload_changelist", "ENGINEER"),
        ),
    ),
    (
        _("Settings"),
        (
            (_("Partner"), "badge", "tenants_partner_changelist", "VIEWER"),
            (_("Members"), "group", "tenants_membership_changelist", "VIEWER"),
            (_("API keys"), "key", "tenants_apikey_changelist", "ENGINEER"),
            (_("Limits of Meta"), "speed", "kernel_limit_changelist", "VIEWER"),
            (_("Audit trail"), "history", "kernel_audit_changelist", "ENGINEER"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar: what this person may open, with the entry of the page that is open."""
    links = {
        route: reverse(f"admin:{route}") for _title, entries in NAVIGATION for _n, _i, route, _r in entries
    }
    index = links["index"]
    # A page below two entries belongs to the nearer one; all of them are below the overview.
    open_now = max((link for link in links.values() if request.path.startswith(link)), key=len, default=index)
    return [
        {
            "title": title,
            "separator": title is not None,
            "items": [
                {
                    "title": name,
                    "icon": icon,
                    "link": links[route],
                    "active": links[route] == (open_now if open_now != index else request.path),
                }
                for name, icon, route, role in entries
                if allows(request, role)
            ],
        }
        for title, entries in NAVIGATION
    ]


def partner_name(request: HttpRequest) -> str:
    """Whose desk this is, on every page."""
    partner = getattr(request, "partner", None)
    return partner.name if partner else str(_("Partner portal"))


def stylesheet(request: HttpRequest) -> str:
    return static("desk/desk.css")


def plans_stylesheet(request: HttpRequest) -> str:
    return static("desk/plans.css")


def favicon(request: HttpRequest) -> str:
    return static("desk/icon.svg")


def script(request: HttpRequest) -> str:
    return static("desk/desk.js")


def language_url(request: HttpRequest) -> str:
    return reverse("admin:language")


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """The person's own menu; the switch of partner is there for those who have several."""
    links = [{"title": _("Change password"), "link": reverse("admin:password_change")}]
    if request.user.pk and len(find_tenant(Membership, user_id=request.user.pk)) > 1:
        links.insert(0, {"title": _("Switch partner"), "link": reverse("admin:choose_partner")})
    return links


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The overview: what will expire, what waits for us, what broke, what is missing at Meta."""
    view = home_of(partner=request.partner, now=clock.now())  # type: ignore[attr-defined]
    moves = [(owner.value, words.MOVES[owner], view.owners.get(owner, 0)) for owner in Owner]
    return {
        **context,
        "title": _("Overview"),
        "home": view,
        "home_urgent": [_line(journey, view.now) for journey in view.urgent],
        "home_ours": [_line(journey, view.now) for journey in view.ours],
        "home_moves": moves,
        "home_resources": [(item, *_way_to(request, item)) for item in view.resources],
    }


def _line(journey: Journey, now: datetime) -> tuple[Any, ...]:
    left = words.time_left(journey, now)
    return journey, words.who(journey.onboarding), words.blocker(journey), words.move_badge(journey), left


def _way_to(request: HttpRequest, item: Item) -> tuple[str, bool]:
    """The page on which a resource is seen or added, and whether this person may do it."""
    if item.row is not None:
        return reverse(f"admin:{item.screen}_change", args=[item.row.pk]), True
    if item.is_ok:
        return reverse(f"admin:{item.screen}_changelist"), True
    model = apps.get_model(item.screen.replace("_", "."))
    may_add = admin.site.get_model_admin(model).has_add_permission(request)
    return reverse(f"admin:{item.screen}_add"), may_add
