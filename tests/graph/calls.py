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


@dataclass(frozen=True)
class Call:
    run: Callable[[Graph], object]
    sample: str
    method: str
    path: str
    template: str
    query: dict[str, str] = field(default_factory=dict)
    body: object = None


CALLS = {
    "oauth.exchange_code": Call(
        lambda g: oauth.exchange_code(g, app_id=APP, app_secret=Secret(APP_SECRET), code=Secret(CODE)),
        "oauth_access_token.code_exchange",
        "GET",
        "/oauth/access_token",
        "/oauth/access_token",
        {"client_id": APP, "client_secret": APP_SECRET, "code": CODE},
    ),
    "oauth.debug_token": Call(
        lambda g: oauth.debug_token(g, input_token=Secret(BUSINESS_TOKEN)),
        "debug_token.business_token",
        "GET",
        "/debug_token",
        "/debug_token",
        {"input_token": BUSINESS_TOKEN},
    ),
    "app.subscriptions": Call(
        lambda g: app.subscriptions(g, app_id=APP),
        "subscribed_apps.get_empty",
        "GET",
        f"/{APP}/subscriptions",
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
        f"/{APP}/subscriptions",
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
        f"/{WABA}",
        "/{waba_id}",
        {"fields": "id,primary_funding_id"},
    ),
    "waba.subscribed_apps": Call(
        lambda g: waba.subscribed_apps(g, waba_id=WABA),
        "subscribed_apps.get_override",
        "GET",
        f"/{WABA}/subscribed_apps",
        "/{waba_id}/subscribed_apps",
        {"limit": "100"},
    ),
    "waba.subscribe_app": Call(
        lambda g: waba.subscribe_app(g, waba_id=WABA),
        "subscribed_apps.post",
        "POST",
        f"/{WABA}/subscribed_apps",
        "/{waba_id}/subscribed_apps",
    ),
    "waba.subscribe_app (override)": Call(
        lambda g: waba.subscribe_app(
            g, waba_id=WABA, override_callback_uri="https://x.invalid/", verify_token=Secret(VERIFY_TOKEN)
        ),
        "subscribed_apps.post",
        "POST",
        f"/{WABA}/subscribed_apps",
        "/{waba_id}/subscribed_apps",
        body={"override_callback_uri": "https://x.invalid/", "verify_token": VERIFY_TOKEN},
    ),
    "waba.unsubscribe_app": Call(
        lambda g: waba.unsubscribe_app(g, waba_id=WABA),
        "subscribed_apps.delete",
        "DELETE",
        f"/{WABA}/subscribed_apps",
        "/{waba_id}/subscribed_apps",
    ),
    "waba.assigned_users": Call(
        lambda g: waba.assigned_users(g, waba_id=WABA, business_id=BUSINESS),
        "assigned_users.get",
        "GET",
        f"/{WABA}/assigned_users",
        "/{waba_id}/assigned_users",
        {"business": BUSINESS, "limit": "100"},
    ),
    "waba.assign_user": Call(
        lambda g: waba.assign_user(g, waba_id=WABA, user_id=USER, tasks=["MANAGE"]),
        "assigned_users.post",
        "POST",
        f"/{WABA}/assigned_users",
        "/{waba_id}/assigned_users",
        body={"user": USER, "tasks": ["MANAGE"]},
    ),
    "waba.phone_numbers": Call(
        lambda g: waba.phone_numbers(g, waba_id=WABA),
        "phone_numbers.list_default",
        "GET",
        f"/{WABA}/phone_numbers",
        "/{waba_id}/phone_numbers",
        {"fields": PHONE_FIELDS, "limit": "100"},
    ),
    "waba.create_phone_number": Call(
        lambda g: waba.create_phone_number(
            g, waba_id=WABA, cc="39", phone_number="3123456789", verified_name="Forno"
        ),
        "phone_numbers.create",
        "POST",
        f"/{WABA}/phone_numbers",
        "/{waba_id}/phone_numbers",
        body={"cc": "39", "phone_number": "3123456789", "verified_name": "Forno"},
    ),
    "credit.extended_credits": Call(
        lambda g: credit.extended_credits(g, business_id=BUSINESS),
        "extendedcredits",
        "GET",
        f"/{BUSINESS}/extendedcredits",
        "/{business_id}/extendedcredits",
        {"fields": "id,legal_entity_name", "limit": "100"},
    ),
    "credit.share_and_attach": Call(
        lambda g: credit.share_and_attach(g, credit_id=CREDIT, waba_id=WABA, waba_currency="EUR"),
        "whatsapp_credit_sharing_and_attach",
        "POST",
        f"/{CREDIT}/whatsapp_credit_sharing_and_attach",
        "/{credit_id}/whatsapp_credit_sharing_and_attach",
        body={"waba_id": WABA, "waba_currency": "EUR"},
    ),
    "credit.receiving_credential": Call(
        lambda g: credit.receiving_credential(g, allocation_config_id=ALLOCATION),
        "credit_allocation.receiving_credential",
        "GET",
        f"/{ALLOCATION}",
        "/{allocation_config_id}",
        {"fields": "receiving_credential"},
    ),
    "credit.allocation_config": Call(
        lambda g: credit.allocation_config(g, allocation_config_id=ALLOCATION),
        "credit_allocation.revoked",
        "GET",
        f"/{ALLOCATION}",
        "/{allocation_config_id}",
        {"fields": "receiving_business,request_status"},
    ),
    "credit.allocation_configs": Call(
        lambda g: credit.allocation_configs(g, credit_id=CREDIT, receiving_business_id=BUSINESS),
        "owning_credit_allocation_configs",
        "GET",
        f"/{CREDIT}/owning_credit_allocation_configs",
        "/{credit_id}/owning_credit_allocation_configs",
        {"receiving_business_id": BUSINESS, "fields": "id,receiving_business", "limit": "100"},
    ),
    "credit.revoke": Call(
        lambda g: credit.revoke(g, allocation_config_id=ALLOCATION),
        "deregister",
        "DELETE",
        f"/{ALLOCATION}",
        "/{allocation_config_id}",
    ),
    "phone_number.get": Call(
        lambda g: phone_number.get(g, phone_number_id=PHONE),
        "phone_number.full_fields",
        "GET",
        f"/{PHONE}",
        "/{phone_number_id}",
        {"fields": PHONE_FIELDS},
    ),
    "phone_number.request_code": Call(
        lambda g: phone_number.request_code(g, phone_number_id=PHONE, code_method="SMS", language="it_IT"),
        "request_code",
        "POST",
        f"/{PHONE}/request_code",
        "/{phone_number_id}/request_code",
        body={"code_method": "SMS", "language": "it_IT"},
    ),
    "phone_number.verify_code": Call(
        lambda g: phone_number.verify_code(g, phone_number_id=PHONE, code=Secret(SMS_CODE)),
        "verify_code",
        "POST",
        f"/{PHONE}/verify_code",
        "/{phone_number_id}/verify_code",
        body={"code": SMS_CODE},
    ),
    "phone_number.register": Call(
        lambda g: phone_number.register(g, phone_number_id=PHONE, pin=Secret(PIN)),
        "register",
        "POST",
        f"/{PHONE}/register",
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
        f"/{PHONE}/register",
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
        f"/{PHONE}/deregister",
        "/{phone_number_id}/deregister",
    ),
    "phone_number.set_two_step_pin": Call(
        lambda g: phone_number.set_two_step_pin(g, phone_number_id=PHONE, pin=Secret(PIN)),
        "two_step_pin",
        "POST",
        f"/{PHONE}",
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
        f"/{PHONE}/messages",
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
        f"/{BUSINESS}/owned_whatsapp_business_accounts",
        "/{business_id}/owned_whatsapp_business_accounts",
        {"fields": WABA_FIELDS, "limit": "100"},
    ),
    "business.client_whatsapp_business_accounts": Call(
        lambda g: business.client_whatsapp_business_accounts(g, business_id=BUSINESS),
        "client_whatsapp_business_accounts",
        "GET",
        f"/{BUSINESS}/client_whatsapp_business_accounts",
        "/{business_id}/client_whatsapp_business_accounts",
        {"fields": WABA_FIELDS, "limit": "100"},
    ),
    "business.system_users": Call(
        lambda g: business.system_users(g, business_id=BUSINESS),
        "system_users",
        "GET",
        f"/{BUSINESS}/system_users",
        "/{business_id}/system_users",
        {"limit": "100"},
    ),
}
