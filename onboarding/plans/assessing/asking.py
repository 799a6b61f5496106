"""What a question is, and what is said to an answer that does not fit it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding.reasons import Text
from onboarding.services import Refused

Answer = int | bool | str | list[str]


class Kind(Enum):
    """What an answer is: a whole number, yes or no, one of the choices, or several of them."""

    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"


class UnknownQuestion(Refused):
    code = "unknown_question"
    message = _("There is no such question, or it is not asked for this path.")


class BadAnswer(Refused):
    """An answer that does not fit its question; `message` says what would."""

    code = "bad_answer"

    def __init__(self, question: Question) -> None:
        super().__init__(self.code)
        self.question = question
        self.message = f"{question.title}: {question.wanted()}"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question; `paths` empty means that every path asks it."""

    key: str
    topic: str
    title: Text
    help: Text = ""
    kind: Kind = Kind.YES_NO
    most: int = 0
    choices: tuple[tuple[str, Text], ...] = ()
    paths: frozenset[str] = frozenset()

    def is_asked(self, path: str) -> bool:
        return not self.paths or path in self.paths

    def wanted(self) -> str:
        """Say in one sentence what an answer looks like."""
        if self.kind is Kind.NUMBER:
            return gettext("Write a whole number from 0 to %(most)s.") % {"most": self.most}
        if self.kind is Kind.YES_NO:
            return gettext("Write yes or no.")
        known = ", ".join(key for key, _label in self.choices)
        if self.kind is Kind.CHOICE:
            return gettext("Choose one of: %(known)s.") % {"known": known}
        return gettext("Choose among: %(known)s.") % {"known": known}
