"""Handing a queued message to Meta: never twice, since Meta sends twice what is posted twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q, QuerySet

from messaging import queries, statuses
from messaging.models import STATUS_RANK, Message, MessageStatus
from portal.graph import messages as graph_messages
from portal.graph.client import Graph
from portal.graph.errors import GraphError, NotSent, OutcomeUnknown, RateLimited, TokenInvalid
from portal.graph.types import SentMessage
from portal.kernel import calls, clock, identity, work
from portal.kernel.models import CallOutcome, GraphCall
from portal.kernel.scope import scope
from portal.kernel.work import Lease
from tenants import credentials
from tenants.models import BusinessToken, PhoneNumber, SystemUser, TokenState
from webhooks.models import Change

BY = "portal"
OPERATION = "messages"
WINDOW_CLOSED = 131047
# How long the status webhook of an unconfirmed message is waited for; after that staff decide.
CONFIRMED_WITHIN = timedelta(hours=24)
LOOK_FOR_TOKEN_AGAIN = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True)
class _Job:
    """All that is needed outside the scope."""

    message: Message
    phone_number: PhoneNumber
    token: BusinessToken | SystemUser
    graph: Graph


def send(lease: Lease) -> None:
    """Send one message, or note why not now or not at all."""
    with scope(lease.partner_id):
        job = _prepare(lease, now=clock.now())
    if job is None:
        return
    try:
        calls.perform(
            lease=lease,
            graph=job.graph,
            operation=OPERATION,
            target=job.phone_number.phone_number_id,
            send=_call(job),
            record=partial(_record, lease),
        )
    except GraphError as error:
        with scope(lease.partner_id):
            _note(lease, job, error, now=clock.now())


def _call(job: _Job) -> Callable[[Graph], SentMessage]:
    def call(graph: Graph) -> SentMessage:
        return graph_messages.send(
            graph,
            phone_number_id=job.phone_number.phone_number_id,
            to=job.message.wa_id,
            payload=job.message.payload,
            biz_opaque_callback_data=str(job.message.pk),
        )

    return call


def _prepare(lease: Lease, *, now: datetime) -> _Job | None:
    """What is needed to send; None if the message is not to be sent now, which is then written down."""
    work.still_mine(lease)
    calls.close_orphans(lease=lease, now=now)
    message = Message.objects.select_related("phone_number__waba").get(pk=lease.id)
    if message.status != MessageStatus.QUEUED:
        work.finish(lease, now=now)
        return None
    if _may_be_sent_already(message):
        _wait_for_status(lease, now=now)
        return None
    number = message.phone_number
    if not queries.window_open(phone_number=number, wa_id=message.wa_id, now=now):
        _fail(lease, now=now, code=WINDOW_CLOSED)
        return None
    token = _token(number)
    if token is None:
        work.finish(lease, now=now, due_at=now + work.scaled(LOOK_FOR_TOKEN_AGAIN))
        return None
    return _Job(message, number, token, _graph(token, lease))


def _may_be_sent_already(message: Message) -> bool:
    """Whether an attempt was cut off, or this database is a copy of one on which the message was sent."""
    last = calls.last_call(work_id=message.pk, operation=OPERATION)
    cut_off = last is not None and last.outcome == CallOutcome.UNKNOWN
    return cut_off or identity.may_be_done_already(message.created_at)


def _token(number: PhoneNumber) -> BusinessToken | SystemUser | None:
    """The customer's newest valid token; the admin system user's where none was ever given for it."""
    account = Q(waba_ids=[]) | Q(waba_ids__contains=[number.waba.waba_id])
    tokens = BusinessToken.objects.filter(account, customer=number.customer_id)
    if number.customer_id is None or not tokens.exists():
        users = SystemUser.objects.filter(role=SystemUser.SystemRole.ADMIN, token_state=TokenState.VALID)
        return users.select_related("app").order_by("pk").first()
    valid = tokens.filter(state=TokenState.VALID)
    return valid.select_related("app").order_by("-obtained_at").first()


def _graph(token: BusinessToken | SystemUser, lease: Lease) -> Graph:
    if isinstance(token, SystemUser):
        return credentials.system_graph(token.app, lease=lease)
    return credentials.customer_graph(token, lease=lease)


def _record(lease: Lease, sent: SentMessage, now: datetime) -> None:
    """Store Meta's id of the message, then what webhooks that were faster told about it."""
    message = Message.objects.select_for_update().get(pk=lease.id)
    message.wamid = message.wamid or sent.wamid
    if STATUS_RANK[MessageStatus(message.status)] < STATUS_RANK[MessageStatus.ACCEPTED]:
        message.status = MessageStatus.ACCEPTED
    message.save(update_fields=["wamid", "status"])
    keys = [f"status:{sent.wamid}:{name}" for name in statuses.TOLD]
    early = Change.objects.filter(key__in=keys).values_list("value", flat=True)
    if told := statuses.statuses_in(early):
        statuses.apply(told, now=now)
    work.finish(lease, now=now)


# --- What is known when there is no message id ---


def _note(lease: Lease, job: _Job, error: GraphError, *, now: datetime) -> None:
    work.still_mine(lease)
    if isinstance(error, OutcomeUnknown):
        _wait_for_status(lease, now=now)
    elif isinstance(error, RateLimited | NotSent):
        work.finish(lease, now=now, due_at=now + _wait(lease, error))
    elif isinstance(error, TokenInvalid):
        credentials.invalidate_token(token=job.token, now=now, by=BY, code=error.code, subcode=error.subcode)
        work.finish(lease, now=now, due_at=now + work.scaled(LOOK_FOR_TOKEN_AGAIN))
    else:
        _fail(lease, now=now, code=error.code, fbtrace_id=error.fbtrace_id or "")


def _wait(lease: Lease, error: GraphError) -> timedelta:
    """As long as Meta says, else 1, 4, 16, ... seconds, which is its own rule for messages to one person."""
    if error.retry_after_seconds:
        return timedelta(seconds=error.retry_after_seconds)
    tries = GraphCall.objects.filter(work_id=lease.id, operation=OPERATION).count()
    return min(timedelta(seconds=4 ** min(tries - 1, 10)), LONGEST_WAIT)


def _wait_for_status(lease: Lease, *, now: datetime) -> None:
    """It may have been sent. Its status webhook carries our id and will tell; it is never sent again."""
    still_open = _queued(lease).update(status=MessageStatus.UNCONFIRMED)
    work.finish(lease, now=now, due_at=now + CONFIRMED_WITHIN if still_open else None)


def _fail(lease: Lease, *, now: datetime, code: int | None, fbtrace_id: str = "") -> None:
    _queued(lease).update(status=MessageStatus.FAILED, code=code, fbtrace_id=fbtrace_id, failed_at=now)
    work.finish(lease, now=now)


def _queued(lease: Lease) -> QuerySet[Message]:
    """The message, unless a status webhook has told more about it meanwhile."""
    return Message.objects.filter(pk=lease.id, status=MessageStatus.QUEUED)
