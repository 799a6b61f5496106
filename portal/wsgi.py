"""The web process: `granian --interface wsgi portal.wsgi:application`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal.kernel import checks  # noqa: E402  (needs the applications that the line above loads)

checks.refuse_to_start()
