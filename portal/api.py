"""/api: which endpoint of which floor answers where, and the document that says so."""

from __future__ import annotations

from csp.decorators import csp_replace
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.cache import cache_page
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from messaging import api as messaging
from onboarding import api as onboarding
from onboarding.plans import api as plans
from portal import views
from tenants import api as tenants

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("customers", tenants.Customers, "customer")
router.register("onboardings", onboarding.Onboardings, "onboarding")
router.register("messages", messaging.Messages, "message")
router.register("notice-texts", plans.NoticeTexts, "notice-text")
router.register("phone-numbers", tenants.PhoneNumbers, "phone-number")
router.register("plan-imports", plans.PlanImports, "plan-import")
router.register("plan-numbers", plans.PlanNumbers, "plan-number")
router.register("plans", plans.Plans, "plan")
router.register("schedules", plans.Schedules, "schedule")
router.register("wabas", tenants.Wabas, "waba")

# The same for everybody and slow to make.
document = cache_page(300)(SpectacularAPIView.as_view(authentication_classes=[]))
# Swagger sets style attributes; only its page may.
docs = csp_replace({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema", authentication_classes=[])
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/me", tenants.Me.as_view({"get": "show"}), name="me"),
    path("v1/schema", document, name="api-schema"),
    path("v1/", include(router.urls)),
    path("docs", docs, name="api-docs"),
    path("<path:rest>", views.unknown_api_route, name="api-unknown"),
]
