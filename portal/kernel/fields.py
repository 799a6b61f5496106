"""Fields that several apps share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A reference inside one tenant.

    The constraint is composite, (partner_id, id), and is added by `SecureTable`: a plain one would see
    through row security and tell one tenant that an id of another exists.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("on_delete", models.PROTECT)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


meta_id_validator = RegexValidator(r"^\d{1,32}$", _("An id at Meta has digits only."))


if TYPE_CHECKING:
    TextField = models.CharField[str, str]
else:
    TextField = models.CharField


class MetaIdField(TextField):
    """An id at Meta: a string of digits, empty while it is not known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)
        self.validators.append(meta_id_validator)
