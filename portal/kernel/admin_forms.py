"""Forms and fields in the desk's style."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanSwitchWidget,
)

from portal.kernel.fields import meta_id_validator
from portal.kernel.scope import current_scope

if TYPE_CHECKING:
    from django.contrib.admin.forms import AdminAuthenticationForm
    from django.utils.functional import _StrOrPromise as Text

    ModelForm = forms.ModelForm[Any]
    DeskSignInForm = AdminAuthenticationForm
else:
    ModelForm, DeskSignInForm = forms.ModelForm, UnfoldAuthenticationForm


class DeskForm(ModelForm):
    """A form whose constraints know the tenant, so that a duplicate is a field error and no server error."""

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"partner_id"}

    def _post_clean(self) -> None:
        if hasattr(self.instance, "partner_id") and self.instance.partner_id is None:
            self.instance.partner_id = current_scope().partner_id
        super()._post_clean()  # type: ignore[misc]


class RowForm(forms.Form):
    """A form of a button that knows its row; the link to it may fill in fields by their names."""

    def __init__(self, *args: Any, row: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.row = row
        self.know(row)

    def know(self, row: Any) -> None:
        """Fit the fields to the row."""


def text_field(label: Text, **options: Any) -> forms.CharField:
    """A line of text in the desk's style."""
    return forms.CharField(label=capfirst(label), widget=UnfoldAdminTextInputWidget(), **options)


def long_text_field(label: Text, **options: Any) -> forms.CharField:
    """Some lines of text in the desk's style."""
    return forms.CharField(label=capfirst(label), widget=UnfoldAdminTextareaWidget({"rows": 3}), **options)


def secret_field(label: Text, **options: Any) -> forms.CharField:
    """A value that is typed in and never shown again, not even after an error in another field."""
    widget = UnfoldAdminPasswordWidget({"autocomplete": "off"}, render_value=False)
    return forms.CharField(label=capfirst(label), widget=widget, **options)


def choice_field(label: Text, choices: Any, **options: Any) -> forms.ChoiceField:
    """A choice in the desk's style."""
    return forms.ChoiceField(
        label=capfirst(label), choices=choices, widget=UnfoldAdminSelectWidget(), **options
    )


def email_field(label: Text, **options: Any) -> forms.EmailField:
    """An e-mail address in the desk's style."""
    return forms.EmailField(label=capfirst(label), widget=UnfoldAdminEmailInputWidget(), **options)


def number_field(label: Text, **options: Any) -> forms.IntegerField:
    """A whole number in the desk's style."""
    return forms.IntegerField(
        label=capfirst(label), widget=UnfoldAdminTextInputWidget({"type": "number"}), **options
    )


def decimal_field(label: Text, **options: Any) -> forms.DecimalField:
    """An amount in the desk's style."""
    widget = UnfoldAdminTextInputWidget({"type": "number", "step": "any"})
    return forms.DecimalField(label=capfirst(label), widget=widget, **options)


def date_field(label: Text, **options: Any) -> forms.DateField:
    """A day, by the browser's own calendar."""
    return forms.DateField(
        label=capfirst(label), widget=UnfoldAdminTextInputWidget({"type": "date"}), **options
    )


def time_field(label: Text, **options: Any) -> forms.TimeField:
    """A time of day, by the browser's own clock."""
    return forms.TimeField(
        label=capfirst(label), widget=UnfoldAdminTextInputWidget({"type": "time"}), **options
    )


def url_field(label: Text, **options: Any) -> forms.URLField:
    """An address in the desk's style."""
    widget = UnfoldAdminURLInputWidget()
    return forms.URLField(label=capfirst(label), widget=widget, assume_scheme="https", **options)


def file_field(label: Text, **options: Any) -> forms.FileField:
    """A file from the person's computer; Unfold's script writes the chosen name beside it."""
    return forms.FileField(label=capfirst(label), widget=UnfoldAdminFileFieldWidget(), **options)


def many_choices_field(label: Text, choices: Any, **options: Any) -> forms.MultipleChoiceField:
    """Checkboxes in the desk's style."""
    widget = UnfoldAdminCheckboxSelectMultipleWidget()
    return forms.MultipleChoiceField(label=capfirst(label), choices=choices, widget=widget, **options)


def switch_field(label: Text, *, initial: bool = True, **options: Any) -> forms.BooleanField:
    """A yes or no, on from the start unless `initial` says otherwise."""
    return forms.BooleanField(
        label=capfirst(label),
        required=False,
        initial=initial,
        widget=UnfoldBooleanSwitchWidget(),
        **options,
    )


def meta_id_field(label: Text, **options: Any) -> forms.CharField:
    """An id at Meta."""
    return text_field(label, max_length=32, validators=[meta_id_validator], **options)


class _RowField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A row of the tenant: its queryset is made when the form is, since there is no tenant at import."""

    def __init__(self, rows: Callable[[], QuerySet[Any]], **options: Any) -> None:
        self.rows = rows
        super().__init__(queryset=None, empty_label=None, **options)

    def __deepcopy__(self, memo: dict[int, Any]) -> _RowField:
        copied: _RowField = super().__deepcopy__(memo)
        copied.queryset = self.rows()
        return copied


def row_field(label: Text, rows: Callable[[], QuerySet[Any]], **options: Any) -> forms.ModelChoiceField[Any]:
    """A choice among rows of the tenant."""
    return _RowField(rows, label=capfirst(label), widget=UnfoldAdminSelectWidget(), **options)
