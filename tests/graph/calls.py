"""One call of every endpoint function: what it sends, and what it makes of Meta's recorded answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from portal.graph import app, business, credit, messages, oauth, phone_number, waba
from portal.graph.client import Graph
from portal.graph.secret import Secret

APP = "602214076000001"
BUSINESS = "880011223344556"
WABA = "915550001112223"
PHONE = "430017654321098"
USER = "122100000000000011"
CREDIT = "192200001111222"
ALLOCATION = "585000144177"
WABA_FIELDS = "id,name,currency,timezone_id,message_template_namespace"
PHONE_FIELDS = ",".join(phone_number.FIELDS)

# By name, since a traceback quotes lines of source.
APP_SECRET = "s3cret"
CODE = "AQ|+/=code"
BUSINESS_TOKEN = "EAAbusiness"
VERIFY_TOKEN = "v3rify"
SMS_CODE = "123830"
PIN = "924613"
BACKUP = "b4ckup"
BACKUP_PASSWORD = "passw0rd"
SECRETS = (APP_SECRET, CODE, BUSINESS_TOKEN, VERIFY_TOKEN, SMS_CODE, PIN, BACKUP, BACKUP_PASSWORD)


IDS = {"app_id": APP, "business_id": BUSINESS, "waba_id": WABA, "phone_number_id": PHONE}
IDS |= {"credit_id": CREDIT, "allocation_config_id": ALLOCATION}


@dataclass(frozen=True)
class Call:
    run: Callable[[Graph], object]
    sample: str
    method: str
    template: str
    query: dict[str, str] = field(default_factory=dict)
    body: object = None

    @property
    def path(self) -> str:
        return self.template.format(**IDS)


CALLS = {
    "oauth.exchange_code": Call(
        lambda g: oauth.exchange_code(g, app_id=APP, app_secret=Secret(APP_SECRET), code=Secret(CODE)),
        "oauth_access_token.code_exchange",
        "GET",
        "/oauth/access_token",
        {"client_id": APP, "client_secret": APP_SECRET, "code": CODE},
    ),
    "oauth.debug_token": Call(
        lambda g: oauth.debug_token(g, input_token=Secret(BUSINESS_TOKEN)),
        "debug_token.business_token",
        "GET",
        "/debug_token",
        {"input_token": BUSINESS_TOKEN},
    ),
    "app.subscriptions": Call(
        lambda g: app.subscriptions(g, app_id=APP),
        "subscribed_apps.get_empty",
        "GET",
        "/{app_id}/subscriptions",
        {"limit": "100"},
    ),
    "app.subscribe": Call(
        lambda g: app.subscribe(
            g,
            app_id=APP,
            callback_url="https://hooks.example.invalid/wa",
            verify_token=Secret(VERIFY_TOKEN),
            fields=["messages", "account_update"],
        ),
        "subscribed_apps.post",
        "POST",
        "/{app_id}/subscriptions",
        body={
            "object": "whatsapp_business_account",
            "callback_url": "https://hooks.example.invalid/wa",
            "verify_token": VERIFY_TOKEN,
            "fields": "messages,account_update",
        },
    ),
    "waba.get": Call(
        lambda g: waba.get(g, waba_id=WABA, fields=["id", "primary_funding_id"]),
        "waba.primary_funding_id",
        "GET",
        "/{waba_id}",
        {"fields": "id,primary_funding_id"},
    ),
    "waba.subscribed_apps": Call(
        lambda g: waba.subscribed_apps(g, waba_id=WABA),
        "subscribed_apps.get_override",
        "GET",
        "/{waba_id}/subscribed_apps",
        {"limit": "100"},
    ),
    "waba.subscribe_app": Call(
        lambda g: waba.subscribe_app(g, waba_id=WABA),
        "subscribed_apps.post",
        "POST",
        "/{waba_id}/subscribed_apps",
    ),
    "waba.subscribe_app (override)": Call(
        lambda g: waba.subscribe_app(
            g, waba_id=WABA, override_callback_uri="https://x.invalid/", verify_token=Secret(VERIFY_TOKEN)
        ),
        "subscribed_apps.post",
        "POST",
        "/{waba_id}/subscribed_apps",
        body={"override_callback_uri": "https://x.invalid/", "verify_token": VERIFY_TOKEN},
    ),
    "waba.unsubscribe_app": Call(
        lambda g: waba.unsubscribe_app(g, waba_id=WABA),
        "subscribed_apps.delete",
        "DELETE",
        "/{waba_id}/subscribed_apps",
    ),
    "waba.assigned_users": Call(
        lambda g: waba.assigned_users(g, waba_id=WABA, business_id=BUSINESS),
        "assigned_users.get",
        "GET",
        "/{waba_id}/assigned_users",
        {"business": BUSINESS, "limit": "100"},
    ),
    "waba.assign_user": Call(
        lambda g: waba.assign_user(g, waba_id=WABA, user_id=USER, tasks=["MANAGE"]),
        "assigned_users.post",
        "POST",
        "/{waba_id}/assigned_users",
        body={"user": USER, "tasks": ["MANAGE"]},
    ),
    "waba.phone_numbers": Call(
        lambda g: waba.phone_numbers(g, waba_id=WABA),
        "phone_numbers.list_default",
        "GET",
        "/{waba_id}/phone_numbers",
        {"fields": PHONE_FIELDS, "limit": "100"},
    ),
    "waba.create_phone_number": Call(
        lambda g: waba.create_phone_number(
            g, waba_id=WABA, cc="39", phone_number="3123456789", verified_name="Forno"
        ),
        "phone_numbers.create",
        "POST",
        "/{waba_id}/phone_numbers",
        body={"cc": "39", "phone_number": "3123456789", "verified_name": "Forno"},
    ),
    "credit.extended_credits": Call(
        lambda g: credit.extended_credits(g, business_id=BUSINESS),
        "extendedcredits",
        "GET",
        "/{business_id}/extendedcredits",
        {"fields": "id,legal_entity_name", "limit": "100"},
    ),
    "credit.share_and_attach": Call(
        lambda g: credit.share_and_attach(g, credit_id=CREDIT, waba_id=WABA, waba_currency="EUR"),
        "whatsapp_credit_sharing_and_attach",
        "POST",
        "/{credit_id}/whatsapp_credit_sharing_and_attach",
        body={"waba_id": WABA, "waba_currency": "EUR"},
    ),
    "credit.receiving_credential": Call(
        lambda g: credit.receiving_credential(g, allocation_config_id=ALLOCATION),
        "credit_allocation.receiving_credential",
        "GET",
        "/{allocation_config_id}",
        {"fields": "receiving_credential"},
    ),
    "credit.allocation_config": Call(
        lambda g: credit.allocation_config(g, allocation_config_id=ALLOCATION),
        "credit_allocation.revoked",
        "GET",
        "/{allocation_config_id}",
        {"fields": "receiving_business,request_status"},
    ),
    "credit.allocation_configs": Call(
        lambda g: credit.allocation_configs(g, credit_id=CREDIT, receiving_business_id=BUSINESS),
        "owning_credit_allocation_configs",
        "GET",
        "/{credit_id}/owning_credit_allocation_configs",
        {"receiving_business_id": BUSINESS, "fields": "id,receiving_business", "limit": "100"},
    ),
    "credit.revoke": Call(
        lambda g: credit.revoke(g, allocation_config_id=ALLOCATION),
        "deregister",
        "DELETE",
        "/{allocation_config_id}",
    ),
    "phone_number.get": Call(
        lambda g: phone_number.get(g, phone_number_id=PHONE),
        "phone_number.full_fields",
        "GET",
        "/{phone_number_id}",
        {"fields": PHONE_FIELDS},
    ),
    "phone_number.request_code": Call(
        lambda g: phone_number.request_code(g, phone_number_id=PHONE, code_method="SMS", language="it_IT"),
        "request_code",
        "POST",
        "/{phone_number_id}/request_code",
        body={"code_method": "SMS", "language": "it_IT"},
    ),
    "phone_number.verify_code": Call(
        lambda g: phone_number.verify_code(g, phone_number_id=PHONE, code=Secret(SMS_CODE)),
        "verify_code",
        "POST",
        "/{phone_number_id}/verify_code",
        body={"code": SMS_CODE},
    ),
    "phone_number.register": Call(
        lambda g: phone_number.register(g, phone_number_id=PHONE, pin=Secret(PIN)),
        "register",
        "POST",
        "/{phone_number_id}/register",
        body={"messaging_product": "whatsapp", "pin": PIN},
    ),
    "phone_number.register (region, backup)": Call(
        lambda g: phone_number.register(
            g,
            phone_number_id=PHONE,
            pin=Secret(PIN),
            data_localization_region="DE",
            backup={"data": Secret(BACKUP), "password": Secret(BACKUP_PASSWORD)},
        ),
        "register",
        "POST",
        "/{phone_number_id}/register",
        body={
            "messaging_product": "whatsapp",
            "pin": PIN,
            "data_localization_region": "DE",
            "backup": {"data": BACKUP, "password": BACKUP_PASSWORD},
        },
    ),
    "phone_number.deregister": Call(
        lambda g: phone_number.deregister(g, phone_number_id=PHONE),
        "deregister",
        "POST",
        "/{phone_number_id}/deregister",
    ),
    "phone_number.set_two_step_pin": Call(
        lambda g: phone_number.set_two_step_pin(g, phone_number_id=PHONE, pin=Secret(PIN)),
        "two_step_pin",
        "POST",
        "/{phone_number_id}",
        body={"pin": PIN},
    ),
    "messages.send": Call(
        lambda g: messages.send(
            g,
            phone_number_id=PHONE,
            to="+12025550198",
            payload={"type": "text", "text": {"body": "Ciao"}},
            biz_opaque_callback_data="our-id",
        ),
        "messages.text_with_status",
        "POST",
        "/{phone_number_id}/messages",
        body={
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+12025550198",
            "type": "text",
            "text": {"body": "Ciao"},
            "biz_opaque_callback_data": "our-id",
        },
    ),
    "business.owned_whatsapp_business_accounts": Call(
        lambda g: business.owned_whatsapp_business_accounts(g, business_id=BUSINESS),
        "owned_whatsapp_business_accounts",
        "GET",
        "/{business_id}/owned_whatsapp_business_accounts",
        {"fields": WABA_FIELDS, "limit": "100"},
    ),
    "business.client_whatsapp_business_accounts": Call(
        lambda g: business.client_whatsapp_business_accounts(g, business_id=BUSINESS),
        "client_whatsapp_business_accounts",
        "GET",
        "/{business_id}/client_whatsapp_business_accounts",
        {"fields": WABA_FIELDS, "limit": "100"},
    ),
    "business.system_users": Call(
        lambda g: business.system_users(g, business_id=BUSINESS),
        "system_users",
        "GET",
        "/{business_id}/system_users",
        {"limit": "100"},
    ),
}
