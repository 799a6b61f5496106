"""How an e-mail to people looks: plain text, and the same as a letter with one button."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from tenants.models import Partner

FOLDER = "onboarding/email"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One e-mail as its reader gets it, in their language."""

    partner: Partner
    to: str
    language: str
    subject: str
    paragraphs: tuple[str, ...]
    # The paragraph that is this address becomes the button.
    link: str = ""
    button: str = ""

    @property
    def text(self) -> str:
        """The whole letter for readers without HTML."""
        return "\n\n".join(self.paragraphs) + "\n"

    @property
    def html(self) -> str:
        """The same with the partner's colour."""
        names = ("partner", "language", "subject", "paragraphs", "link", "button")
        return render_to_string(f"{FOLDER}/letter.html", {name: getattr(self, name) for name in names})

    def mail(self, *, message_id: str) -> EmailMultiAlternatives:
        """What is handed to the mail server, which knows a repetition after a crash by its id."""
        mail = EmailMultiAlternatives(
            subject=self.subject,
            body=self.text,
            to=[self.to],
            reply_to=[self.partner.support_email],
            headers={"Message-ID": f"<{message_id}@notice.invalid>"},
        )
        mail.attach_alternative(self.html, "text/html")
        return mail


def one_line(text: str) -> str:
    """A subject: no line break of a name or a text gets into a header."""
    return " ".join(text.split())


def paragraphs(text: str) -> tuple[str, ...]:
    """The parts of a text between its empty lines."""
    return tuple(part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip())
