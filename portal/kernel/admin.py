"""The desk's frame: with admin_forms.py the only module that knows Unfold, and the rules all screens keep.

A screen is reached through a membership (the middleware entered its partner's scope), its rights come from
the role of that membership, its writes are service calls, and its buttons are POSTs of one service call each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from csp.decorators import csp_update
from django import forms
from django.contrib import auth, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.sites import UnfoldAdminSite
from unfold.views import ChangeList as UnfoldChangeList

from portal.kernel import clock, records
from portal.kernel.admin_forms import DeskForm

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite, TabularInline
    from django.contrib.admin.views.main import ChangeList
    from django.utils.functional import _StrOrPromise as Text

    Site = AdminSite
    Screen = ModelAdmin[Any]
    Results = ChangeList
    Inline = TabularInline[Any, Any]
else:
    Site, Screen, Inline = UnfoldAdminSite, UnfoldModelAdmin, UnfoldTabularInline
    Results = UnfoldChangeList

ROLES = ("VIEWER", "OPERATOR", "ENGINEER", "ADMIN")
NOBODY = ""

V = TypeVar("V", bound=Callable[..., Any])


def desk_policy(view: V) -> V:
    """Let Unfold's Alpine evaluate its expressions; inline scripts stay blocked."""
    update = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}
    return cast(V, csp_update(update)(view))


def allows(request: HttpRequest, role: str) -> bool:
    """Whether the person's role in the present partner includes `role`."""
    membership = getattr(request, "membership", None)
    return bool(role) and membership is not None and ROLES.index(membership.role) >= ROLES.index(role)


def actor(request: HttpRequest) -> str:
    """Who a service is told did it."""
    return str(request.user.get_username())


class DeskSite(Site):
    """The partner's desk. Admins of other packages have no tenant and no role, so they are not shown."""

    index_template = "desk/home.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if admin_class is not None and issubclass(admin_class, DeskAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        leaving = request.path == reverse("admin:logout")
        return bool(request.user.is_active) and (leaving or hasattr(request, "membership"))

    def admin_view(self, view: V, cacheable: bool = False) -> V:
        return desk_policy(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return desk_policy(super().login)(request, extra_context)

    @method_decorator(require_POST)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        auth.logout(request)
        return HttpResponseRedirect(reverse("admin:login"))

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Unfold's search over models keeps answers in a cache that knows no tenants: it is off."""
        raise Http404


class DeskChangeList(Results):
    """A list that counts its rows once: the head of the page says nothing of the others."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


@dataclass(frozen=True)
class Button:
    """One act of the desk: who may do it, what it asks first, and the service call behind it."""

    name: str
    label: Text
    role: str
    run: Callable[..., HttpResponse | None]
    form: type[forms.Form] | None
    explanation: Text
    style: str

    def url(self, row: models.Model) -> str:
        """Where it is pressed."""
        meta = row._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_button", args=[quote(row.pk), self.name])


def button(
    label: Text,
    *,
    role: str = "OPERATOR",
    form: type[forms.Form] | None = None,
    explanation: Text = "",
    style: str = "",
) -> Callable[[Callable[..., HttpResponse | None]], Button]:
    """Make a method `(self, request, row, data)` a button; it returns a page to show, or None for a message.

    `style` is "danger" or nothing; the first button of a row is the one to press.
    """

    def decorate(run: Callable[..., HttpResponse | None]) -> Button:
        return Button(run.__name__, label, role, run, form, explanation, style)

    return decorate


class DeskAdmin(Screen):
    """A screen of the desk. Roles say who may what; empty means nobody."""

    view_role: ClassVar[str] = "VIEWER"
    add_role: ClassVar[str] = NOBODY
    change_role: ClassVar[str] = NOBODY
    delete_role: ClassVar[str] = NOBODY
    # What services refuse with a reason that a person can read.
    refusals: ClassVar[tuple[type[Exception], ...]] = ()

    form = DeskForm
    formfield_overrides: Any = {models.URLField: {"assume_scheme": "https"}}
    list_per_page = 50
    list_filter_submit = False
    show_full_result_count = False
    compressed_fields = True
    warn_unsaved_form = True
    actions: Any = None
    change_form_outer_before_template: str | None = "desk/buttons.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allows(request, self.view_role)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return allows(request, self.add_role)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allows(request, self.change_role)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allows(request, self.delete_role)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return allows(request, self.view_role)

    # Every write is a service call, and services write the audit row: Django's own log would be a second one.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any: ...

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any: ...

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any: ...

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store what a person typed, with the audit row that says which fields."""
        records.store(
            row=obj, is_new=not change, fields=form.changed_data, now=clock.now(), by=actor(request)
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        records.remove(row=obj, now=clock.now(), by=actor(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeskChangeList]:
        return DeskChangeList

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        press = path(
            "<path:object_id>/do/<slug:name>/",
            self.admin_site.admin_view(self.press),
            name=f"{meta.app_label}_{meta.model_name}_button",
        )
        return [press, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The form, with the row's buttons. A value that another row holds is refused in words."""
        row = self.get_object(request, object_id) if object_id else None
        context = {
            "buttons": self.buttons_of(request, row) if row else [],
            "row": row,
            **(extra_context or {}),
        }
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, context)
        except IntegrityError:
            messages.error(request, _("This was not saved: an id in it is already in use."))
        except self.refusals as refusal:
            messages.error(request, str(getattr(refusal, "message", refusal)))
        return HttpResponseRedirect(request.get_full_path())

    def buttons_of(self, request: HttpRequest, row: Any) -> list[tuple[Button, str]]:
        """The buttons this person may press on this row now, each with its address."""
        found = [value for value in (getattr(type(self), name) for name in self.button_names(row)) if value]
        return [(each, each.url(row)) for each in found if allows(request, each.role)]

    def button_names(self, row: Any) -> list[str]:
        """Which buttons make sense for the row; each is an attribute made by `@button`."""
        return []

    def press(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask for what the act needs, then do it: one POST, one service call, one message."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        if name not in self.button_names(row):
            messages.error(request, _("That is no longer possible: the state has changed meanwhile."))
            return HttpResponseRedirect(self.page_of(row))
        pressed: Button = getattr(type(self), name)
        if not allows(request, pressed.role):
            raise PermissionDenied
        form = pressed.form(request.POST if request.method == "POST" else None) if pressed.form else None
        if request.method != "POST" or (form is not None and not form.is_valid()):
            return self._ask(request, row, pressed, form)
        return self._run(request, row, partial(pressed.run, self), form.cleaned_data if form else {})

    def page_of(self, row: Any) -> str:
        """The address of the row's own page."""
        meta = self.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(row.pk)])

    def _ask(self, request: HttpRequest, row: Any, pressed: Button, form: forms.Form | None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": pressed.label,
            "row": row,
            "button": pressed,
            "form": form,
            "back": self.page_of(row),
        }
        return TemplateResponse(request, "desk/ask.html", context)

    def _run(
        self, request: HttpRequest, row: Any, run: Callable[..., HttpResponse | None], data: Mapping[str, Any]
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                shown = run(request, row, data)
        except self.refusals as refusal:
            messages.error(request, str(getattr(refusal, "message", refusal)))
            shown = None
        return shown or HttpResponseRedirect(self.page_of(row))

    def show_once(
        self, request: HttpRequest, row: Any, *, title: Text, value: str, explanation: Text
    ) -> HttpResponse:
        """A page with a value that is never shown again and that no cache keeps."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": title,
            "value": value,
            "explanation": explanation,
            "back": self.page_of(row),
        }
        response = TemplateResponse(request, "desk/shown_once.html", context)
        response["Cache-Control"] = "no-store"
        return response


class ReadOnlyAdmin(DeskAdmin):
    """Rows that Meta or the journey writes; the desk only looks."""

    warn_unsaved_form = False


class RowsInline(Inline):
    """Related rows to look at, each a link to its own page."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allows(request, "VIEWER")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
