"""What the buttons of a plan and its numbers ask."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onboarding.models import (
    MigrationPlan,
    OnPremisesClient,
    Path,
    PlanDependency,
    PlanLine,
    PlanWish,
    Risk,
    WishKind,
)
from onboarding.plans.moving.backups import MOST_BYTES
from onboarding.plans.moving.no_return import stays_so
from onboarding.plans.numbers import BadNumber, e164
from onboarding.plans.queries import to_confirm
from onboarding.states import PlanState
from portal.kernel.admin_forms import (
    RowForm,
    choice_field,
    date_field,
    file_field,
    long_text_field,
    meta_id_field,
    number_field,
    row_field,
    secret_field,
    switch_field,
    text_field,
    time_field,
    url_field,
)
from tenants.models import Customer, Membership, MetaApp, Waba

UNCHANGED = ("", _("as it is"))
PRIORITIES = [(str(n), str(n)) for n in range(1, 6)]


def staff() -> QuerySet[Membership]:
    """Who may be responsible for a plan."""
    return Membership.objects.select_related("user").order_by("user__name")


def phone_number(text: str) -> str:
    """The number as plans keep it; a field's error if it is none."""
    try:
        return e164(text)
    except BadNumber as error:
        raise forms.ValidationError(error.message) from error


class ReasonForm(forms.Form):
    reason = long_text_field(_("reason"), max_length=300)


class LeavingForm(RowForm, ReasonForm):
    """Why a number is abandoned, beside what remains of it at Meta."""

    def know(self, row: PlanLine) -> None:
        self.fields["reason"].help_text = str(stays_so(row))


class CareForm(forms.Form):
    """Who is responsible for a plan, how urgent and risky it is, and when the customer may move."""

    owner = row_field(_("responsible person"), staff, required=False)
    priority = choice_field(_("priority"), PRIORITIES, initial="3", help_text=_("1 goes first, 5 last."))
    risk = choice_field(_("risk"), Risk.choices, initial=Risk.MEDIUM)
    moves_from = time_field(
        _("may move from"), initial="08:00", help_text=_("In the customer's time zone, when traffic is low.")
    )
    moves_until = time_field(_("may move until"), initial="18:00")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].empty_label = _("nobody yet")  # type: ignore[attr-defined]

    def clean_priority(self) -> int:
        return int(self.cleaned_data["priority"])


class CustomersPlanForm(CareForm):
    """A new plan of a customer that is known already."""

    app = row_field(_("Meta app"), lambda: MetaApp.objects.order_by("display_name"))
    path = choice_field(_("path"), Path.choices)
    test_number = text_field(
        _("test number"),
        max_length=30,
        required=False,
        help_text=_("Moves first; the others wait until it has moved."),
    )
    numbers = long_text_field(
        _("other numbers"),
        max_length=10_000,
        required=False,
        help_text=_("One in each line, with + and country code. More can be added later."),
    )
    field_order = ("customer", "path", "app", "test_number", "numbers", "owner")

    def clean_test_number(self) -> str:
        text = str(self.cleaned_data["test_number"])
        return phone_number(text) if text else ""

    def clean_numbers(self) -> list[str]:
        return [phone_number(line) for line in self.cleaned_data["numbers"].splitlines() if line.strip()]


class PlanForm(CustomersPlanForm):
    """A new plan of any customer."""

    customer = row_field(_("customer"), lambda: Customer.objects.order_by("name"))


class PresentCareForm(RowForm, CareForm):
    """The same of a plan that is there, with its present values."""

    def know(self, row: MigrationPlan) -> None:
        self.initial = {
            "owner": row.owner_id,
            "priority": row.priority,
            "risk": row.risk,
            "moves_from": row.moves_from.strftime("%H:%M"),
            "moves_until": row.moves_until.strftime("%H:%M"),
        }


class BulkForm(forms.Form):
    """What is set for all chosen plans; what is left open stays as it is."""

    owner = row_field(_("responsible person"), staff, required=False)
    priority = choice_field(_("priority"), [UNCHANGED, *PRIORITIES], required=False)
    risk = choice_field(_("risk"), [UNCHANGED, *Risk.choices], required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].empty_label = UNCHANGED[1]  # type: ignore[attr-defined]

    def changes(self) -> dict[str, Any]:
        """What the service is told."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return given | ({"priority": int(given["priority"])} if "priority" in given else {})


class LineFactsForm(RowForm):
    """What is known of a number beside the number itself; the row is its plan."""

    is_test_number = switch_field(_("test number: moves first"), initial=False)
    daily_volume = number_field(_("messages a day"), min_value=0, max_value=100_000_000, required=False)
    locked_until = date_field(
        _("locked until"), required=False, help_text=_("The number may not move before this day.")
    )
    source_waba_id = meta_id_field(_("source WABA id"), required=False)
    destination_waba = row_field(
        _("destination WABA"),
        Waba.objects.none,
        required=False,
        help_text=_("Needed only where a number moves to another account without Meta's window."),
    )

    def know(self, row: MigrationPlan) -> None:
        mine = Q(customer=row.customer) | Q(customer=None)
        field: Any = self.fields["destination_waba"]
        field.queryset = Waba.objects.filter(mine, removed_at=None).order_by("name", "waba_id")
        field.empty_label = _("none")


class LineForm(LineFactsForm):
    display_phone_number = text_field(
        _("phone number"), max_length=30, help_text=_("With + and country code.")
    )
    field_order = ("display_phone_number",)

    def clean_display_phone_number(self) -> str:
        return phone_number(str(self.cleaned_data["display_phone_number"]))


class PresentLineForm(LineFactsForm):
    """The same of a number that is there; the row is the number."""

    def know(self, row: PlanLine) -> None:  # type: ignore[override]
        super().know(row.plan)
        self.initial = {name: getattr(row, name) for name in self.fields}
        self.initial["destination_waba"] = row.destination_waba_id


class CheckForm(RowForm):
    key = choice_field(_("check"), [])
    note = long_text_field(_("how you know"), max_length=500)

    def know(self, row: PlanLine) -> None:
        self.fields["key"].choices = [(one.key, one.title) for one in to_confirm(row)]  # type: ignore[attr-defined]


class ClientForm(RowForm):
    base_url = url_field(_("address"), max_length=200, help_text=_("Such as https://whatsapp.example:9090"))
    username = text_field(_("user name"), max_length=60, initial="admin")
    password = secret_field(_("password"))

    def know(self, row: PlanLine) -> None:
        known = OnPremisesClient.objects.filter(line=row).first()
        if known is not None:
            self.initial = {"base_url": known.base_url, "username": known.username}


class BackupForm(forms.Form):
    text = file_field(_("backup"), help_text=_("The text that the client gave, in a file of at most 1 MB."))
    password = secret_field(_("password of the backup"))

    def clean_text(self) -> str:
        """The text itself, also where the file has the whole answer of the client."""
        upload = self.cleaned_data["text"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 1 MB."))
        text: str = upload.read().decode("utf-8", "replace").strip()
        try:
            return str(json.loads(text)["settings"]["data"])
        except (ValueError, KeyError, TypeError):
            return text


class WishForm(forms.Form):
    kind = choice_field(_("wish"), WishKind.choices)
    day = date_field(_("day"))
    reason = text_field(_("reason"), max_length=200, required=False)


class WishChoiceForm(RowForm):
    wish = row_field(_("wish"), PlanWish.objects.none)

    def know(self, row: MigrationPlan) -> None:
        self.fields["wish"].queryset = PlanWish.objects.filter(plan=row, withdrawn_at=None)  # type: ignore[attr-defined]


class AfterForm(RowForm):
    after = row_field(_("moves after"), MigrationPlan.objects.none)

    def know(self, row: MigrationPlan) -> None:
        others = MigrationPlan.objects.exclude(pk=row.pk).exclude(state=PlanState.ABANDONED)
        self.fields["after"].queryset = others.select_related("customer").order_by("customer__name")  # type: ignore[attr-defined]


class DependencyForm(RowForm):
    dependency = row_field(_("moves after"), PlanDependency.objects.none)

    def know(self, row: MigrationPlan) -> None:
        tied = PlanDependency.objects.filter(plan=row).select_related("after__customer")
        self.fields["dependency"].queryset = tied  # type: ignore[attr-defined]
        self.fields["dependency"].label_from_instance = lambda one: str(one.after)  # type: ignore[attr-defined]
