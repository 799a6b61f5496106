"""Texts to customers: written per language, with placeholders, approved by a person before they are sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from onboarding.models import DecisionKey, NoticeText, PlanNotice, PlanNoticeKind
from onboarding.plans.telling.default_texts import DEFAULTS
from onboarding.services import Refused
from onboarding.words import Text
from portal.kernel import audit, work
from portal.kernel.scope import current_scope

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PEOPLE = ("customer", "contact", "partner", "support", "numbers", "link")
DATED = (*PEOPLE, "date", "time", "downtime")
# What each kind of text may say; a date that was withdrawn is no date.
KNOWN: dict[str, tuple[str, ...]] = {
    PlanNoticeKind.ANNOUNCEMENT: DATED,
    PlanNoticeKind.REMINDER: DATED,
    PlanNoticeKind.CORRECTION: (*DATED, "previous_date"),
    PlanNoticeKind.CANCELLATION: (*PEOPLE, "previous_date"),
    PlanNoticeKind.COMPLETION: (*PEOPLE, "downtime"),
}
LONGEST_SUBJECT, LONGEST_BODY, LONGEST_NAME = 150, 5000, 60


class BadKind(Refused):
    code = "bad_text_kind"
    message = _("There is no such kind of text.")


class BadLanguage(Refused):
    code = "bad_text_language"
    message = _("Choose Italian or English.")


class TextEmpty(Refused):
    code = "text_empty"
    message = _("Give the text a name, a subject and a body.")


class TextTooLong(Refused):
    code = "text_too_long"
    message = _("A name has at most 60 characters, a subject 150 and a text 5,000.")


class UnknownPlaceholder(Refused):
    code = "unknown_placeholder"
    message: Text

    def __init__(self, unknown: str, kind: str) -> None:
        super().__init__(self.code)
        known = " ".join(f"{{{name}}}" for name in KNOWN[kind])
        self.message = _("%(unknown)s is not known here. This text may have: %(known)s.") % {
            "unknown": f"{{{unknown}}}",
            "known": known,
        }


class TextChanged(Refused):
    code = "text_changed"
    message = _("The text was changed meanwhile: read it again before you approve it.")


class LooseBrace(Refused):
    code = "loose_brace"
    message = _("A brace stands alone: placeholders are written as {date}.")


def save_text(
    *, name: str, kind: str, language: str, subject: str, body: str, now: datetime, by: str
) -> NoticeText:
    """Write a text, or change it, which ends its approval; the same words again change nothing."""
    name, subject, body = name.strip(), " ".join(subject.split()), body.replace("\r\n", "\n").strip()
    check_text(kind=kind, language=language, name=name, subject=subject, body=body)
    values = {"subject": subject, "body": body, "changed_at": now, "changed_by": by}
    text, is_new = NoticeText.objects.select_for_update().get_or_create(
        name=name, kind=kind, language=language, defaults={**values, "partner_id": current_scope().partner_id}
    )
    if not is_new:
        if (text.subject, text.body) == (subject, body):
            return text
        for column, value in {**values, "approved_at": None, "approved_by": ""}.items():
            setattr(text, column, value)
        text.save(update_fields=[*values, "approved_at", "approved_by"])
    audit.record(row=text, action="notice_text.saved", now=now, by=by, kind=kind, language=language)
    return text


def approve_text(*, text: NoticeText, now: datetime, by: str) -> None:
    """Let a text be sent, as the approver read it; notices that waited for it leave."""
    held = NoticeText.objects.select_for_update().get(pk=text.pk)
    if (held.subject, held.body) != (text.subject, text.body):
        raise TextChanged
    if held.approved_at is None:
        held.approved_at, held.approved_by = now, by
        held.save(update_fields=["approved_at", "approved_by"])
        audit.record(
            row=held, action="notice_text.approved", now=now, by=by, kind=held.kind, language=held.language
        )
    text.approved_at, text.approved_by = held.approved_at, held.approved_by
    # Locked before it is looked at: a worker may just be about to put one aside for want of this approval.
    unsent = PlanNotice.objects.select_for_update(of=("self",)).filter(
        kind=held.kind,
        sent_at=None,
        cancelled_at=None,
        plan__customer__language=held.language,
        plan__decisions__key=DecisionKey.INFORM,
        plan__decisions__text_name=held.name,
    )
    for notice in unsent.order_by("pk"):
        if notice.due_at is None or notice.due_at <= now:
            work.schedule(notice, due_at=now, now=now)


def adopt_defaults(*, name: str, now: datetime, by: str) -> list[NoticeText]:
    """Take over the built-in texts under a name, in every language, where that name has none yet."""
    taken = set(NoticeText.objects.filter(name=name.strip()).values_list("kind", "language"))
    adopted = []
    for kind in DEFAULTS:
        for language, _label in settings.LANGUAGES:
            if (kind, language) not in taken:
                subject, body = default_text(kind, language)
                adopted.append(
                    save_text(
                        name=name, kind=kind, language=language, subject=subject, body=body, now=now, by=by
                    )
                )
    return adopted


def default_text(kind: str, language: str) -> tuple[str, str]:
    """The built-in subject and body of a kind in a language."""
    subject, parts = DEFAULTS[kind]
    with translation.override(language):
        return str(subject), "\n\n".join(str(part) for part in parts)


def check_text(*, kind: str, language: str, name: str, subject: str, body: str) -> None:
    """Refuse a text that could not be sent."""
    if kind not in KNOWN:
        raise BadKind
    if language not in dict(settings.LANGUAGES):
        raise BadLanguage
    if not (name and subject and body):
        raise TextEmpty
    if len(name) > LONGEST_NAME or len(subject) > LONGEST_SUBJECT or len(body) > LONGEST_BODY:
        raise TextTooLong
    for part in (subject, body):
        if unknown := [found for found in PLACEHOLDER.findall(part) if found not in KNOWN[kind]]:
            raise UnknownPlaceholder(unknown[0], kind)
        if set(PLACEHOLDER.sub("", part)) & {"{", "}"}:
            raise LooseBrace


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values where a text names them, and nothing else: no value is read for placeholders."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
