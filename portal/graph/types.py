"""Meta's objects; unknown fields are ignored and missing ones get a default: both change unannounced."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from .secret import Secret

MANAGEMENT = "whatsapp_business_management"


class Cursors(msgspec.Struct, frozen=True):
    """The ends of a page."""

    before: str | None = None
    after: str | None = None


class Paging(msgspec.Struct, frozen=True):
    """Where more of a list is; `next` is a URL, and absent on the last page."""

    cursors: Cursors = Cursors()
    next: str | None = None


class Page(msgspec.Struct, frozen=True):
    """One page of an edge."""

    data: list[Any]
    paging: Paging = Paging()


class Created(msgspec.Struct, frozen=True):
    """The answer to a POST that makes an object."""

    id: str


class NamedNode(msgspec.Struct, frozen=True):
    """An object of which only id and name are of interest."""

    id: str
    name: str = ""


class AccessToken(msgspec.Struct, frozen=True):
    """The result of a code exchange; `expires_in` seconds are given for 60-day tokens only."""

    access_token: Secret
    token_type: str = "bearer"  # noqa: S105
    expires_in: int | None = None


class GranularScope(msgspec.Struct, frozen=True):
    """A permission and the objects it was given for; no target_ids means all."""

    scope: str
    target_ids: list[str] = []


class TokenError(msgspec.Struct, frozen=True):
    """Why a token is not valid."""

    code: int = 0
    message: str = ""
    subcode: int | None = None


class DebugToken(msgspec.Struct, frozen=True):
    """What Meta knows of a token; `expires_at` 0 means never."""

    is_valid: bool
    app_id: str = ""
    type: str = ""
    application: str = ""
    user_id: str = ""
    scopes: list[str] = []
    granular_scopes: list[GranularScope] = []
    issued_at: int | None = None
    expires_at: int = 0
    data_access_expires_at: int = 0
    error: TokenError | None = None

    def waba_ids(self) -> list[str]:
        """The WABAs this token may manage, newest first."""
        granted = [given.target_ids for given in self.granular_scopes if given.scope == MANAGEMENT]
        return [waba_id for target_ids in granted for waba_id in target_ids]


class SubscribedField(msgspec.Struct, frozen=True):
    """A webhook field and the Graph version its payloads have."""

    name: str
    version: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """What an app receives of one kind of object, and where."""

    object: str
    callback_url: str = ""
    active: bool = False
    fields: list[SubscribedField | str] = []

    def field_names(self) -> list[str]:
        """The subscribed webhook fields."""
        return [field if isinstance(field, str) else field.name for field in self.fields]


class AppNode(msgspec.Struct, frozen=True):
    """An app as a WABA shows it."""

    id: str
    name: str = ""
    link: str = ""


class SubscribedApp(msgspec.Struct, frozen=True):
    """An app that receives the webhooks of a WABA."""

    whatsapp_business_api_data: AppNode
    override_callback_uri: str | None = None


class AssignedUser(msgspec.Struct, frozen=True):
    """A system user and what it may do with a WABA."""

    id: str
    name: str = ""
    tasks: list[str] = []


class SystemUser(msgspec.Struct, frozen=True):
    """A system user of a business portfolio."""

    id: str
    name: str = ""
    role: str = ""


class WabaNode(msgspec.Struct, frozen=True):
    """A WhatsApp Business Account, with what was asked for."""

    id: str
    name: str = ""
    currency: str = ""
    timezone_id: str = ""
    message_template_namespace: str = ""
    account_review_status: str = ""
    primary_funding_id: str | None = None
    owner_business_info: NamedNode | None = None


class Throughput(msgspec.Struct, frozen=True):
    """How many messages a second a number may send, as a level."""

    level: str = "NOT_APPLICABLE"


class WebhookConfiguration(msgspec.Struct, frozen=True):
    """The callback in force on each level; the first one present wins."""

    phone_number: str | None = None
    whatsapp_business_account: str | None = None
    application: str | None = None


class PhoneNumberNode(msgspec.Struct, frozen=True):
    """A business phone number; what was not asked for or not told is '' or None."""

    id: str
    display_phone_number: str = ""
    verified_name: str = ""
    quality_rating: str = "UNKNOWN"
    code_verification_status: str = ""
    platform_type: str = ""
    status: str = ""
    throughput: Throughput | None = None
    account_mode: str = ""
    name_status: str = ""
    new_name_status: str = ""
    certificate: str = ""
    new_certificate: str = ""
    is_pin_enabled: bool | None = None
    is_official_business_account: bool | None = None
    is_on_biz_app: bool | None = None
    is_preverified_number: bool | None = None
    last_onboarded_time: str = ""
    whatsapp_business_manager_messaging_limit: str = ""
    webhook_configuration: WebhookConfiguration | None = None

    def __post_init__(self) -> None:
        if self.quality_rating == "NA":
            msgspec.structs.force_setattr(self, "quality_rating", "UNKNOWN")

    @property
    def last_onboarded_at(self) -> datetime | None:
        """The start of the registration window, if Meta told it in a form we can read."""
        try:
            at = datetime.fromisoformat(self.last_onboarded_time)
        except ValueError:
            return None
        return at if at.tzinfo else None


class ExtendedCredit(msgspec.Struct, frozen=True):
    """A credit line of a Solution Partner."""

    id: str
    legal_entity_name: str = ""


class CreditAllocation(msgspec.Struct, frozen=True):
    """The answer to sharing and attaching a credit line."""

    allocation_config_id: str
    waba_id: str = ""


class AllocationConfig(msgspec.Struct, frozen=True):
    """A credit line shared with one customer; `request_status` DELETED means revoked."""

    id: str = ""
    receiving_business: NamedNode | None = None
    receiving_credential: Created | None = None
    request_status: str = ""


class SentMessage(msgspec.Struct, frozen=True):
    """A message that Meta accepted, not yet one that arrived."""

    wamid: str
    wa_id: str | None = None
    user_id: str | None = None
    message_status: str | None = None


class SyncRequest(msgspec.Struct, frozen=True):
    """The answer to a request for the data of the WhatsApp Business app."""

    request_id: str


class MigratedTemplates(msgspec.Struct, frozen=True):
    """One page of templates copied to another WABA: the ids that were, and why the others were not."""

    migrated_templates: list[str]
    failed_templates: dict[str, str] = {}
