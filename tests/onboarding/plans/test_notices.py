"""Customers are told the date once, in their words and zone; another date is told too, and so is none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding import signup
from onboarding.models import MigrationPlan, NoticeText, OnboardingLink, PlanNotice
from onboarding.plans.moving import execution
from onboarding.plans.telling import decisions, notice_list, notices, rendering, texts
from onboarding.services import Refused
from onboarding.states import LineState, PlanState
from portal.kernel import tasks, work
from portal.kernel.states import transition
from tests.conftest import NOW, Tenant
from tests.factories import CustomerFactory
from tests.factories.plans import MigrationPlanFactory, PlanLineFactory
from tests.onboarding.test_locks import until_somebody_waits

BY = "anna@nuvola.example"
MOVE = datetime(2026, 12, 8, 8, 0, tzinfo=UTC)  # 09:00 in Rome
LATER = datetime(2026, 12, 10, 13, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Desk:
    """One plan, and the hands that move it and the clock."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant, self.now = tenant, NOW
        with self.scope():
            customer = tenant.world.customer
            customer.language = "en"
            customer.save()
            self.plan = MigrationPlanFactory(customer=customer, app=tenant.world.app, state="ASSESSED")
            PlanLineFactory(plan=self.plan, display_phone_number="+390655501010")
            for text in texts.adopt_defaults(name="move", now=NOW, by=BY):
                texts.approve_text(text=text, now=NOW, by=BY)
            self.decide()

    @contextmanager
    def scope(self) -> Iterator[None]:
        with self.tenant.scope():
            yield

    def decide(self, *, choice: bool = True, **details: Any) -> None:
        told = {"text_name": "move", "days_before": 14, **details} if choice else {}
        decisions.decide(plan=self.plan, key="INFORM", choice=choice, now=self.now, by=BY, **told)

    def date(self, start: datetime | None) -> None:
        """Put the plan on a date, or take the date away, as applying a schedule does."""
        with self.scope():
            self.plan.refresh_from_db()
            state = PlanState.SCHEDULED if start else PlanState.ASSESSED
            if self.plan.state != state:
                transition(row=self.plan, to=state, now=self.now, by=BY)
            self.plan.planned_start_at = start
            self.plan.save()
            self.ensure()

    def to(self, state: str) -> None:
        with self.scope():
            self.plan.refresh_from_db()
            transition(row=self.plan, to=state, now=self.now, by=BY)
            self.ensure()

    def ensure(self) -> None:
        notices.ensure_notices(plan=self.plan, now=self.now, by=BY)

    def mails(self, now: datetime) -> list[EmailMultiAlternatives]:
        """Work at this moment; the e-mails that left."""
        self.now = now
        mail.outbox.clear()
        with mock.patch("portal.kernel.clock.now", return_value=now):
            tasks.drain(now=now)
        return list(mail.outbox)

    def waiting(self) -> dict[str, datetime | None]:
        with self.scope():
            rows = PlanNotice.objects.filter(sent_at=None, cancelled_at=None)
            return {row.kind: row.due_at for row in rows}

    def kinds(self) -> list[str]:
        with self.scope():
            return list(PlanNotice.objects.order_by("created_at", "id").values_list("kind", flat=True))


@pytest.fixture
def desk(tenant: Tenant, quiet_broker: None) -> Desk:
    return Desk(tenant)


def test_an_announced_move_is_told_and_reminded_once_in_the_customers_words(desk: Desk) -> None:
    desk.date(MOVE)
    for _again in range(2):
        with desk.scope():
            desk.ensure()
        assert desk.waiting() == {"ANNOUNCEMENT": MOVE - 14 * DAY, "REMINDER": MOVE - DAY}
    assert desk.mails(MOVE - 14 * DAY - timedelta(seconds=1)) == []
    (told,) = desk.mails(MOVE - 14 * DAY)
    assert told.subject == "Nuvola Connect: your WhatsApp move is planned for Tuesday 8 December 2026"
    assert "Hello Giulia Ferri," in told.body
    assert "+39 06 5550 1010" in told.body
    assert "Tuesday 8 December 2026 at 09:00 (Italian time)" in told.body
    assert "usually less than 5 minutes" in told.body
    assert (told.to, told.reply_to) == ([desk.tenant.world.customer.contact_email], ["aiuto@nuvola.example"])
    assert desk.mails(MOVE - 13 * DAY) == []
    (reminder,) = desk.mails(MOVE - DAY)
    assert "reminder" in reminder.body
    assert desk.waiting() == {}


def test_what_was_previewed_is_what_leaves_and_what_is_kept_without_the_link(desk: Desk) -> None:
    desk.date(MOVE)
    with desk.scope():
        preview = rendering.render_notice(desk.plan, "ANNOUNCEMENT").letter
    (told,) = desk.mails(MOVE - 14 * DAY)
    token = told.body.split("/start/")[1].split()[0]
    assert told.body == preview.text.replace("…", token)
    assert told.subject == preview.subject
    assert str(told.alternatives[0].content) == preview.html.replace("…", token)
    found = signup.find_link(token, desk.now)
    assert (found.plan_id, found.customer_id) == (desk.plan.pk, desk.plan.customer_id)
    with desk.scope():
        kept = PlanNotice.objects.get(kind="ANNOUNCEMENT")
        assert (kept.body, kept.recipient, kept.sent_at) == (preview.text, preview.to, desk.now)
        assert token not in str(vars(kept))


def test_a_date_that_moves_before_anybody_knows_it_is_moved_without_a_word(desk: Desk) -> None:
    desk.date(MOVE)
    desk.date(LATER)
    assert desk.waiting() == {"ANNOUNCEMENT": LATER - 14 * DAY, "REMINDER": LATER - DAY}
    desk.date(None)
    assert desk.waiting() == {}
    assert desk.mails(LATER) == []


def test_a_date_that_was_told_is_corrected_and_each_later_one_again(desk: Desk) -> None:
    desk.date(MOVE)
    desk.mails(MOVE - 14 * DAY)
    desk.date(LATER)
    desk.date(MOVE + DAY)  # second thoughts within minutes are one correction
    (first,) = desk.mails(desk.now + timedelta(hours=1))
    assert "announced for Tuesday 8 December 2026, has a new date: Wednesday 9 December 2026" in first.body
    desk.date(MOVE)
    (back,) = desk.mails(desk.now + timedelta(hours=1))
    assert "announced for Wednesday 9 December 2026, has a new date: Tuesday 8 December 2026" in back.body
    desk.date(MOVE + DAY)
    assert len(desk.mails(desk.now + timedelta(hours=1))) == 1
    assert desk.waiting() == {"REMINDER": MOVE}
    with desk.scope():
        last = PlanNotice.objects.filter(kind="CORRECTION", sent_at__isnull=False).latest("created_at")
        assert last.corrects is not None
        assert last.corrects.told_start_at == MOVE


def test_a_date_that_goes_and_comes_back_within_minutes_is_nobodys_news(desk: Desk) -> None:
    desk.date(MOVE)
    desk.mails(MOVE - 14 * DAY)
    desk.date(None)
    assert set(desk.waiting()) == {"CANCELLATION"}
    desk.date(MOVE)
    assert desk.mails(desk.now + timedelta(hours=1)) == []
    assert desk.waiting() == {"REMINDER": MOVE - DAY}


def test_a_plan_that_is_abandoned_after_it_was_announced_tells_so_once(desk: Desk) -> None:
    desk.date(MOVE)
    desk.mails(MOVE - 14 * DAY)
    desk.to(PlanState.ABANDONED)
    (gone,) = desk.mails(desk.now + timedelta(hours=1))
    assert gone.subject == "Nuvola Connect: your move does not take place on Tuesday 8 December 2026"
    with desk.scope():
        desk.ensure()
    assert desk.mails(MOVE) == []


def test_a_plan_that_nobody_was_told_of_ends_in_silence(desk: Desk) -> None:
    desk.date(MOVE)
    desk.to(PlanState.ABANDONED)
    assert desk.mails(MOVE) == []


def test_the_end_is_told_with_the_interruption_that_was_measured(desk: Desk) -> None:
    desk.date(MOVE)
    desk.mails(MOVE - 14 * DAY)
    desk.to(PlanState.IN_PROGRESS)
    with desk.scope():
        line = desk.plan.lines.get()
        transition(row=line, to=LineState.MOVING, now=MOVE, by=BY)
        ends = {"downtime_started_at": MOVE, "downtime_ended_at": MOVE + timedelta(seconds=200)}
        transition(row=line, to=LineState.MOVED, now=MOVE, by=BY, moved_at=MOVE, **ends)
    desk.now = MOVE
    desk.to(PlanState.COMPLETED)
    (end,) = desk.mails(MOVE)
    assert "Measured interruption: 3 minutes 20 seconds." in end.body
    with desk.scope():
        desk.ensure()
    assert desk.mails(MOVE + DAY) == []


def test_without_an_approved_text_nothing_leaves_until_somebody_approves_it(desk: Desk) -> None:
    desk.date(MOVE)
    with desk.scope():
        old = NoticeText.objects.get(kind="ANNOUNCEMENT", language="en")
        changed = texts.save_text(
            name="move",
            kind="ANNOUNCEMENT",
            language="en",
            subject=old.subject,
            body="Dear {contact}, on {date} we move.",
            now=NOW,
            by=BY,
        )
        assert changed.approved_at is None
        with pytest.raises(texts.TextChanged):
            texts.approve_text(text=old, now=NOW, by=BY)
    assert desk.mails(MOVE - 14 * DAY) == []
    with desk.scope():
        (view,) = [one for one in notice_list.plan_notices(desk.plan) if one.notice.kind == "ANNOUNCEMENT"]
        assert view.status == "TEXT_MISSING"
        texts.approve_text(text=changed, now=desk.now, by=BY)
    (told,) = desk.mails(MOVE - 13 * DAY)
    assert told.body.startswith("Dear Giulia Ferri, on Tuesday 8 December 2026 we move.")
    assert "/start/" in told.body  # the way to the page is in every letter


def test_who_is_not_to_be_informed_hears_nothing(desk: Desk) -> None:
    desk.date(MOVE)
    with desk.scope():
        desk.decide(choice=False)
    assert desk.waiting() == {}
    with desk.scope():
        desk.decide(days_before=7)
    assert desk.waiting()["ANNOUNCEMENT"] == MOVE - 7 * DAY
    with desk.scope():
        desk.decide(days_before=10)
    assert desk.waiting()["ANNOUNCEMENT"] == MOVE - 10 * DAY


def test_who_was_told_a_date_hears_of_another_one_though_nothing_more_is_to_be_told(desk: Desk) -> None:
    desk.date(MOVE)
    desk.mails(MOVE - 14 * DAY)
    with desk.scope():
        desk.decide(choice=False)
    assert desk.waiting() == {}, "the reminder"
    desk.date(LATER)
    (moved,) = desk.mails(desk.now + timedelta(hours=1))
    assert "announced for Tuesday 8 December 2026, has a new date: Thursday 10 December 2026" in moved.body
    assert desk.waiting() == {}
    desk.date(None)
    (gone,) = desk.mails(desk.now + timedelta(hours=1))
    assert gone.subject == "Nuvola Connect: your move does not take place on Thursday 10 December 2026"
    desk.date(MOVE)
    assert desk.waiting() == {}, "nobody expects a date any more"


def test_a_crash_while_an_e_mail_leaves_counts_as_told(desk: Desk) -> None:
    """The server may have it: the same e-mail goes again, or, if the date has moved, its correction."""
    desk.date(MOVE)
    due = MOVE - 14 * DAY
    with mock.patch.object(EmailMultiAlternatives, "send", side_effect=ConnectionResetError("cut")):
        assert desk.mails(due) == []
    with desk.scope():
        perhaps = PlanNotice.objects.get(kind="ANNOUNCEMENT")
        assert perhaps.body
        assert perhaps.sent_at is None
        views = {view.notice.kind: view.status for view in notice_list.plan_notices(desk.plan)}
        assert views["ANNOUNCEMENT"] == "UNCERTAIN"
    desk.date(LATER)
    (correction,) = desk.mails(due + timedelta(hours=1))
    assert "announced for Tuesday 8 December 2026, has a new date" in correction.body


def test_a_date_that_moves_while_its_announcement_leaves_is_corrected(desk: Desk) -> None:
    desk.date(MOVE)
    left: list[str] = []

    def meanwhile(self: EmailMultiAlternatives) -> int:
        left.append(self.subject)
        if len(left) == 1:
            desk.date(LATER)
        return 1

    with mock.patch.object(EmailMultiAlternatives, "send", meanwhile):
        desk.mails(MOVE - 14 * DAY)
        desk.mails(MOVE - 14 * DAY + timedelta(hours=1))
    assert [subject.rpartition(", ")[0] or subject for subject in left] == [
        "Nuvola Connect: your WhatsApp move is planned for Tuesday 8 December 2026",
        "Nuvola Connect: a new date for your move",
    ]
    with desk.scope():
        first = PlanNotice.objects.get(kind="ANNOUNCEMENT")
        assert first.sent_at is not None  # it was withdrawn on its way out, and left all the same
        assert first.cancelled_at is None


def test_a_date_that_moves_just_as_the_sender_begins_is_waited_for(desk: Desk) -> None:
    """Both lock the plan before its notices: nobody waits in a circle, and no old date leaves."""
    desk.date(MOVE)
    due = MOVE - 14 * DAY
    (lease,) = work.claim(PlanNotice, now=due)

    def send() -> None:
        try:
            with mock.patch("portal.kernel.clock.now", return_value=due):
                notices.send_plan_notice(lease)
        finally:
            connection.close()

    sender = threading.Thread(target=send)
    with desk.scope():
        desk.plan.refresh_from_db(from_queryset=MigrationPlan.objects.select_for_update())
        sender.start()
        until_somebody_waits()
        desk.plan.planned_start_at = LATER
        desk.plan.save()
        desk.now = due
        desk.ensure()
    sender.join(10)
    assert not sender.is_alive()
    assert mail.outbox == []
    with desk.scope():
        told = PlanNotice.objects.get(told_start_at=MOVE, kind="ANNOUNCEMENT")
        assert (told.sent_at, told.body) == (None, "")


def test_a_crash_without_news_repeats_the_e_mail_with_its_id(desk: Desk) -> None:
    desk.date(MOVE)
    due = MOVE - 14 * DAY
    sent: list[str] = []

    def cut(self: EmailMultiAlternatives) -> int:
        sent.append(self.extra_headers["Message-ID"])
        raise ConnectionResetError

    with mock.patch.object(EmailMultiAlternatives, "send", cut):
        desk.mails(due)
    (again,) = desk.mails(due + timedelta(minutes=1))
    assert [again.extra_headers["Message-ID"]] == sent


def test_many_plans_cost_no_more_statements_than_one(desk: Desk) -> None:
    counts = []
    for size in (1, 5):
        with desk.scope():
            plans = []
            for _number in range(size):
                plan: MigrationPlan = MigrationPlanFactory(
                    customer=CustomerFactory(language="en"), app=desk.tenant.world.app, state="ASSESSED"
                )
                decisions.decide(
                    plan=plan, key="INFORM", choice=True, now=NOW, by=BY, text_name="move", days_before=14
                )
                transition(row=plan, to=PlanState.SCHEDULED, now=NOW, by=BY, planned_start_at=MOVE)
                plans.append(plan.pk)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                notices.ensure_all(plans=plans, now=NOW, by=BY)
            counts.append(len(seen))
    assert counts[0] == counts[1]
    assert len(desk.kinds()) == 12


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ("On {day} we move.", "unknown_placeholder"),
        ("{customer.pk} moves", "unknown_placeholder"),
        ("{{date}}", "loose_brace"),
        ("", "text_empty"),
        ("x" * 5001, "text_too_long"),
    ],
)
def test_a_text_that_could_not_be_filled_is_refused(desk: Desk, body: str, refused: str) -> None:
    told = {"name": "move", "kind": "ANNOUNCEMENT", "language": "en", "subject": "The move"}
    with desk.scope(), pytest.raises(Refused) as reason:
        texts.save_text(body=body, now=NOW, by=BY, **told)
    assert reason.value.code == refused
    if refused == "unknown_placeholder":
        assert "{date} {time}" in str(reason.value.message)


def test_names_are_never_read_as_placeholders_or_markup(desk: Desk) -> None:
    with desk.scope():
        customer = desk.tenant.world.customer
        customer.contact_name = "{support} <b>"
        customer.save()
    desk.date(MOVE)
    (told,) = desk.mails(MOVE - 14 * DAY)
    assert "Hello {support} <b>," in told.body
    assert "Hello {support} &lt;b&gt;," in str(told.alternatives[0].content)


def test_a_new_link_to_the_page_ends_the_ones_before(desk: Desk) -> None:
    with desk.scope():
        notices.send_plan_link(plan=desk.plan, now=NOW, by=BY)
        notices.send_plan_link(plan=desk.plan, now=NOW, by=BY)
    (first,) = desk.mails(NOW)
    with desk.scope():
        notices.send_plan_link(plan=desk.plan, now=NOW, by=BY)
    (second,) = desk.mails(NOW + timedelta(minutes=1))
    tokens = [one.body.split("/start/")[1].split()[0] for one in (first, second)]
    with pytest.raises(signup.LinkRevoked):
        signup.find_link(tokens[0], desk.now)
    assert signup.find_link(tokens[1], desk.now).plan_id == desk.plan.pk
    with desk.scope():
        assert OnboardingLink.objects.filter(revoked_at=None).count() == 1


def test_what_people_do_with_a_plan_reaches_its_customer_by_itself(desk: Desk) -> None:
    """The services that pause, resume and abandon bring the notices in line."""
    desk.date(MOVE)
    with desk.scope():
        execution.pause(plan=desk.plan, now=desk.now, by=BY)
    assert desk.waiting() == {}
    with desk.scope():
        execution.resume(plan=desk.plan, now=desk.now, by=BY)
    assert set(desk.waiting()) == {"ANNOUNCEMENT", "REMINDER"}
    desk.mails(MOVE - 14 * DAY)
    with desk.scope():
        execution.abandon(plan=desk.plan, reason="no money", now=desk.now, by=BY)
    assert set(desk.waiting()) == {"CANCELLATION"}
