"""One journey: what it needs, its rail, window, attempts and history, and the buttons that move it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from onboarding import dates, queries, services, timeline
from onboarding.admin import words
from onboarding.admin.queue import QueueAdmin
from onboarding.models import Onboarding, Step
from onboarding.states import OPEN_STATES, OnboardingState, StepState
from onboarding.steps.keys import BY_SIGNUP, StepKey
from portal.graph.secret import Secret
from portal.kernel import clock
from portal.kernel.admin_forms import choice_field, long_text_field, secret_field, switch_field, text_field
from portal.kernel.buttons import button
from portal.kernel.rights import actor

SESSIONS_SHOWN = 20
# The button that answers what the step waits for stands first; otherwise it is the retry.
FIRST = {
    "wrong_pin": "set_pin",
    "request_code": "request_code",
    "enter_code": "enter_code",
    "wrong_code": "enter_code",
    "sign_up": "new_link",
    "sign_up_to_move": "new_link",
    "sign_up_to_switch": "new_link",
    "sign_up_with_app": "new_link",
    "repeat_signup": "new_link",
    "connect_again": "new_link",
    "window_over": "new_link",
}


class ReasonForm(forms.Form):
    reason = long_text_field(_("reason"), max_length=300)


class LinkForm(forms.Form):
    send_email = switch_field(_("send it by e-mail to the customer too"))


class PinForm(forms.Form):
    pin = secret_field(_("PIN with six digits"), min_length=6, max_length=6)


class CodeRequestForm(forms.Form):
    method = choice_field(_("how"), [("SMS", _("SMS")), ("VOICE", _("call"))])
    language = text_field(_("language of the message"), max_length=10, initial="it_IT")


class CodeForm(forms.Form):
    code = text_field(_("code with six digits"), max_length=8)


@admin.register(Onboarding)
class OnboardingAdmin(QueueAdmin):
    """The page half of the onboarding screen."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The journey. There is no form: a state changes through what happens, or through a button."""
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
            **_journey_context(row),
        }
        return TemplateResponse(request, "desk/onboarding.html", context)

    def button_names(self, row: Onboarding) -> list[str]:
        if row.state not in OPEN_STATES:
            return ["new_link"] if row.state == OnboardingState.LIVE and row.kind in BY_SIGNUP else []
        step = Step.objects.filter(onboarding=row).exclude(state=StepState.DONE).order_by("position").first()
        names = ["retry"] if step else []
        if step and step.key == StepKey.REGISTER and row.phone_number_id:
            names += ["register_now", "set_pin"]
        if step and step.key == StepKey.VERIFICATION:
            names += ["request_code", "enter_code"]
        if row.kind in BY_SIGNUP or (step and step.key == StepKey.TOKEN and row.customer_id):
            names.append("new_link")
        first = FIRST.get(step.reason, "") if step else ""
        return [*sorted(names, key=lambda name: name != first), "cancel"]

    @button(_("Try again"))
    def retry(self, request: HttpRequest, row: Onboarding, data: Mapping[str, Any]) -> None:
        services.retry(onboarding=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The current step is tried again."))

    @button(_("Register now"))
    def register_now(self, request: HttpRequest, row: Onboarding, data: Mapping[str, Any]) -> None:
        services.register_now(onboarding=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The registration is tried now."))

    @button(
        _("Set the PIN"),
        form=PinForm,
        explanation=_(
            "The two-step verification PIN that the customer set before. A wrong one uses an attempt at Meta,"
            " so ask the customer first. It is encrypted at once and never shown again."
        ),
    )
    def set_pin(self, request: HttpRequest, row: Onboarding, data: Mapping[str, Any]) -> None:
        services.set_pin(onboarding=row, pin=Secret(data["pin"]), now=clock.now(), by=actor(request))
        self.message_user(request, _("The PIN is stored; the registration is tried with it."))

    @button(_("Ask for a code"), form=CodeRequestForm, explanation=_("Meta sends six digits to the number."))
    def request_code(self, request: HttpRequest, row: Onboarding, data: Mapping[str, Any]) -> None:
        services.request_code(onboarding=row, now=clock.now(), by=actor(request), **data)
        self.message_user(request, _("Meta is asked for a code."))

    @button(_("Enter the code"), form=CodeForm, explanation=_("The six digits that Meta sent."))
    def enter_code(self, request: HttpRequest, row: Onboarding, data: Mapping[str, Any]) -> None:
        services.submit_code(onboarding=row, code=Secret(data["code"]), now=clock.now(), by=actor(request))
        self.message_user(request, _("The code is given to Meta."))

    @button(
        _("New link"),
        form=LinkForm,
        explanation=_("Links made before stop working. The new one opens the customer's page for 7 days."),
    )
    def new_link(self, request: HttpRequest, row: Onboarding, data: Mapping[str, Any]) -> HttpResponse:
        link = services.send_new_link(
            onboarding=row, now=clock.now(), by=actor(request), send_email=data["send_email"]
        )
        return self.show_link(request, row, link)

    @button(
        _("Cancel the onboarding"),
        form=ReasonForm,
        style="danger",
        explanation=_("The journey ends here. What was done at Meta stays as it is."),
    )
    def cancel(self, request: HttpRequest, row: Onboarding, data: Mapping[str, Any]) -> None:
        services.cancel(onboarding=row, now=clock.now(), by=actor(request), reason=data["reason"])
        self.message_user(request, _("The onboarding is cancelled."))

    def show_link(self, request: HttpRequest, row: Onboarding, link: str) -> HttpResponse:
        """The customer's link, this once."""
        return self.show_once(
            request,
            row,
            title=_("The customer's link"),
            value=link,
            explanation=_("Copy it now: it cannot be shown again. A new one can be made at any time."),
        )


def _journey_context(row: Onboarding) -> dict[str, Any]:
    now = clock.now()
    journey = queries.journey(row, now=now)
    zone = timezone.get_current_timezone_name()
    ends_at = journey.window_ends_at
    return {
        "now": now,
        "journey": journey,
        "who": words.who(row),
        "moves": [(need, words.MOVES[need.owner]) for need in journey.requirements],
        "window_words": dates.in_words(ends_at, zone=zone) if ends_at else "",
        "left_words": dates.left(journey.time_left) if journey.time_left is not None else "",
        "calls": timeline.calls_of(row),
        "history": timeline.history_of(row, list(Step.objects.filter(onboarding=row))),
        "sessions": row.signup_sessions.all()[:SESSIONS_SHOWN],
        "link": row.links.filter(revoked_at=None).order_by("created_at").last(),
    }
