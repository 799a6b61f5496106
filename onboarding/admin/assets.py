"""Customers, accounts and numbers with the buttons that start a journey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from onboarding import services
from onboarding.admin.plans.forms import CustomersPlanForm
from onboarding.models import MigrationPlan, Onboarding
from onboarding.plans import opening
from portal.graph.types import PhoneNumberNode
from portal.kernel import clock
from portal.kernel.admin_forms import meta_id_field, row_field, switch_field, text_field
from portal.kernel.buttons import button
from portal.kernel.related import Related
from portal.kernel.rights import actor
from tenants import assets
from tenants.admin import CustomerAdmin, PhoneNumberAdmin, WabaAdmin
from tenants.models import Customer, MetaApp, PhoneNumber, Waba


def onboardings_of(key: str) -> Related:
    """The journeys of a customer or a number."""
    fields = ("created_at", "state", "phone_number", "window_ends_at", "registered_at", "live_at")
    return Related(_("onboardings"), Onboarding, key, fields)


PLANS = Related(
    _("migration plans"),
    MigrationPlan,
    "customer",
    ("path", "state", "planned_start_at", "owner", "priority", "risk", "recommendation"),
)


class InviteForm(forms.Form):
    app = row_field(_("Meta app"), lambda: MetaApp.objects.order_by("display_name"))
    expected_business_id = meta_id_field(
        _("expected business id"),
        required=False,
        help_text=_("If the invitation is for one portfolio: another one stops and asks."),
    )
    send_email = switch_field(_("send it by e-mail to the customer too"))


class OwnNumberForm(forms.Form):
    app = row_field(_("Meta app"), lambda: MetaApp.objects.order_by("display_name"))
    phone_number_id = meta_id_field(_("phone number id"), help_text=_("WhatsApp Manager, Phone numbers."))
    display_phone_number = text_field(_("phone number"), max_length=30)


@admin.register(Customer)
class CustomerDesk(CustomerAdmin):
    """The customer with all journeys, and the invitation to a new one."""

    refusals = (services.Refused,)
    related: ClassVar[Any] = (onboardings_of("customer"), PLANS, *CustomerAdmin.related)

    def button_names(self, row: Any) -> list[str]:
        return ["invite", "plan_move"] if MetaApp.objects.exists() else []

    @button(
        _("Invite"),
        form=InviteForm,
        explanation=_("Opens an onboarding for one number and makes the customer's link, shown this once."),
    )
    def invite(self, request: HttpRequest, row: Customer, data: Mapping[str, Any]) -> HttpResponse:
        onboarding, link = services.invite_customer(customer=row, now=clock.now(), by=actor(request), **data)
        screen = self.admin_site.get_model_admin(Onboarding)
        return screen.show_link(request, onboarding, link)  # type: ignore[attr-defined, no-any-return]

    @button(
        _("Plan a move"),
        form=CustomersPlanForm,
        explanation=_("Opens a migration plan: it is assessed first, then it gets a date."),
    )
    def plan_move(self, request: HttpRequest, row: Customer, data: Mapping[str, Any]) -> HttpResponse:
        opened = opening.open_plan(customer=row, now=clock.now(), by=actor(request), **data)
        self.message_user(request, _("The plan is opened."))
        return HttpResponseRedirect(reverse("admin:onboarding_migrationplan_change", args=[opened.pk]))


@admin.register(Waba)
class WabaDesk(WabaAdmin):
    """Accounts. The partner's own is added by its id, and its numbers are started here."""

    add_role = "ENGINEER"
    refusals = (services.Refused,)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else [(None, {"fields": ("name", "waba_id", "currency")})]

    def button_names(self, row: Waba) -> list[str]:
        return ["start_number"] if row.customer_id is None and MetaApp.objects.exists() else []

    @button(
        _("Start an own number"),
        role="ENGINEER",
        form=OwnNumberForm,
        explanation=_(
            "For a number you added in WhatsApp Manager: it is verified by a code, then registered."
        ),
    )
    def start_number(self, request: HttpRequest, row: Waba, data: Mapping[str, Any]) -> HttpResponse:
        now = clock.now()
        node = PhoneNumberNode(id=data["phone_number_id"], display_phone_number=data["display_phone_number"])
        number = assets.upsert_phone_number(waba=row, node=node, now=now)
        started = services.start_own_number(
            app=data["app"], waba=row, phone_number=number, now=now, by=actor(request)
        )
        self.message_user(request, _("The onboarding of the number is started."))
        return HttpResponseRedirect(reverse("admin:onboarding_onboarding_change", args=[started.pk]))


@admin.register(PhoneNumber)
class PhoneNumberDesk(PhoneNumberAdmin):
    """Numbers, with the journeys that brought them here."""

    related: ClassVar[Any] = (onboardings_of("phone_number"),)
