"""What stands beside the three doors: health, readiness, the sandbox clock, errors nobody else answered."""

from __future__ import annotations

import hmac
import json
import math
import sys
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from portal.kernel import api, clock, tasks
from portal.kernel.logs import request_id
from portal.kernel.models import SandboxClock

FURTHEST_TRAVEL = timedelta(days=3650)
OPEN_TOO_LONG = (_("This page has been open too long"), _("Reload it and try again. Nothing was done."))
WORDS = {
    400: (_("This request cannot be read"), _("Go back and try again.")),
    403: (_("You may not do this"), _("Ask an administrator of your partner.")),
    404: (_("This page does not exist"), _("Check the address, or open the link you were sent once more.")),
    500: (_("Something went wrong on our side"), _("Nothing you did is lost. Try again in a few minutes.")),
    503: (_("We are back in a moment"), _("Nothing you did is lost. Try again in a few minutes.")),
}


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers; asks nobody else."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether requests may come here: 503 unless the database is there, safe and migrated.

    A sweep that has not run for a minute is told as `degraded` with 200: people can still be served, and
    taking the web process out of rotation would not bring the workers back.
    """
    checks: dict[str, bool] = {"database": False}
    try:
        checks["role"] = _role_is_bound_by_row_security()
        checks["database"] = True
        checks["migrations"] = _is_migrated()
        silence = tasks.silent_for(tasks.SWEEP_TASK) if checks["migrations"] else None
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "checks": checks}, status=503)
    sweeping = silence is not None and silence <= tasks.SWEEP_MISSED
    ready = all(checks.values())
    status = ("ok" if sweeping else "degraded") if ready else "unavailable"
    age = round(silence.total_seconds(), 1) if silence is not None else None
    answer = {"status": status, "checks": checks | {"sweep": sweeping}, "sweep_age_seconds": age}
    return JsonResponse(answer, status=200 if ready else 503)


def _role_is_bound_by_row_security() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    return row is not None and bool(row[0])


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def sandbox_clock(request: HttpRequest) -> HttpResponse:
    """Show or move the present of the whole installation; exists only with SANDBOX=true."""
    if not settings.SANDBOX:
        raise Http404
    given = request.headers.get("X-Sandbox-Token", "")
    if not settings.SANDBOX_TOKEN or not hmac.compare_digest(given.encode(), settings.SANDBOX_TOKEN.encode()):
        return _problem(api.Problem(401, "token_wrong", _("Send the sandbox token in X-Sandbox-Token.")))
    if request.method == "POST":
        offset = _wanted_offset(request.body)
        if offset is None:
            wanted = _("Send offset_seconds, a number of at most ten years.")
            return _problem(api.Problem(400, "invalid_request", wanted))
        clock.set_offset(offset=offset)
    moved = SandboxClock.objects.values_list("moved_by", flat=True).first() or timedelta()
    return JsonResponse({"now": clock.now().isoformat(), "offset_seconds": moved.total_seconds()})


def _wanted_offset(body: bytes) -> timedelta | None:
    try:
        seconds = json.loads(body)["offset_seconds"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return None
    return timedelta(seconds=seconds) if abs(seconds) <= FURTHEST_TRAVEL.total_seconds() else None


def unknown_api_route(request: HttpRequest, rest: str = "") -> HttpResponse:
    """An address below /api/ that does not exist, told in the API's own form whatever DEBUG says."""
    return _problem(api.not_found())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return _refusal(request, api.as_problem(exception) or api.Problem(400, "bad_request", WORDS[400][1]))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return _refusal(request, api.Problem(403, "forbidden", WORDS[403][1]))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What a form without its CSRF token gets."""
    return _page(403, *OPEN_TOO_LONG)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return _refusal(request, api.not_found())


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; 503 when the database is away."""
    return _refusal(request, api.as_problem(sys.exc_info()[1]) or api.failed())


def _refusal(request: HttpRequest, problem: api.Problem) -> HttpResponse:
    """A problem for programs, a page for people."""
    if request.path.startswith("/api/"):
        return _problem(problem)
    return _page(problem.status_code, *WORDS.get(problem.status_code, WORDS[400]))


def _page(status: int, title: Promise, text: Promise) -> HttpResponse:
    told = {"title": title, "text": text, "request_id": request_id.get() if status in (500, 503) else ""}
    # Without the request: nothing that may have failed before is asked again.
    return HttpResponse(loader.render_to_string("error.html", told), status=status)


def _problem(problem: api.Problem) -> HttpResponse:
    body, headers = problem.body(), problem.headers()
    return JsonResponse(body, status=problem.status_code, headers=headers, content_type=api.PROBLEM_TYPE)
