"""The texts that customers get: written per language, read as they would arrive, approved by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from onboarding.letters import Letter
from onboarding.models import NoticeText, PlanNoticeKind
from onboarding.plans.telling import texts
from onboarding.plans.telling.rendering import render_text
from onboarding.reasons import Text
from onboarding.services import Refused
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.admin_forms import RowForm, choice_field, long_text_field, text_field
from portal.kernel.buttons import button
from portal.kernel.rights import actor
from portal.kernel.templatetags.desk import badge
from tenants.models import Partner

KINDS = [(kind.value, kind.label) for kind in PlanNoticeKind if kind in texts.KNOWN]
FIRST_NAME = _("move")


def _names(kind: str) -> str:
    return " ".join(f"{{{name}}}" for name in texts.KNOWN[kind])


class WordsForm(forms.Form):
    subject = text_field(_("subject"), max_length=150)
    body = long_text_field(_("text"), max_length=5000)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["body"].widget.attrs["rows"] = 14


class NewTextForm(WordsForm):
    name = text_field(
        _("name"), max_length=60, help_text=_("Texts of the same name belong together, in all languages.")
    )
    kind = choice_field(_("kind"), KINDS)
    language = choice_field(_("language"), settings.LANGUAGES)
    field_order = ("name", "kind", "language", "subject", "body")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["body"].help_text = _names(PlanNoticeKind.CORRECTION)


class PresentTextForm(RowForm, WordsForm):
    """The words as they are, and what they may name."""

    def know(self, row: NoticeText) -> None:
        self.initial = {"subject": row.subject, "body": row.body}
        self.fields["body"].help_text = _names(row.kind)


class ApproveForm(RowForm):
    """Nothing but the words that the approver has before them."""

    subject = forms.CharField(widget=forms.HiddenInput, required=False)
    body = forms.CharField(widget=forms.HiddenInput, required=False)

    def know(self, row: NoticeText) -> None:
        self.initial = {"subject": row.subject, "body": row.body}
        letter = letter_of(row)
        self.letter = f"{letter.subject}\n\n{letter.text}"

    def clean_body(self) -> str:
        """A browser sends its own line ends."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")


class AdoptForm(forms.Form):
    name = text_field(_("name"), max_length=60, initial=FIRST_NAME)


@dataclass(frozen=True, kw_only=True)
class Version:
    """A text in one language, as it would arrive; without a row nobody has written it yet."""

    language: str
    label: Text
    row: NoticeText | None
    letter: Letter | None


def letter_of(row: NoticeText) -> Letter:
    """The text as an invented customer would get it."""
    partner = Partner.objects.get(pk=row.partner_id)
    return render_text(subject=row.subject, body=row.body, language=row.language, partner=partner)


@admin.register(NoticeText)
class NoticeTextAdmin(DeskAdmin):
    """A change ends an approval; only what is approved is sent."""

    add_role = "OPERATOR"
    refusals = (Refused,)
    list_display = ("name", "kind_label", "language", "subject", "approval", "changed_at", "changed_by")
    list_filter = ("kind", "language", ("approved_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "subject", "body")
    ordering = ("name", "kind", "language")
    list_before_template = "desk/plans/texts_head.html"

    class Media:
        css: ClassVar[Any] = {"all": ("desk/plan.css",)}

    @admin.display(description=_("kind"), ordering="kind")
    def kind_label(self, row: NoticeText) -> str:
        return str(row.get_kind_display())

    @admin.display(description=_("approved"), ordering="approved_at")
    def approval(self, row: NoticeText) -> SafeString:
        return badge("OK", _("approved")) if row.approved_at else badge("WAITING", _("not approved"))

    def get_urls(self) -> list[URLPattern]:
        adopt = path(
            "adopt/", self.admin_site.admin_view(self.adopt_view), name="onboarding_noticetext_adopt"
        )
        return [adopt, *super().get_urls()]

    def adopt_view(self, request: HttpRequest) -> HttpResponse:
        """Take over the built-in texts under a name."""
        form = AdoptForm(request.POST if request.method == "POST" else None)
        explanation = _(
            "Announcement, reminder, new date, withdrawn date and completion in every language. They are sent"
            " only when somebody has approved them; texts that are there already stay."
        )

        def adopt() -> HttpResponse:
            texts.adopt_defaults(now=clock.now(), by=actor(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("admin:onboarding_noticetext_changelist"))

        return self._form_page(request, form, _("Take the built-in texts"), explanation, adopt)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Write a text in one language."""
        form = NewTextForm(request.POST if request.method == "POST" else None, initial=request.GET.dict())
        explanation = _("Names in braces are filled in for each customer.")

        def save() -> HttpResponse:
            row = texts.save_text(now=clock.now(), by=actor(request), **form.cleaned_data)
            return HttpResponseRedirect(self.page_of(row))

        return self._form_page(request, form, _("New text"), explanation, save)

    def _form_page(
        self, request: HttpRequest, form: forms.Form, title: Any, explanation: Any, run: Any
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if form.is_valid():
            try:
                with transaction.atomic():
                    shown: HttpResponse = run()
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The text is stored. It is sent when somebody has approved it."))
                return shown
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": title,
            "button": {"label": title, "explanation": explanation},
            "form": form,
            "back": reverse("admin:onboarding_noticetext_changelist"),
        }
        return TemplateResponse(request, "desk/ask.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The text in all languages, as it would arrive."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": str(row),
            "original": row,
            "row": row,
            "buttons": self.buttons_of(request, row),
            "versions": _versions(row),
            "may_add": self.has_add_permission(request),
            "now": clock.now(),
        }
        return TemplateResponse(request, "desk/plans/text.html", context)

    def button_names(self, row: NoticeText) -> list[str]:
        return ["edit"] if row.approved_at else ["approve", "edit"]

    @button(
        _("Change the text"), form=PresentTextForm, explanation=_("A change ends the approval of this text.")
    )
    def edit(self, request: HttpRequest, row: NoticeText, data: Mapping[str, Any]) -> None:
        key = {"name": row.name, "kind": row.kind, "language": row.language}
        texts.save_text(now=clock.now(), by=actor(request), **key, **data)
        self.message_user(request, _("The text is stored. It is sent when somebody has approved it."))

    @button(
        _("Approve the text"),
        form=ApproveForm,
        explanation=_("Customers get it from now on; notices that waited for it leave."),
    )
    def approve(self, request: HttpRequest, row: NoticeText, data: Mapping[str, Any]) -> None:
        row.subject, row.body = data["subject"], data["body"]
        texts.approve_text(text=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The text is approved."))


def _versions(row: NoticeText) -> list[Version]:
    rows = {one.language: one for one in NoticeText.objects.filter(name=row.name, kind=row.kind)}
    languages = sorted(settings.LANGUAGES, key=lambda pair: pair[0] != row.language)
    return [
        Version(
            language=language,
            label=label,
            row=rows.get(language),
            letter=letter_of(rows[language]) if language in rows else None,
        )
        for language, label in languages
    ]
