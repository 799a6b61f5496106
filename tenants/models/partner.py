"""The tenant and the people and machines that act for it."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from portal.kernel.ids import uuid7
from portal.kernel.models import TenantModel
from tenants.models.validators import validate_colour, validate_region, validate_time_zone


class Partner(models.Model):
    """A WhatsApp Solution Partner: the tenant. Its own row is visible in its own scope only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=100)
    legal_entity = models.CharField(_("legal entity"), max_length=200)
    support_email = models.EmailField(_("support e-mail"))
    support_phone = models.CharField(_("support phone"), max_length=30, blank=True)
    language = models.CharField(
        _("language"), max_length=5, choices=[("en", _("English")), ("it", _("Italian"))], default="it"
    )
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Europe/Rome", validators=[validate_time_zone]
    )
    brand_color = models.CharField(
        _("brand colour"), max_length=7, default="#0b6e4f", validators=[validate_colour]
    )
    credit_line_required = models.BooleanField(
        _("share the credit line"),
        default=True,
        help_text=_(
            "A Solution Partner pays Meta and invoices its customers; a Tech Provider has no credit line."
        ),
    )
    data_localization_region = models.CharField(
        _("data localization region"), max_length=2, blank=True, validators=[validate_region]
    )

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")

    def __str__(self) -> str:
        return self.name

    @property
    def partner_id(self) -> uuid.UUID:
        """The tenant's own row belongs to its own tenant."""
        return self.id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do comes from their Membership, not from Django's permissions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    language = models.CharField(_("language"), max_length=5, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """What the admin greets them with."""
        return self.name

    @property
    def is_staff(self) -> bool:
        """Whether the admin's door opens; the scope middleware decides which tenant is behind it."""
        return self.is_active


class SignInAttempt(models.Model):
    """One try to sign in, until it succeeds: what the limit on guessing counts. The key is a digest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="sign_in_attempt_key")]


class Role(models.TextChoices):
    """What a member of a partner may do; each role includes the ones before it."""

    VIEWER = "VIEWER", _("viewer")
    OPERATOR = "OPERATOR", _("operator")
    ENGINEER = "ENGINEER", _("engineer")
    ADMIN = "ADMIN", _("administrator")


class Membership(TenantModel):
    """A person's role in a partner."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.OPERATOR)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["partner_id", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class ApiKey(TenantModel):
    """A key of an integrator: `wpk_<id>_<secret><checksum>`, of which only the SHA-256 is kept."""

    name = models.CharField(_("name"), max_length=100)
    key_id = models.CharField(_("key id"), max_length=12, unique=True, editable=False)
    key_hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("created"), editable=False)
    created_by = models.CharField(_("created by"), max_length=100, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} (wpk_{self.key_id}_…)"


class IdempotencyKey(TenantModel):
    """The answer to a POST, kept 72 hours with the effect, so that a repeated request repeats the answer."""

    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    # Sealed: an answer may carry a link that opens a customer's page.
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner_id", "key"], name="idempotency_key_once")]
