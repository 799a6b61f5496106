"""The addresses of the API about migration plans, and the rows that they name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from onboarding.models import PlanDependency
from onboarding.plans import importing, services
from onboarding.plans.telling import texts
from onboarding.plans.waves import schedules
from portal.kernel import clock
from tests.conftest import Tenant
from tests.factories import CustomerFactory

CSV = "text/csv"
SECRET = {"data": "c2VjcmV0", "password": "a password"}
CLIENT = {"base_url": "https://wa.aurora.example", "username": "admin", "password": "a password"}
REASON = {"reason": "The customer stays"}
TERM = {"first_day": "2027-03-01", "last_day": "2027-03-31"}
TEXT = {"name": "m", "kind": "COMPLETION", "language": "it", "subject": "Fatto", "body": "Ciao {contact}."}
# Method, path, whether it writes, body, expected status, and the media type of a body that is not JSON.
PLAN_ROUTES: list[tuple[str, str, bool, Any, int, str]] = [
    ("GET", "plans", False, None, 200, ""),
    ("GET", "plans/export", False, None, 200, CSV),
    ("POST", "plans", True, {"customer": "<customer>", "path": "COEXISTENCE"}, 201, ""),
    ("GET", "plans/<plan>", False, None, 200, ""),
    ("PATCH", "plans/<plan>", True, {"priority": 1, "moves_from": "09:00"}, 200, ""),
    ("GET", "plans/<plan>/calendar", False, None, 404, ""),
    ("GET", "plans/<plan>/assessment", False, None, 200, ""),
    ("POST", "plans/<plan>/numbers", True, {"display_phone_number": "+390698765499"}, 201, ""),
    ("POST", "plans/<plan>/answers", True, {"answers": {"peak_mps": 20}}, 200, ""),
    ("POST", "plans/<plan>/finish-assessment", True, {}, 200, ""),
    ("POST", "plans/<plan>/reopen-assessment", True, {}, 409, ""),
    ("POST", "plans/<plan>/wishes", True, {"kind": "NOT_ON", "day": "2027-03-03"}, 201, ""),
    ("POST", "plans/<plan>/withdraw-wish", True, {"wish": "<wish>"}, 200, ""),
    ("POST", "plans/<plan>/dependencies", True, {"after": "<free_plan>"}, 201, ""),
    ("POST", "plans/<plan>/remove-dependency", True, {"after": "<earlier_plan>"}, 200, ""),
    ("POST", "plans/<plan>/decisions", True, {"key": "INFORM", "choice": False}, 200, ""),
    ("POST", "plans/<plan>/preview-notice", True, {"kind": "LINK"}, 200, ""),
    ("POST", "plans/<plan>/unschedule", True, {}, 409, ""),
    ("POST", "plans/<plan>/start", True, {}, 409, ""),
    ("POST", "plans/<plan>/pause", True, {}, 409, ""),
    ("POST", "plans/<plan>/resume", True, {}, 409, ""),
    ("POST", "plans/<plan>/retry", True, {}, 409, ""),
    ("POST", "plans/<plan>/send-link", True, {}, 200, ""),
    ("GET", "plans/<plan>/why", False, None, 200, ""),
    ("POST", "plans/<plan>/abandon", True, REASON, 200, ""),
    ("GET", "plan-numbers", False, None, 200, ""),
    ("GET", "plan-numbers/<plan_number>", False, None, 200, ""),
    ("PATCH", "plan-numbers/<plan_number>", True, {"daily_volume": 900}, 200, ""),
    ("POST", "plan-numbers/<plan_number>/abandon", True, REASON, 200, ""),
    ("POST", "plan-numbers/<plan_number>/roll-back", True, {}, 409, ""),
    ("POST", "plan-numbers/<plan_number>/confirm-check", True, {"key": "media", "note": "Seen"}, 200, ""),
    ("POST", "plan-numbers/<plan_number>/client", True, CLIENT, 200, ""),
    ("POST", "plan-numbers/<plan_number>/backup", True, SECRET, 200, ""),
    ("POST", "plan-numbers/<plan_number>/pin", True, {"pin": "123456"}, 409, ""),
    ("GET", "schedules", False, None, 200, ""),
    ("POST", "schedules", True, {"name": "March", **TERM}, 201, ""),
    ("GET", "schedules/<schedule>", False, None, 200, ""),
    ("PATCH", "schedules/<schedule>", True, {"numbers_per_day": 60}, 200, ""),
    ("GET", "schedules/<schedule>/slots", False, None, 200, ""),
    ("GET", "schedules/<schedule>/waves", False, None, 200, CSV),
    ("GET", "schedules/<schedule>/calendar", False, None, 200, "text/calendar"),
    ("POST", "schedules/<schedule>/compare", False, {"other": "<other_schedule>"}, 200, ""),
    ("POST", "schedules/<schedule>/solve", True, {}, 200, ""),
    ("POST", "schedules/<schedule>/copy", True, {"name": "What if"}, 201, ""),
    ("POST", "schedules/<schedule>/replan", True, {}, 201, ""),
    ("POST", "schedules/<schedule>/drop-wish", True, {"wish": "<wish>"}, 200, ""),
    ("POST", "schedules/<schedule>/keep-wish", True, {"wish": "<wish>"}, 200, ""),
    ("POST", "schedules/<schedule>/apply", True, {}, 409, ""),
    ("POST", "schedules/<schedule>/discard", True, {}, 200, ""),
    ("GET", "notice-texts", False, None, 200, ""),
    ("POST", "notice-texts", True, TEXT, 201, ""),
    ("GET", "notice-texts/<notice_text>", False, None, 200, ""),
    ("GET", "plan-imports", False, None, 200, ""),
    ("GET", "plan-imports/template", False, None, 200, CSV),
    ("POST", "plan-imports", True, importing.template_csv(), 201, CSV),
    ("GET", "plan-imports/<plan_import>", False, None, 200, ""),
    ("GET", "plan-imports/<plan_import>/rows", False, None, 200, ""),
    ("GET", "plan-imports/<plan_import>/errors", False, None, 200, CSV),
    ("POST", "plan-imports/<plan_import>/apply", True, {}, 200, ""),
    ("POST", "plan-imports/<plan_import>/discard", True, {}, 200, ""),
]
PLAN_ROWS = (
    "plan",
    "free_plan",
    "earlier_plan",
    "plan_number",
    "wish",
    "schedule",
    "other_schedule",
    "plan_import",
    "notice_text",
)


def make_plan_rows(tenant: Tenant) -> dict[str, Any]:
    """One row of each kind, made as people make them. Inside the tenant's scope."""
    stamp: dict[str, Any] = {"now": clock.now(), "by": "test"}
    customers = [tenant.world.customer, CustomerFactory(), CustomerFactory()]
    plan, free, earlier = (
        services.create_plan(customer=one, app=tenant.world.app, path="ONPREM_TO_CLOUD", **stamp)
        for one in customers
    )
    line = services.add_line(plan=plan, display_phone_number="+390698765400", **stamp)
    services.set_answers(plan=plan, answers={"daily_volume": 10}, source="STAFF", **stamp)
    wish = services.add_wish(plan=plan, kind="NOT_BEFORE", day=date(2027, 3, 2), **stamp)
    services.add_dependency(plan=plan, after=earlier, **stamp)
    assert PlanDependency.objects.count() == 1
    today = stamp["now"].date()
    term = {"first_day": today + timedelta(days=7), "last_day": today + timedelta(days=60)}
    made = [schedules.create_schedule(name=name, **term, **stamp) for name in ("March", "What if")]
    upload = importing.check_csv(name="a.csv", data=importing.template_csv().encode(), **stamp)
    text = texts.save_text(**{**TEXT, "name": "first"}, **stamp)
    rows = (plan, free, earlier, line, wish, *made, upload, text)
    return dict(zip(PLAN_ROWS, rows, strict=True))
