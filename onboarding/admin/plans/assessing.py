"""The assessment of a plan at the desk: its questions as a form, its verdicts in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.models import AnswerSource, MigrationPlan, PlanAnswer
from onboarding.plans import services
from onboarding.plans.assessing.asking import Kind, Question
from onboarding.plans.assessing.assessment import assessment_of
from onboarding.plans.assessing.questions import TOPICS, questions_of
from onboarding.plans.assessing.verdicts import Assessment, Mark, Verdict
from onboarding.states import PlanState
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.admin_forms import RowForm, choice_field, many_choices_field, number_field
from portal.kernel.buttons import button
from portal.kernel.rights import actor

NO_ANSWER = ("", gettext_lazy("not known yet"))
NOTHING = ("none", gettext_lazy("none of these"))
YES_NO = {True: gettext_lazy("yes"), False: gettext_lazy("no")}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One question with its answer in words, and who gave it."""

    question: Question
    answer: str
    row: PlanAnswer | None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One consideration: its verdict, and the answers it rests on."""

    verdict: Verdict
    answers: list[Answered]


class AnswersForm(RowForm):
    """All questions of the plan's path; what is left open is not known yet."""

    def know(self, row: MigrationPlan) -> None:
        topic = ""
        for question in questions_of(row.path):
            asked = _field(question)
            if question.topic != topic:
                topic = question.topic
                asked.heading = TOPICS[topic]  # type: ignore[attr-defined]
            self.fields[question.key] = asked
        self.known = dict(PlanAnswer.objects.filter(plan=row).values_list("key", "value"))
        self.initial = {key: _typed(value) for key, value in self.known.items()}

    def clean(self) -> dict[str, Any]:
        """Only what changed: the others keep who answered them and when."""
        given = {}
        for question in questions_of(self.row.path):
            value = _answer(question, self.cleaned_data.get(question.key))
            if question.key in self.cleaned_data and value != self.known.get(question.key):
                given[question.key] = value
        return {"answers": given}


class AssessingButtons(DeskAdmin):
    """Answering and finishing an assessment."""

    def assessing_names(self, row: MigrationPlan) -> list[str]:
        """Which of these buttons make sense for the plan."""
        names = {
            PlanState.DRAFT: ["finish_assessment", "answer"],
            PlanState.ASSESSED: ["answer", "reopen_assessment"],
        }
        return names.get(PlanState(row.state), [])

    @button(
        gettext_lazy("Answer the questions"),
        form=AnswersForm,
        explanation=gettext_lazy("What is not known yet stays open: the assessment then says what to ask."),
    )
    def answer(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        services.set_answers(
            plan=row,
            answers=data["answers"],
            source=AnswerSource.STAFF,
            now=clock.now(),
            by=actor(request),
        )
        self.message_user(request, _("The answers are stored."))

    @button(
        gettext_lazy("Finish the assessment"),
        form=forms.Form,
        explanation=gettext_lazy(
            "The next schedule of waves then gives the plan a date. Questions that are still open become"
            " conditions of the recommendation."
        ),
    )
    def finish_assessment(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        services.finish_assessment(plan=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The plan is assessed and waits for a date."))

    @button(
        gettext_lazy("Reopen the assessment"),
        form=forms.Form,
        explanation=gettext_lazy("The plan is a draft again; schedules leave it out."),
    )
    def reopen_assessment(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        services.reopen_assessment(plan=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The assessment is open again."))


def assessment_context(plan: MigrationPlan) -> dict[str, Any]:
    """What the page shows of the assessment: each verdict with the answers it rests on, and what follows."""
    assessment = assessment_of(plan)
    given = {row.key: row for row in PlanAnswer.objects.filter(plan=plan)}
    asked = {question.key: question for question in questions_of(plan.path)}
    counts = Counter(one.verdict for one in assessment.verdicts)
    open_questions = [question for key, question in asked.items() if key not in given]
    return {
        "assessment": assessment,
        "judged": _judged(assessment, asked, given),
        "open_questions": len(open_questions),
        "marks": [(mark, n) for mark in Mark if (n := counts[mark])],
    }


def _judged(
    assessment: Assessment, asked: Mapping[str, Question], given: Mapping[str, PlanAnswer]
) -> list[Judged]:
    return [
        Judged(
            verdict=one,
            answers=[
                Answered(question=asked[key], answer=shown(asked[key], given.get(key)), row=given.get(key))
                for key in one.questions
                if key in asked
            ],
        )
        for one in assessment.verdicts
    ]


def shown(question: Question, row: PlanAnswer | None) -> str:
    """An answer in words."""
    if row is None:
        return "–"
    value, labels = row.value, dict(question.choices)
    if question.kind is Kind.YES_NO:
        return str(YES_NO[bool(value)])
    if question.kind is Kind.NUMBER:
        return str(number_format(value, force_grouping=True))
    if question.kind is Kind.CHOICE:
        return str(labels.get(value, value))
    return ", ".join(str(labels.get(one, one)) for one in value) or str(NOTHING[1])


def _field(question: Question) -> forms.Field:
    title: Any = question.title
    options: dict[str, Any] = {"required": False, "help_text": question.help}
    if question.kind is Kind.NUMBER:
        return number_field(title, min_value=0, max_value=question.most, **options)
    if question.kind is Kind.YES_NO:
        choices: list[tuple[str, Any]] = [("yes", YES_NO[True]), ("no", YES_NO[False])]
        return choice_field(title, [NO_ANSWER, *choices], **options)
    if question.kind is Kind.CHOICE:
        return choice_field(title, [NO_ANSWER, *question.choices], **options)
    return many_choices_field(title, [NOTHING, *question.choices], **options)


def _typed(value: Any) -> Any:
    """A stored answer as its field wants it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ["none"] if value == [] else value


def _answer(question: Question, value: Any) -> Any:
    """What a field gave as it is stored; None: not known."""
    if value in (None, "", []):
        return None
    if question.kind is Kind.YES_NO:
        return value == "yes"
    return [one for one in value if one != "none"] if question.kind is Kind.CHOICES else value
