"""`Idempotency-Key`: a POST that is sent again answers again and does nothing again.

The stored answer commits with the effect: never is there one without the other. While the first request runs
it holds an advisory lock that dies with its transaction, so a crash leaves nothing behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from portal.kernel import clock
from portal.kernel.api import Problem
from portal.kernel.scope import current_scope
from portal.kernel.secrets import open_sealed, seal
from tenants.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=72)
SHAPE = re.compile(r"[\x21-\x7e]{1,200}")
FORGOTTEN_AT_ONCE = 20

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """Let a POST be repeated with the same `Idempotency-Key` for 72 hours. Refused requests are not kept."""

    @wraps(handler)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        _lock(key)
        now, digest = clock.now(), _digest(request)
        stored = IdempotencyKey.objects.filter(key=key, created_at__gt=now - KEPT_FOR).first()
        if stored is not None:
            return _repeated(stored, digest)
        response = handler(view, request, *args, **kwargs)
        _store(key, digest, response, now)
        return response

    return answer


def _lock(key: str) -> None:
    """Be the only request with this key of this tenant until the end of the transaction."""
    if not SHAPE.fullmatch(key):
        raise Problem(400, "idempotency_key_malformed", _("Use 1 to 200 visible ASCII characters."))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"idempotency|{current_scope().partner_id}|{key}"],
        )
        row = cursor.fetchone()
    if row is None or not row[0]:
        message = _("The first request with this key is still running.")
        raise Problem(409, "idempotency_in_progress", message, retryable=True, retry_after=1)


def _digest(request: Request) -> str:
    """What makes two requests the same: address and content, however the JSON was written.

    Keyed, for a PIN would be found by trying: a plain digest of it is no secret.
    """
    meant = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return salted_hmac("tenants.idempotency", meant, algorithm="sha256").hexdigest()


def _repeated(stored: IdempotencyKey, digest: str) -> Response:
    if stored.request_digest != digest:
        message = _("This key was used for another request; take a new one.")
        raise Problem(422, "idempotency_mismatch", message)
    body = json.loads(open_sealed(row=stored, column="body").reveal())
    return Response(body, stored.status, headers={"Idempotency-Replayed": "true"})


def _store(key: str, digest: str, response: Response, now: datetime) -> None:
    old = IdempotencyKey.objects.filter(created_at__lte=now - KEPT_FOR).select_for_update(skip_locked=True)
    IdempotencyKey.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])).delete()
    IdempotencyKey.objects.filter(key=key).delete()
    row = IdempotencyKey(
        partner_id=current_scope().partner_id,
        key=key,
        request_digest=digest,
        status=response.status_code,
        created_at=now,
    )
    row.body = seal(row=row, column="body", value=JSONRenderer().render(response.data).decode())
    row.save(force_insert=True)
