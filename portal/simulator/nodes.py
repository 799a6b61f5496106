"""Everything that has an id in the Graph, as plain data; the rules live in the modules about each kind."""

from __future__ import annotations

from msgspec import Struct, field

Override = dict[str, str]  # {"uri": ..., "token": ...}, empty when the app's own callback is used


class Business(Struct, tag=True, kw_only=True):
    """A business portfolio, of the partner or of a customer."""

    id: str
    name: str
    verification_status: str = "verified"
    terms_accepted: bool = True
    messaging_limit: str = "TIER_2K"
    new_recipients: dict[str, float] = field(default_factory=dict)  # written to first, outside a window
    preverified_ids: list[str] = field(default_factory=list)
    created_at: float = 0.0
    waba_ids: list[str] = field(default_factory=list)
    client_waba_ids: list[str] = field(default_factory=list)
    former_waba_ids: list[str] = field(default_factory=list)
    system_user_ids: list[str] = field(default_factory=list)
    credit_line_ids: list[str] = field(default_factory=list)
    app_ids: list[str] = field(default_factory=list)


class Configuration(Struct, kw_only=True):
    """A Facebook Login for Business configuration of an app."""

    id: str
    token_days: int = 0  # 0: the business token never expires


class App(Struct, tag=True, kw_only=True):
    """A Meta app: its secret, its one webhook endpoint and its signup configurations."""

    id: str
    name: str
    business_id: str
    secret: str
    advanced_access: bool = True
    configurations: dict[str, Configuration] = field(default_factory=dict)
    callback_url: str = ""
    verify_token: str = ""
    fields: list[str] = field(default_factory=list)


class SystemUser(Struct, tag=True, kw_only=True):
    """A system user of a portfolio, ADMIN or EMPLOYEE."""

    id: str
    name: str
    business_id: str
    role: str


class Waba(Struct, tag=True, kw_only=True):
    """A WhatsApp Business Account."""

    id: str
    name: str
    owner_business_id: str
    currency: str = "EUR"
    timezone_id: str = "71"
    message_template_namespace: str = ""
    account_review_status: str = "APPROVED"
    primary_funding_id: str = ""
    funded_from: float = 0.0  # a customer who changes partner can send again from the first of next month
    left_partner: bool = False
    created_at: float = 0.0
    partner_business_ids: list[str] = field(default_factory=list)
    phone_number_ids: list[str] = field(default_factory=list)
    template_ids: list[str] = field(default_factory=list)
    subscribed: dict[str, Override] = field(default_factory=dict)
    assigned: dict[str, list[str]] = field(default_factory=dict)


class CreditLine(Struct, tag=True, kw_only=True):
    """The extended credit line of a partner."""

    id: str
    business_id: str
    legal_entity_name: str
    allocation_ids: list[str] = field(default_factory=list)


class Allocation(Struct, tag=True, kw_only=True):
    """A credit line shared with one customer portfolio."""

    id: str
    credit_line_id: str
    receiving_business_id: str
    receiving_credential_id: str
    request_status: str = "APPROVED"


class PhoneNumber(Struct, tag=True, kw_only=True):
    """A business phone number on one WABA; numbers.py holds its life cycle."""

    id: str
    waba_id: str
    digits: str
    display_phone_number: str
    verified_name: str
    created_at: float = 0.0
    code_verified: bool = False
    platform_type: str = "NOT_APPLICABLE"
    status: str = "PENDING"
    quality_rating: str = "UNKNOWN"
    throughput_level: str = "STANDARD"
    name_status: str = "AVAILABLE_WITHOUT_REVIEW"
    new_name_status: str = "NONE"
    new_display_name: str = ""
    account_mode: str = "LIVE"
    is_on_biz_app: bool = False
    is_official_business_account: bool = False
    pin: str = ""
    data_localization_region: str = ""
    onboarded_at: float | None = None  # set by embedded signup: the registration window starts here
    registered_at: float | None = None
    ever_registered: bool = False
    sms_code: str = ""
    sms_code_at: float = 0.0
    codes_requested: list[float] = field(default_factory=list)
    wrong_codes: list[float] = field(default_factory=list)
    wrong_pins: list[float] = field(default_factory=list)
    register_calls: list[float] = field(default_factory=list)
    register_blocked_until: float = 0.0
    deregister_calls: list[float] = field(default_factory=list)
    deregister_blocked_until: float = 0.0
    override: Override = field(default_factory=dict)
    documents: dict[str, str] = field(
        default_factory=dict
    )  # profile, settings, ... as the JSON text they came in
    blocked_users: list[str] = field(default_factory=list)
    maintenance_until: float = 0.0
    onprem_connected: bool = False
    service_messages: dict[str, int] = field(default_factory=dict)
    busy_second: int = 0
    busy_count: int = 0
    sync_requests: dict[str, str] = field(default_factory=dict)
    preverified_at: float | None = None


class Template(Struct, tag=True, kw_only=True):
    """A message template; components stay as the JSON text they came in."""

    id: str
    waba_id: str
    name: str
    language: str
    category: str
    components: str
    parameter_format: str = "POSITIONAL"
    status: str = "PENDING"
    quality: str = "UNKNOWN"
    created_at: float = 0.0
    edits: list[float] = field(default_factory=list)
    pauses: int = 0


class PreverifiedNumber(Struct, tag=True, kw_only=True):
    """A number that the partner verified in advance, to be claimed by a customer in embedded signup."""

    id: str
    business_id: str
    digits: str
    display_phone_number: str
    verified_at: float | None = None
    sms_code: str = ""


class Media(Struct, tag=True, kw_only=True):
    """An uploaded or received file."""

    id: str
    phone_number_id: str
    mime_type: str
    sha256: str
    content: bytes
    created_at: float
    expires_at: float
    filename: str = ""


Node = (
    Business
    | App
    | SystemUser
    | Waba
    | CreditLine
    | Allocation
    | PhoneNumber
    | Template
    | PreverifiedNumber
    | Media
)
