"""Settings: read from the environment, top to bottom. README.md lists every variable."""

from __future__ import annotations

from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- The installation -------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEYS = env.list("SECRET_KEYS")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
INTAKE_PUBLIC_URL = env.str("INTAKE_PUBLIC_URL", "http://127.0.0.1:8002").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TIME_SCALE = env.float("TIME_SCALE", 1.0)

# --- Meta --------------------------------------------------------------------------------------------------
GRAPH_BASE_URL = env.str("GRAPH_BASE_URL", "https://graph.facebook.com").rstrip("/")
GRAPH_API_VERSION = env.str("GRAPH_API_VERSION", "v26.0")
EMBEDDED_SIGNUP_SDK_URL = env.str("EMBEDDED_SIGNUP_SDK_URL", "https://connect.facebook.net/en_US/sdk.js")
# Window messages are believed from https facebook.com and its subdomains, and from these origins.
EMBEDDED_SIGNUP_ORIGINS = env.list("EMBEDDED_SIGNUP_ORIGINS", default=[])

# --- On-Premises API: history since its last clients expired -----------------------------------------------
# Whether a number can still go back to its client; false is what Meta says today.
ON_PREMISES_AVAILABLE = env.bool("ON_PREMISES_AVAILABLE", False)
# Customers' clients are reached by https at public addresses; these networks are allowed besides.
ON_PREMISES_ALLOWED_NETWORKS = env.list("ON_PREMISES_ALLOWED_NETWORKS", default=[])

# --- Sandbox: a clock that can be moved, only where nothing is real ----------------------------------------
SANDBOX = env.bool("SANDBOX", False)
SANDBOX_TOKEN = env.str("SANDBOX_TOKEN", "")

# --- Django ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "portal.kernel.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "rest_framework",
    "template_partials",
    "portal.kernel",
    "tenants",
    "webhooks",
    "messaging",
    "onboarding",
    "portal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.kernel.http.RequestIdMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.ScopeMiddleware",
    "onboarding.middleware.LinkMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
AUTH_USER_MODEL = "tenants.User"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "admin:login"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Data --------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = 300
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379")

# --- E-mail ------------------------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "portal@localhost")

# --- Languages and time ------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("it", _("Italian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = ["portal.formats"]

# --- Static files ------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where `collectstatic` puts them in production; empty: served from where they are.
STATIC_ROOT = env.str("STATIC_ROOT", "") or None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

# --- Security ----------------------------------------------------------------------------------------------
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Probes come without the proxy, and a redirect would look healthy to them.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- The desk ----------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": _("Partner portal"),
    "SITE_HEADER": "portal.desk.partner_name",
    "SITE_SUBHEADER": _("Partner portal"),
    "SITE_SYMBOL": "forum",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "portal.desk.favicon"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": "portal.desk.language_url"},
    "ACCOUNT": {"navigation": "portal.desk.account_links"},
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "oklch(97.7% .017 165)",
            "100": "oklch(94.5% .042 165)",
            "200": "oklch(89.5% .075 165)",
            "300": "oklch(82.5% .105 165)",
            "400": "oklch(72.5% .125 165)",
            "500": "oklch(60.5% .115 165)",
            "600": "oklch(48% .095 165)",
            "700": "oklch(41% .082 165)",
            "800": "oklch(35% .068 165)",
            "900": "oklch(29.5% .055 165)",
            "950": "oklch(21% .04 165)",
        }
    },
    "STYLES": ["portal.desk.stylesheet", "portal.desk.plans_stylesheet"],
    "SCRIPTS": ["portal.desk.script"],
    "DASHBOARD_CALLBACK": "portal.desk.home",
    "LOGIN": {"form": "tenants.signin.SignInForm"},
    "SIDEBAR": {"navigation": "portal.desk.navigation"},
}

# --- API ---------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.authentication.HasScope"],
    "DEFAULT_PAGINATION_CLASS": "portal.kernel.api.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "portal.kernel.schema.Schema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.kernel.api.StrictJSONParser"],
    "EXCEPTION_HANDLER": "portal.kernel.api.problem_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Partner portal API",
    "DESCRIPTION": "Customers, onboardings and phone numbers of one WhatsApp Solution Partner.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.kernel.schema.describe_headers",
    ],
    "ENUM_NAME_OVERRIDES": {
        "MessageDirection": "messaging.models.Direction",
        "MessageStatus": "messaging.models.MessageStatus",
        "CheckResult": "onboarding.models.CheckResult",
        "DecisionKey": "onboarding.models.DecisionKey",
        "NoticeTextKind": "onboarding.plans.api.texts.KINDS",
        "PlanNoticeKind": "onboarding.models.PlanNoticeKind",
        "PlanState": "onboarding.states.PlanState",
        "PlanNumberState": "onboarding.states.LineState",
        "PlanImportState": "onboarding.states.ImportState",
        "ScheduleState": "onboarding.states.ScheduleState",
        "WishKind": "onboarding.models.WishKind",
        "OnboardingKind": "onboarding.models.Kind",
        "OnboardingState": "onboarding.states.OnboardingState",
        "StepKey": "onboarding.steps.keys.StepKey",
        "StepState": "onboarding.states.StepState",
        "RequirementOwner": "onboarding.models.Owner",
        "CodeVerificationStatus": "tenants.models.PhoneNumber.Verification",
        "PlatformType": "tenants.models.PhoneNumber.Platform",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Logging: one line of JSON an event ---------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.kernel.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"handlers": ["stderr"], "propagate": False}},
}
