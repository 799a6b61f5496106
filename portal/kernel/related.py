"""Tables of related rows below a row's own fields: to look at, each line a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.kernel.templatetags.desk import LOOKS, badge, when

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

SHOWN = 50


@dataclass(frozen=True)
class Related:
    """Which rows: those of `model` whose `key` is the row of the page; the first field links to each."""

    title: Text
    model: type[models.Model]
    key: str
    fields: tuple[str, ...]
    ordering: tuple[str, ...] = ("-pk",)

    def table(self, row: models.Model, *, now: datetime) -> dict[str, Any]:
        """The title, the head and the lines."""
        columns = [self.model._meta.get_field(name) for name in self.fields]
        joins = [column.name for column in columns if column.is_relation]
        rows = self.model._default_manager.filter(**{self.key: row}).order_by(*self.ordering)
        shown = rows.select_related(*joins)[:SHOWN] if joins else rows[:SHOWN]
        return {
            "title": self.title,
            "head": [getattr(column, "verbose_name", column.name) for column in columns],
            "lines": [self._line(each, now) for each in shown],
        }

    def _line(self, row: models.Model, now: datetime) -> list[SafeString | str]:
        meta = row._meta
        first, *others = (_cell(row, name, now) for name in self.fields)
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        return [format_html('<a class="desk-link" href="{}">{}</a>', address, first), *others]


def _cell(row: models.Model, name: str, now: datetime) -> SafeString | str:
    value = getattr(row, name)
    if isinstance(value, datetime):
        return when(value, now)
    shown = getattr(row, f"get_{name}_display", lambda: value)()
    if isinstance(value, str) and value in LOOKS:
        return badge(value, shown)
    if isinstance(shown, list):
        shown = ", ".join(shown)
    return "–" if shown in (None, "") else str(shown)
