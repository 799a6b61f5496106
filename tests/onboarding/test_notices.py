"""E-mails: in the reader's language, once, with a link that is kept nowhere else."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from onboarding import services
from onboarding.models import Notice, OnboardingLink
from portal.kernel import clock
from tests.onboarding.stage import Invited, Stage
from tests.onboarding.test_register import at_the_gate


def in_language(stage: Stage, language: str, zone: str) -> None:
    with stage.tenant.scope():
        for row in (stage.tenant.world.customer, stage.tenant.world.partner):
            row.language, row.time_zone = language, zone
            row.save()


def sent_to(address: str) -> list[EmailMultiAlternatives]:
    return [message for message in mail.outbox if message.to == [address]]


def test_an_invitation_carries_the_link_and_the_row_forgets_it(stage: Stage) -> None:
    in_language(stage, "en", "Europe/Rome")
    stage.tenant.world.customer.name = "Bar & Grill <Rossi>"
    with stage.tenant.scope():
        stage.tenant.world.customer.save()
    customer = stage.invite()
    with stage.tenant.scope():
        assert Notice.objects.get().sealed_link
        assert customer.token not in str(vars(Notice.objects.get()))
    stage.drain()
    (message,) = sent_to(stage.tenant.world.customer.contact_email)
    assert message.subject == "Nuvola Connect invites Bar & Grill <Rossi> onto WhatsApp"
    assert f"/start/{customer.token}\n" in message.body
    assert "Bar & Grill <Rossi>" in message.body
    html = str(message.alternatives[0].content)
    assert f'/start/{customer.token}"' in html
    assert "Bar &amp; Grill &lt;Rossi&gt;" in html
    assert message.reply_to == ["aiuto@nuvola.example"]
    with stage.tenant.scope():
        notice = Notice.objects.get()
        assert (notice.sealed_link, notice.skipped) == (None, False)
        assert notice.sent_at is not None


def test_an_invitation_without_e_mail_is_for_the_doors_that_show_it(stage: Stage) -> None:
    stage.invite(send_email=False)
    stage.drain()
    assert mail.outbox == []


def test_a_link_that_was_replaced_before_it_left_is_not_sent(stage: Stage) -> None:
    customer = stage.invite()
    with stage.tenant.scope():
        stage_now = clock.now()
        link = services.send_new_link(onboarding=customer.onboarding, now=stage_now, by="anna")
    stage.drain()
    (message,) = sent_to(stage.tenant.world.customer.contact_email)
    assert link in message.body
    assert customer.token not in message.body


def test_a_new_link_reaches_a_customer_who_is_live_and_invites_nobody_again(stage: Stage) -> None:
    in_language(stage, "en", "Europe/Rome")
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    customer.write()
    stage.until(lambda: customer.state == "LIVE")
    mail.outbox.clear()
    with stage.tenant.scope():
        link = services.send_new_link(onboarding=customer.onboarding, now=clock.now(), by="anna")
    stage.drain()
    (message,) = sent_to(stage.tenant.world.customer.contact_email)
    assert message.subject == "Your new link to Nuvola Connect"
    assert link in message.body


def test_a_mail_server_that_is_down_delays_and_doubles_nothing(stage: Stage) -> None:
    stage.invite()
    with mock.patch.object(
        EmailMultiAlternatives, "send", side_effect=ConnectionRefusedError("mail is down")
    ):
        stage.drain()
    assert mail.outbox == []
    stage.move_clock(timedelta(seconds=10))
    stage.drain()
    stage.drain()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("zone", "hour"), [("Europe/Rome", "Italian time"), ("America/New_York", "New York time"), ("UTC", "UTC")]
)
def test_a_reminder_tells_the_last_moment_in_words_and_in_the_customers_zone(
    stage: Stage, zone: str, hour: str
) -> None:
    in_language(stage, "en", zone)
    customer = at_the_gate(stage)
    stage.drain()
    mail.outbox.clear()
    stage.move_clock(customer.ends_at() - timedelta(days=3) + timedelta(seconds=5) - clock.now())
    stage.drain()
    (message,) = sent_to(stage.tenant.world.customer.contact_email)
    assert hour in message.body
    assert "2 days left" in message.subject
    assert "What is missing now: Meta's terms are not accepted yet." in message.body
    assert "This is for Nuvola Connect to do: you need not do anything." in message.body
    assert _opens(customer, message)
    (ours,) = sent_to("aiuto@nuvola.example")
    assert "(Our move)" in ours.body


def _opens(customer: Invited, message: EmailMultiAlternatives) -> bool:
    """The reminder's own link works, and the one before still does."""
    old = customer.token
    customer.token = message.body.split("/start/")[1].split()[0]
    assert customer.token != old
    found = customer.link()
    return found.onboarding_id == customer.onboarding.pk


def test_on_the_last_day_and_after_the_end_staff_are_told_too(stage: Stage) -> None:
    in_language(stage, "en", "Europe/Rome")
    customer = at_the_gate(stage)
    stage.move_clock(customer.ends_at() - timedelta(hours=23) - clock.now())
    stage.drain()
    (warning,) = sent_to("aiuto@nuvola.example")
    assert stage.tenant.world.customer.name in warning.subject
    assert f"/onboarding/{customer.onboarding.pk}/" in warning.body
    assert "/start/" not in warning.body
    stage.move_clock(timedelta(hours=24))
    stage.drain()
    stage.move_clock(timedelta(seconds=61))
    stage.drain()
    assert len(sent_to("aiuto@nuvola.example")) == 2


def test_a_cancelled_onboarding_is_not_written_about(stage: Stage) -> None:
    customer = stage.invite()
    with stage.tenant.scope():
        services.cancel(onboarding=customer.onboarding, now=clock.now(), by="anna", reason="changed mind")
        assert not OnboardingLink.objects.filter(revoked_at=None).exists()
    stage.drain()
    assert mail.outbox == []
    with stage.tenant.scope():
        notice = Notice.objects.get()
        assert (notice.skipped, notice.sent_at, notice.sealed_link) == (True, None, None)
