"""CSV imports: the upload, its dry run row by row, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from onboarding.models import Effect, PlanImport, PlanImportRow
from onboarding.plans import importing
from onboarding.plans.importing.errors import sentence
from onboarding.plans.importing.reading import MOST_BYTES
from onboarding.services import Refused
from onboarding.states import ImportState
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.admin_forms import file_field
from portal.kernel.buttons import button
from portal.kernel.rights import actor
from portal.kernel.templatetags.desk import badge

ROWS_SHOWN = 50


class UploadForm(forms.Form):
    file = file_field(
        _("CSV file"),
        help_text=_("One row for each number, at most 5,000 rows and 4 MB. Nothing but a check happens yet."),
    )

    def clean_file(self) -> Any:
        """Too large a file is not even read."""
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 4 MB: split it by customers."))
        return upload


@admin.register(PlanImport)
class PlanImportAdmin(DeskAdmin):
    """Imports stay as evidence of what was uploaded, by whom, and what it did."""

    add_role = "OPERATOR"
    refusals = (Refused,)
    list_display = (
        "name",
        "state_label",
        "rows_total",
        "rows_wrong",
        "customers",
        "numbers",
        "created_at",
        "created_by",
        "applied_at",
    )
    list_filter = ("state",)
    search_fields = ("name", "created_by")
    ordering = ("-created_at", "-id")
    list_before_template = "desk/plans/imports_head.html"

    class Media:
        css: ClassVar[Any] = {"all": ("desk/plan.css",)}

    @admin.display(description=_("state"), ordering="state")
    def state_label(self, row: PlanImport) -> SafeString:
        return badge(row.state, row.get_state_display())

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        return [
            path("template/", site.admin_view(self.template_view), name="onboarding_planimport_template"),
            path(
                "<path:object_id>/errors/",
                site.admin_view(self.errors_view),
                name="onboarding_planimport_errors",
            ),
            *super().get_urls(),
        ]

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """Every column with examples, to begin with."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _file(importing.template_csv(), "plans")

    def errors_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The rows that are not written, as they were, with the reasons in front."""
        row = self._row(request, object_id)
        return _file(
            importing.errors_csv(row), f"{slugify(row.name.removesuffix('.csv')) or 'import'}-errors"
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take a file and show what it would do."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                with transaction.atomic():
                    made = importing.check_csv(
                        name=upload.name, data=upload.read(), now=clock.now(), by=actor(request)
                    )
                return HttpResponseRedirect(self.page_of(made))
            except Refused as refusal:
                form.add_error("file", str(refusal.message))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("Import plans from a CSV file"),
            "form": form,
        }
        return TemplateResponse(request, "desk/plans/import_upload.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What every row of the file does or did, and what is wrong with it."""
        row = self._row(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": row.name,
            "original": row,
            "row": row,
            "buttons": self.buttons_of(request, row),
            **_rows_context(row, request.GET),
        }
        return TemplateResponse(request, "desk/plans/import.html", context)

    def button_names(self, row: PlanImport) -> list[str]:
        if row.state != ImportState.CHECKED:
            return []
        return ["apply", "discard"] if row.rows_wrong < row.rows_total else ["discard"]

    @button(
        _("Apply the import"),
        form=forms.Form,
        explanation=_(
            "Customers without an error are written, all of them or none. Customers with an error are left"
            " out; correct them and upload them again. Rows that are there already change nothing."
        ),
    )
    def apply(self, request: HttpRequest, row: PlanImport, data: Mapping[str, Any]) -> None:
        importing.apply_import(plan_import=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The import is applied."))

    @button(
        _("Discard it"),
        form=forms.Form,
        style="danger",
        explanation=_("Nothing of the file is written. It stays on record with what it said."),
    )
    def discard(self, request: HttpRequest, row: PlanImport, data: Mapping[str, Any]) -> None:
        importing.discard_import(plan_import=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The import is discarded."))

    def _row(self, request: HttpRequest, object_id: str) -> PlanImport:
        row: PlanImport | None = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return row


def _rows_context(row: PlanImport, asked: Mapping[str, str]) -> dict[str, Any]:
    """The rows that are asked for, a page of them, and how many there are of each effect."""
    rows = PlanImportRow.objects.filter(plan_import=row).order_by("row_no")
    counts = dict(rows.order_by().values_list("effect").annotate(n=Count("pk")))
    effect = asked.get("effect", "")
    shown: QuerySet[PlanImportRow] = rows.filter(effect=effect) if effect in Effect.values else rows
    page = Paginator(shown, ROWS_SHOWN).get_page(asked.get("page"))
    return {
        "effect": effect,
        "effects": [(one.value, one.label, counts.get(one, 0)) for one in Effect],
        "page": page,
        "rows": [(one, importing.changes_of(one), _errors(one)) for one in page],
    }


def _errors(row: PlanImportRow) -> list[tuple[str, str, str]]:
    """Column, what stands in it, and the sentence of each error."""
    cells = row.data["cells"]
    return [(one["column"], cells.get(one["column"], ""), sentence(one)) for one in row.errors]


def _file(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
