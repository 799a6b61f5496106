"""Buttons of the desk: each is a POST, one service call and one message, for those whose role allows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from portal.kernel.admin_forms import RowForm
from portal.kernel.rights import allows

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

    Screen = ModelAdmin[Any]
else:
    Screen = ModelAdmin


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

    @property
    def asks(self) -> bool:
        """Whether a form comes first. A template cannot tell: it would make the form to look at it."""
        return self.form is not None

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

    `style` is "danger", "plain" or nothing; a first button of no style is the one to press.
    """

    def decorate(run: Callable[..., HttpResponse | None]) -> Button:
        return Button(run.__name__, label, role, run, form, explanation, style)

    return decorate


class ButtonScreen(Screen):
    """A screen whose rows have buttons."""

    # What services refuse with a reason that a person can read.
    refusals: ClassVar[tuple[type[Exception], ...]] = ()

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        press = path(
            "<path:object_id>/do/<slug:name>/",
            self.admin_site.admin_view(self.press),
            name=f"{meta.app_label}_{meta.model_name}_button",
        )
        return [press, *super().get_urls()]

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
        form = _form(request, row, pressed.form) if pressed.form else None
        if request.method != "POST" or (form is not None and not form.is_valid()):
            return self._ask(request, row, pressed, form)
        return self._run(request, row, partial(pressed.run, self), form.cleaned_data if form else {})

    def page_of(self, row: Any) -> str:
        """The address of the row's own page."""
        meta = self.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(row.pk)])

    def name_of(self, row: Any) -> str:
        """What the row is called above the question of a button."""
        return str(row)

    def _ask(self, request: HttpRequest, row: Any, pressed: Button, form: forms.Form | None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": pressed.label,
            "row": row,
            "subject": self.name_of(row),
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


def _form(request: HttpRequest, row: Any, kind: type[forms.Form]) -> forms.Form:
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    if issubclass(kind, RowForm):
        return kind(*given, row=row, initial=request.GET.dict())
    return kind(*given)
