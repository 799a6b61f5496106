"""Calls of the edges that manage what a customer has: media, templates, profile, numbers verified ahead."""

from __future__ import annotations

from portal.graph import business, media, phone_number, preverified, profile, template, waba
from portal.graph.multipart import File
from portal.graph.secret import Secret
from tests.graph.call import BUSINESS, MEDIA, PHONE, PREVERIFIED, SMS_CODE, TEMPLATE, USER, WABA, Call

BODY = [{"type": "BODY", "text": "Il tuo ordine è pronto."}]
OBA = {"id": PHONE, "oba_status": "PENDING", "status_message": "The application was received."}
SUCCESS = {"success": True}
PAGE = {"limit": "100"}
CONSUMER = {"input": "+393475550101", "wa_id": "393475550101"}
PRODUCT = {"messaging_product": "whatsapp"}
NUMBER = {"id": PREVERIFIED, "display_phone_number": "+39 02 1234 5678"}
SOURCE = "215550009998887"
ACTIVITY = {"id": "99", "activity_type": "PHONE_NUMBER_ADDED", "actor_type": "API"}
SITES = ["https://www.example.invalid"]

EDGES = {
    "media.upload": Call(
        lambda g: media.upload(g, phone_number_id=PHONE, file=File("a.png", "image/png", b"pixels")),
        "media.upload",
        "POST",
        "/{phone_number_id}/media",
        body={**PRODUCT, "type": "image/png", "file": "pixels"},
    ),
    "media.get": Call(
        lambda g: media.get(g, media_id=MEDIA, phone_number_id=PHONE),
        "media.get",
        "GET",
        "/{media_id}",
        {"phone_number_id": PHONE},
    ),
    "media.delete": Call(
        lambda g: media.delete(g, media_id=MEDIA, phone_number_id=PHONE),
        "media.delete",
        "DELETE",
        "/{media_id}",
        {"phone_number_id": PHONE},
    ),
    "template.message_templates": Call(
        lambda g: template.message_templates(g, waba_id=WABA, name="ordine"),
        "message_templates.list",
        "GET",
        "/{waba_id}/message_templates",
        {"name": "ordine", **PAGE},
    ),
    "template.create": Call(
        lambda g: template.create(
            g, waba_id=WABA, name="ordine", language="it", category="UTILITY", components=BODY
        ),
        "message_templates.create",
        "POST",
        "/{waba_id}/message_templates",
        body={"name": "ordine", "language": "it", "category": "UTILITY", "components": BODY},
    ),
    "template.delete": Call(
        lambda g: template.delete(g, waba_id=WABA, name="ordine", hsm_id=TEMPLATE),
        "message_templates.delete",
        "DELETE",
        "/{waba_id}/message_templates",
        {"name": "ordine", "hsm_id": TEMPLATE},
    ),
    "template.get": Call(
        lambda g: template.get(g, template_id=TEMPLATE),
        {"id": TEMPLATE, "name": "ordine", "status": "APPROVED", "components": BODY},
        "GET",
        "/{template_id}",
    ),
    "template.edit": Call(
        lambda g: template.edit(g, template_id=TEMPLATE, components=BODY, category="MARKETING"),
        "message_templates.edit",
        "POST",
        "/{template_id}",
        body={"components": BODY, "category": "MARKETING"},
    ),
    "profile.whatsapp_business_profile": Call(
        lambda g: profile.whatsapp_business_profile(g, phone_number_id=PHONE),
        "whatsapp_business_profile.get",
        "GET",
        "/{phone_number_id}/whatsapp_business_profile",
        {"fields": ",".join(profile.FIELDS)},
    ),
    "profile.update_whatsapp_business_profile": Call(
        lambda g: profile.update_whatsapp_business_profile(
            g, phone_number_id=PHONE, about="Pane", websites=SITES, email=""
        ),
        "whatsapp_business_profile.post",
        "POST",
        "/{phone_number_id}/whatsapp_business_profile",
        body={**PRODUCT, "about": "Pane", "websites": SITES, "email": ""},
    ),
    "profile.settings": Call(
        lambda g: profile.settings(g, phone_number_id=PHONE),
        {"storage_configuration": {"status": "default"}},
        "GET",
        "/{phone_number_id}/settings",
    ),
    "profile.update_settings": Call(
        lambda g: profile.update_settings(
            g, phone_number_id=PHONE, settings={"calling": {"status": "enabled"}}
        ),
        "phone_number_settings.identity_check",
        "POST",
        "/{phone_number_id}/settings",
        body={"calling": {"status": "enabled"}},
    ),
    "profile.official_business_account": Call(
        lambda g: profile.official_business_account(g, phone_number_id=PHONE),
        OBA,
        "GET",
        "/{phone_number_id}/official_business_account",
    ),
    "profile.update_official_business_account": Call(
        lambda g: profile.update_official_business_account(
            g, phone_number_id=PHONE, action="SUBMIT_APPLICATION"
        ),
        {"success": True, "message": "The application was received.", "updated_status": OBA},
        "POST",
        "/{phone_number_id}/official_business_account",
        body={"action": "SUBMIT_APPLICATION"},
    ),
    "profile.block_users": Call(
        lambda g: profile.block_users(g, phone_number_id=PHONE),
        {"data": [{**PRODUCT, "wa_id": "393475550101"}]},
        "GET",
        "/{phone_number_id}/block_users",
        PAGE,
    ),
    "profile.block": Call(
        lambda g: profile.block(g, phone_number_id=PHONE, users=["+393475550101"]),
        {**PRODUCT, "block_users": {"added_users": [CONSUMER]}},
        "POST",
        "/{phone_number_id}/block_users",
        body={**PRODUCT, "block_users": [{"user": "+393475550101"}]},
    ),
    "profile.unblock": Call(
        lambda g: profile.unblock(g, phone_number_id=PHONE, users=["+393475550101"]),
        {**PRODUCT, "block_users": {"removed_users": [CONSUMER]}},
        "DELETE",
        "/{phone_number_id}/block_users",
        body={**PRODUCT, "block_users": [{"user": "+393475550101"}]},
    ),
    "preverified.preverified_numbers": Call(
        lambda g: preverified.preverified_numbers(g, business_id=BUSINESS),
        {"data": [{**NUMBER, "verification_status": "VERIFIED"}]},
        "GET",
        "/{business_id}/preverified_numbers",
        PAGE,
    ),
    "preverified.add_phone_numbers": Call(
        lambda g: preverified.add_phone_numbers(g, business_id=BUSINESS, phone_number="+390212345678"),
        "add_phone_numbers.preverified",
        "POST",
        "/{business_id}/add_phone_numbers",
        body={"phone_number": "+390212345678"},
    ),
    "preverified.get": Call(
        lambda g: preverified.get(g, preverified_number_id=PREVERIFIED),
        {**NUMBER, "country_prefix": 39, "is_input_id_valid": True},
        "GET",
        "/{preverified_number_id}",
    ),
    "preverified.request_code": Call(
        lambda g: preverified.request_code(
            g, preverified_number_id=PREVERIFIED, code_method="SMS", language="it_IT"
        ),
        "request_code",
        "POST",
        "/{preverified_number_id}/request_code",
        body={"code_method": "SMS", "language": "it_IT"},
    ),
    "preverified.verify_code": Call(
        lambda g: preverified.verify_code(g, preverified_number_id=PREVERIFIED, code=Secret(SMS_CODE)),
        "verify_code",
        "POST",
        "/{preverified_number_id}/verify_code",
        body={"code": SMS_CODE},
    ),
    "preverified.delete": Call(
        lambda g: preverified.delete(g, preverified_number_id=PREVERIFIED),
        SUCCESS,
        "DELETE",
        "/{preverified_number_id}",
    ),
    "business.get": Call(
        lambda g: business.get(g, business_id=BUSINESS),
        {"id": BUSINESS, "name": "Panificio Aurora"},
        "GET",
        "/{business_id}",
        {"fields": "id,name"},
    ),
    "waba.update": Call(
        lambda g: waba.update(g, waba_id=WABA, name="Forno", timezone_id="71"),
        SUCCESS,
        "POST",
        "/{waba_id}",
        body={"name": "Forno", "timezone_id": "71"},
    ),
    "waba.activities": Call(
        lambda g: waba.activities(g, waba_id=WABA), {"data": [ACTIVITY]}, "GET", "/{waba_id}/activities", PAGE
    ),
    "waba.remove_user": Call(
        lambda g: waba.remove_user(g, waba_id=WABA, user_id=USER),
        SUCCESS,
        "DELETE",
        "/{waba_id}/assigned_users",
        body={"user": USER},
    ),
    "waba.migrate_phone_number": Call(
        lambda g: waba.migrate_phone_number(g, waba_id=WABA, cc="39", phone_number="3123456789"),
        "phone_numbers.create",
        "POST",
        "/{waba_id}/phone_numbers",
        body={"cc": "39", "phone_number": "3123456789", "migrate_phone_number": True},
    ),
    "template.migrate": Call(
        lambda g: template.migrate(g, waba_id=WABA, source_waba_id=SOURCE, page_number=2, count=100),
        "migrate_message_templates",
        "POST",
        "/{waba_id}/migrate_message_templates",
        body={"source_waba_id": SOURCE, "page_number": 2, "count": 100},
    ),
    "phone_number.synchronize": Call(
        lambda g: phone_number.synchronize(g, phone_number_id=PHONE, sync_type="history"),
        "smb_app_data",
        "POST",
        "/{phone_number_id}/smb_app_data",
        body={**PRODUCT, "sync_type": "history"},
    ),
}
