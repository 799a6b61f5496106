"""What the API shows of an assessment and of letters."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from onboarding.documents import example
from onboarding.models import MigrationPlan, PlanAnswer, Recommendation
from onboarding.plans.assessing.assessment import assessment_of
from onboarding.plans.assessing.questions import QUESTIONS
from onboarding.plans.assessing.verdicts import Mark

ASSESSMENT: dict[str, Any] = {
    "recommendation": "MOVE_NOW",
    "conditions": [],
    "verdicts": [
        {
            "key": "peak",
            "title": "Peak throughput",
            "verdict": "FITS",
            "why": "20 of 80 messages a second.",
            "condition": "",
        }
    ],
    "questions": [
        {
            "key": "peak_mps",
            "title": "Messages a second at the busiest moment",
            "help": "In and out together, on the busiest number.",
            "kind": "number",
            "choices": [],
            "answer": 20,
        }
    ],
}


class VerdictDocument(serializers.Serializer[Any]):
    """One consideration: how it stands and why."""

    key = serializers.CharField()
    title = serializers.CharField()
    verdict = serializers.ChoiceField(Mark.choices)
    why = serializers.CharField()
    condition = serializers.CharField(help_text="What to do or to ask before the move; may be empty.")


class ChoiceDocument(serializers.Serializer[Any]):
    """One possible answer."""

    key = serializers.CharField()
    title = serializers.CharField()


class QuestionDocument(serializers.Serializer[Any]):
    """A question of the assessment and its answer."""

    key = serializers.CharField()
    title = serializers.CharField()
    help = serializers.CharField()
    kind = serializers.ChoiceField(["number", "yes_no", "choice", "choices"])
    choices = ChoiceDocument(many=True)
    answer = serializers.JSONField(help_text="Null: not answered.")


@extend_schema_serializer(component_name="PlanAssessment", examples=[example(ASSESSMENT)])
class AssessmentDocument(serializers.Serializer[Any]):
    """What is known of a customer before it moves, and what follows from it."""

    recommendation = serializers.ChoiceField([*Recommendation.choices, ("", "")])
    conditions = serializers.ListField(child=serializers.CharField())
    verdicts = VerdictDocument(many=True)
    questions = QuestionDocument(many=True)


def assessed(plan: MigrationPlan) -> dict[str, Any]:
    """The assessment of one plan with the questions that its path asks."""
    found = assessment_of(plan)
    known = dict(PlanAnswer.objects.filter(plan=plan).values_list("key", "value"))
    questions = [
        {
            "key": one.key,
            "title": one.title,
            "help": one.help,
            "kind": one.kind.value,
            "choices": [{"key": key, "title": title} for key, title in one.choices],
            "answer": known.get(one.key),
        }
        for one in QUESTIONS.values()
        if one.is_asked(plan.path)
    ]
    return {
        "recommendation": found.recommendation,
        "conditions": found.conditions,
        "verdicts": found.verdicts,
        "questions": questions,
    }


@extend_schema_serializer(component_name="PlanLetter")
class LetterDocument(serializers.Serializer[Any]):
    """A letter as its reader would get it; the link in it is made when it leaves."""

    to = serializers.EmailField(source="letter.to")
    language = serializers.CharField(source="letter.language")
    subject = serializers.CharField(source="letter.subject")
    text = serializers.CharField(source="letter.text")
    is_approved = serializers.BooleanField(help_text="Only an approved text is sent.")
