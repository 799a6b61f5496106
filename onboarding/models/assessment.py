"""What is known of a customer before it moves: answers, and imports of many of them by CSV."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from onboarding.models.plan import MigrationPlan
from onboarding.states import IMPORT_WAYS, ImportState
from portal.kernel.fields import TenantForeignKey
from portal.kernel.models import TenantModel
from portal.kernel.states import machine


class AnswerSource(models.TextChoices):
    STAFF = "STAFF", _("partner")
    CUSTOMER = "CUSTOMER", _("customer")
    IMPORT = "IMPORT", _("CSV import")
    API = "API", _("API")


class PlanAnswer(TenantModel):
    """The latest answer to one question of the assessment; `key` is of plans/assessing/questions.py."""

    plan = TenantForeignKey(MigrationPlan, related_name="answers", verbose_name=_("migration plan"))
    key = models.CharField(_("question"), max_length=40)
    value = models.JSONField(_("answer"))
    source = models.CharField(_("source"), max_length=10, choices=AnswerSource.choices)
    answered_at = models.DateTimeField(_("answered"))
    answered_by = models.CharField(_("answered by"), max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="plan_answer_once")]

    def __str__(self) -> str:
        return self.key


class PlanImport(TenantModel):
    """A CSV of customers, numbers and answers: checked first, applied on demand, kept as evidence."""

    TRANSITIONS: ClassVar = IMPORT_WAYS

    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    # Not UTF-8 but an older encoding of Windows: whoever looks at the rows should look at accents.
    is_western = models.BooleanField(default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.CHECKED, editable=False
    )
    rows_total = models.PositiveIntegerField(_("rows"))
    rows_wrong = models.PositiveIntegerField(_("rows with errors"))
    customers = models.PositiveIntegerField(_("customers"))
    numbers = models.PositiveIntegerField(_("numbers"))
    created_at = models.DateTimeField(_("created"))
    created_by = models.CharField(_("created by"), max_length=100)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    applied_by = models.CharField(_("applied by"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("CSV import")
        verbose_name_plural = _("CSV imports")
        ordering = ["-created_at", "-id"]
        triggers = [machine(IMPORT_WAYS)]

    def __str__(self) -> str:
        return self.name


class Effect(models.TextChoices):
    """What a row does when its import is applied."""

    CREATE = "CREATE", _("new")
    UPDATE = "UPDATE", pgettext_lazy("what a row of a file does", "change")
    UNCHANGED = "UNCHANGED", _("no change")
    ERROR = "ERROR", _("error")


class PlanImportRow(TenantModel):
    """One line of the file: what it says, what it would do, and what is wrong with it."""

    plan_import = TenantForeignKey(PlanImport, on_delete=models.CASCADE, related_name="rows")
    row_no = models.PositiveIntegerField(_("line"), help_text="As in the file: the heading is line 1.")
    customer_ref = models.CharField(_("customer"), max_length=100, blank=True)
    data = models.JSONField()
    effect = models.CharField(_("effect"), max_length=10, choices=Effect.choices)
    # [{"column": ..., "code": ..., "values": {...}}]: the sentence is made in the reader's language.
    errors = models.JSONField(default=list)

    class Meta:
        ordering = ["row_no"]
        constraints = [models.UniqueConstraint(fields=["plan_import", "row_no"], name="import_row_once")]
