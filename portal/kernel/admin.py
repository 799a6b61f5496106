"""The desk's frame: with admin_forms.py the only module that knows Unfold, and the rules all screens keep.

A screen is reached through a membership (the middleware entered its partner's scope), its rights come from
the role of that membership, its writes are service calls, and its buttons are POSTs of one service call each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from csp.decorators import csp_update
from django.contrib import auth, messages
from django.contrib.admin import ModelAdmin
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.sites import UnfoldAdminSite
from unfold.views import ChangeList as UnfoldChangeList

from portal.kernel import clock, records
from portal.kernel.admin_forms import DeskForm
from portal.kernel.buttons import ButtonScreen
from portal.kernel.related import Related
from portal.kernel.rights import actor, allows

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.contrib.admin.views.main import ChangeList

    Site = AdminSite
    Screen = ModelAdmin[Any]
    Results = ChangeList
else:
    Site, Screen = UnfoldAdminSite, UnfoldModelAdmin
    Results = UnfoldChangeList

NOBODY = ""

V = TypeVar("V", bound=Callable[..., Any])


def desk_policy(view: V) -> V:
    """Let Unfold's Alpine evaluate its expressions; inline scripts stay blocked."""
    update = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}
    return cast(V, csp_update(update)(view))


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
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
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


class DeskAdmin(ButtonScreen, Screen):
    """A screen of the desk. Roles say who may what; empty means nobody."""

    view_role: ClassVar[str] = "VIEWER"
    add_role: ClassVar[str] = NOBODY
    change_role: ClassVar[str] = NOBODY
    delete_role: ClassVar[str] = NOBODY
    form = DeskForm
    formfield_overrides: ClassVar[Any] = {models.URLField: {"assume_scheme": "https"}}
    list_per_page = 50
    list_filter_submit = False
    show_full_result_count = False
    compressed_fields = True
    warn_unsaved_form = True
    actions: Any = None
    change_form_outer_before_template: str | None = "desk/buttons.html"
    change_form_outer_after_template: str | None = "desk/related.html"
    related: ClassVar[tuple[Related, ...]] = ()

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

    def adopt(self, obj: models.Model, created: models.Model) -> None:
        """Let the form's object be the row that a service made, for the admin's answer."""
        vars(obj).update(vars(created))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        records.remove(row=obj, now=clock.now(), by=actor(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeskChangeList]:
        return DeskChangeList

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
            "related": [each.table(row, now=clock.now()) for each in self.related] if row else [],
            "row": row,
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
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


class ReadOnlyAdmin(DeskAdmin):
    """Rows that Meta or the journey writes; the desk only looks."""

    warn_unsaved_form = False
