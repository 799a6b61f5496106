"""Plans of many customers from a CSV: checked first, applied on demand, wrong rows listed with what to do."""

from __future__ import annotations

from onboarding.plans.importing.errors import sentences
from onboarding.plans.importing.files import errors_csv, template_csv
from onboarding.plans.importing.reading import BadFile
from onboarding.plans.importing.service import apply_import, changes_of, check_csv, discard_import

__all__ = [
    "BadFile",
    "apply_import",
    "changes_of",
    "check_csv",
    "discard_import",
    "errors_csv",
    "sentences",
    "template_csv",
]
