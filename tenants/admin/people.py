"""The partner, its members, and the switches of a person: which partner, which language."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.admin_forms import DeskForm, choice_field, email_field, secret_field, text_field
from portal.kernel.buttons import button
from portal.kernel.rights import actor
from portal.kernel.rls import find_tenant
from portal.kernel.scope import scope
from tenants import people
from tenants.middleware import CHOSEN
from tenants.models import Membership, Partner, Role, User


class MemberForm(DeskForm):
    """A new member: the password counts only for a person who has no account yet."""

    email = email_field(_("e-mail"))
    name = text_field(_("name"), max_length=100)
    password = secret_field(
        _("first password"),
        help_text=_(
            "At least 12 characters. Not used if the person already signs in here for another partner."
        ),
    )

    class Meta:
        model = Membership
        fields = ("role",)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class RoleForm(forms.Form):
    role = choice_field(_("role"), Role.choices)


@admin.register(Membership)
class MembershipAdmin(DeskAdmin):
    """Who may do what for the partner."""

    add_role = "ADMIN"
    refusals = (people.LastAdministrator, people.AlreadyMember)
    list_display = ("user", "email", "role")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    ordering = ("user__name",)
    fields = ("user", "email", "role")
    readonly_fields = ("user", "email", "role")

    @admin.display(description=_("e-mail"), ordering="user__email")
    def email(self, member: Membership) -> str:
        return member.user.email

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if obj else MemberForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": self.fields if obj else ("email", "name", "role", "password")})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        partner = request.partner  # type: ignore[attr-defined]
        added = people.invite_member(
            partner_id=partner.id, now=clock.now(), by=actor(request), **form.cleaned_data
        )
        self.adopt(obj, added)

    def button_names(self, row: Any) -> list[str]:
        return ["change_role_of", "remove"]

    @button(
        _("Change role"), role="ADMIN", form=RoleForm, explanation=_("Each role includes the ones before it.")
    )
    def change_role_of(self, request: HttpRequest, row: Membership, data: Mapping[str, Any]) -> None:
        people.change_role(member=row, role=Role(data["role"]), now=clock.now(), by=actor(request))
        self.message_user(request, _("The role is changed."))

    @button(
        _("Remove"),
        role="ADMIN",
        form=forms.Form,
        style="danger",
        explanation=_(
            "The person loses access to this partner with their next click. What they did stays on record."
        ),
    )
    def remove(self, request: HttpRequest, row: Membership, data: Mapping[str, Any]) -> HttpResponse:
        people.remove_member(member=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The member is removed."))
        return HttpResponseRedirect(reverse("admin:tenants_membership_changelist"))

    def get_urls(self) -> list[URLPattern]:
        return [
            path("choose/", choose_partner, name="choose_partner"),
            path("language/", change_language, name="language"),
            *super().get_urls(),
        ]


@login_required
@require_http_methods(["GET", "POST"])
def choose_partner(request: HttpRequest) -> HttpResponse:
    """Ask a person who works for several partners for which one, and remember it for the session."""
    partners = [
        partner_id for _id, partner_id in find_tenant(Membership, user_id=cast(uuid.UUID, request.user.pk))
    ]
    if request.method == "POST":
        wanted = next((one for one in partners if str(one) == request.POST.get("partner")), None)
        if wanted is None:
            raise Http404
        request.session[CHOSEN] = str(wanted)
        return HttpResponseRedirect(reverse("admin:index"))
    return TemplateResponse(
        request, "desk/choose_partner.html", {"partners": [_named(one) for one in partners]}
    )


def _named(partner_id: uuid.UUID) -> Partner:
    with scope(partner_id):
        return Partner.objects.get()


@login_required
@require_POST
def change_language(request: HttpRequest) -> HttpResponse:
    """Keep the language with the person, so that it follows them to another browser."""
    language, back = request.POST.get("language", ""), request.POST.get("next", "")
    if language not in dict(settings.LANGUAGES):
        raise Http404
    people.set_language(person=cast(User, request.user), language=language)
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else reverse("admin:index"))


@admin.register(Partner)
class PartnerAdmin(DeskAdmin):
    """The partner's own data, as customers see it on their page."""

    change_role = "ADMIN"
    list_display = ("name", "legal_entity", "support_email")
    fields = (
        ("name", "legal_entity"),
        ("support_email", "support_phone"),
        ("language", "time_zone"),
        "brand_color",
        ("credit_line_required", "data_localization_region"),
    )
