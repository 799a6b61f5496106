from __future__ import annotations

from typing import Any

from .nodes import PhoneNumber, Waba
from .world import World

RANK = {"AVAILABLE": 0, "LIMITED": 1, "BLOCKED": 2}


def health_status(world: World, waba: Waba, number: PhoneNumber | None, *, app_id: str) -> dict[str, Any]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/support/health-status"""
    entities = [_entity("PHONE_NUMBER", number.id, *_number_health(number))] if number else []
    entities += [
        _entity("WABA", waba.id, *_waba_health(waba)),
        _entity("BUSINESS", waba.owner_business_id, "AVAILABLE", {}),
        _entity("APP", app_id, "AVAILABLE", {}),
    ]
    worst = max((entity["can_send_message"] for entity in entities), key=RANK.__getitem__)
    return {"can_send_message": worst, "entities": entities}


def _entity(kind: str, entity_id: str, state: str, extra: dict[str, Any]) -> dict[str, Any]:
    return {"entity_type": kind, "id": entity_id, "can_send_message": state, **extra}


def _blocked(code: int, description: str, solution: str) -> tuple[str, dict[str, Any]]:
    error = {"error_code": code, "error_description": description, "possible_solution": solution}
    return "BLOCKED", {"errors": [error]}


def _number_health(number: PhoneNumber) -> tuple[str, dict[str, Any]]:
    if number.status in ("BANNED", "DELETED", "RESTRICTED"):
        return _blocked(131031, "The phone number is restricted.", "Check the account quality page.")
    if number.registered_at is None:
        return _blocked(133010, "The phone number is not registered.", "Register the phone number.")
    if number.name_status in ("PENDING_REVIEW", "DECLINED"):
        return "LIMITED", {"additional_info": ["Your display name has not been approved yet."]}
    return "AVAILABLE", {}


def _waba_health(waba: Waba) -> tuple[str, dict[str, Any]]:
    if waba.account_review_status == "REJECTED":
        return _blocked(131031, "The account was rejected.", "Ask for another review.")
    if not waba.primary_funding_id:
        return _blocked(141006, "There is an error with the payment method.", "Check the payment settings.")
    return "AVAILABLE", {}
