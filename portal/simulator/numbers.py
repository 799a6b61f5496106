"""The life of a business phone number, without I/O: every gate in the order Meta applies it.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import phonenumbers

from .compare import same
from .errors import GraphError, invalid
from .nodes import PhoneNumber
from .settings import Settings

HOUR = 3600
REGIONS = frozenset(["AE", "AU", "BH", "BR", "CA", "CH", "DE", "GB", "ID", "IN", "JP", "KR", "SG", "ZA"])
PIN = re.compile(r"[0-9]{6}")


def parse(text: str) -> tuple[str, str] | None:
    """(digits, display form) of a whole phone number, or None."""
    digits = re.sub(r"\D", "", text)
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return digits, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=65_536)
def recipient(text: str, business_digits: str) -> str | None:
    """The digits a message goes to; a local number takes the country code of the business number."""
    digits = re.sub(r"\D", "", text)
    if text.lstrip().startswith("+"):
        return digits if 7 <= len(digits) <= 15 else None
    for candidate in (digits, f"{country_code(business_digits)}{digits}"):
        if parsed := parse(candidate):
            return parsed[0]
    return None


def region(digits: str) -> str:
    """The ISO code of the country of a number."""
    return phonenumbers.region_code_for_number(phonenumbers.parse("+" + digits)) or "US"


@lru_cache(maxsize=65_536)
def user_id(wa_id: str, business_id: str) -> str:
    """The business-scoped user id (BSUID) of a consumer: another one for each business portfolio."""
    digest = hashlib.blake2b(f"{business_id}:{wa_id}".encode(), digest_size=8).digest()
    return f"{region(wa_id)}.{int.from_bytes(digest):020d}"


def country_code(digits: str) -> int:
    return phonenumbers.parse("+" + digits).country_code or 0


def window_ends_at(number: PhoneNumber, settings: Settings) -> float | None:
    """When a number from embedded signup loses its verification; None: it has no deadline."""
    if number.onboarded_at is None or number.ever_registered:
        return None
    hours = (
        settings.registration_window_hours
        if number.preverified_at is None
        else settings.preverified_days * 24
    )
    return number.onboarded_at + hours * HOUR


def code_verification_status(number: PhoneNumber, *, now: float, settings: Settings) -> str:
    if not number.code_verified:
        return "NOT_VERIFIED"
    ends_at = window_ends_at(number, settings)
    if ends_at is None or now < ends_at:
        return "VERIFIED"
    return "EXPIRED" if number.preverified_at is None else "NOT_VERIFIED"


def recent(moments: list[float], *, now: float, hours: float) -> list[float]:
    return [moment for moment in moments if now - moment < hours * HOUR]


def request_code(number: PhoneNumber, *, code: str, now: float, settings: Settings) -> None:
    """Send a code, at most a few in twelve hours; an EXPIRED number needs embedded signup again instead."""
    if code_verification_status(number, now=now, settings=settings) != "NOT_VERIFIED":
        raise GraphError(136024, 2388091)
    number.codes_requested = recent(number.codes_requested, now=now, hours=settings.code_cooldown_hours)
    if len(number.codes_requested) >= settings.code_requests:
        raise GraphError(136024, 2388367)
    number.codes_requested.append(now)
    number.sms_code, number.sms_code_at = code, now


def verify_code(number: PhoneNumber, *, code: str, now: float, settings: Settings) -> None:
    """A right, fresh code makes the number VERIFIED; verified this way it has no registration window."""
    number.wrong_codes = recent(number.wrong_codes, now=now, hours=settings.code_cooldown_hours)
    fresh = bool(number.sms_code) and now - number.sms_code_at < settings.code_valid_seconds
    if len(number.wrong_codes) >= settings.wrong_codes:
        raise GraphError(136025)
    if not fresh or not same(code, number.sms_code):
        number.wrong_codes.append(now)
        raise GraphError(136025)
    number.code_verified, number.onboarded_at, number.preverified_at = True, None, None
    number.sms_code = ""
    number.wrong_codes.clear()


def onboard(number: PhoneNumber, *, now: float, verified: bool) -> None:
    """What finishing embedded signup does: a verified number starts (or restarts) its registration window."""
    if verified:
        number.code_verified, number.onboarded_at, number.preverified_at = True, now, None
    number.sms_code = ""


def register(
    number: PhoneNumber,
    *,
    pin: str,
    region: str,
    terms_accepted: bool,
    backup_fits: bool,
    now: float,
    settings: Settings,
) -> None:
    """Connect the number to Cloud API, or refuse at the first gate that is shut."""
    if not PIN.fullmatch(pin):
        raise invalid("Parameter pin must be a 6 digit number")
    if region and region not in REGIONS:
        raise invalid("Parameter data_localization_region is not a supported country")
    number.register_calls = [*recent(number.register_calls, now=now, hours=settings.register_hours), now]
    if not terms_accepted:
        raise GraphError(
            settings.terms_error_code, details="Accept the WhatsApp Business Platform terms of service first."
        )
    if number.is_on_biz_app:
        raise GraphError(131000, details="A number of the WhatsApp Business app is registered already.")
    if (
        number.platform_type != "ON_PREMISE"
        and code_verification_status(number, now=now, settings=settings) != "VERIFIED"
    ):
        raise GraphError(133006)
    if not backup_fits:
        raise GraphError(131009, details="The backup data or its password is not valid.")
    _check_pin(number, pin=pin, now=now, settings=settings)
    _check_register_budget(number, now=now, settings=settings)
    if number.registered_at is not None and region != number.data_localization_region and region:
        raise invalid("Deregister the phone number before changing data_localization_region")
    _connect(number, pin=pin, region=region, now=now)


def _check_pin(number: PhoneNumber, *, pin: str, now: float, settings: Settings) -> None:
    if not number.pin:
        return
    wrong = recent(number.wrong_pins, now=now, hours=settings.pin_lock_seconds / HOUR)
    if len(wrong) >= settings.pin_wrong_guesses:
        left = int(wrong[-1] + settings.pin_lock_seconds - now)
        raise GraphError(133008, details=f"Try again after {left} seconds.")
    if wrong and now - wrong[-1] < settings.pin_retry_seconds:
        left = int(wrong[-1] + settings.pin_retry_seconds - now)
        raise GraphError(133009, details=f"Wait {left} seconds before trying again.")
    if not same(pin, number.pin):
        number.wrong_pins = [*wrong, now]
        if number.platform_type == "ON_PREMISE":  # a wrong PIN takes the On-Premises client down too
            number.status, number.onprem_connected = "DISCONNECTED", False
        raise GraphError(133005)


def _check_register_budget(number: PhoneNumber, *, now: float, settings: Settings) -> None:
    if now < number.register_blocked_until:
        raise GraphError(133016)
    if len(number.register_calls) > settings.register_calls:
        number.register_blocked_until = now + settings.register_hours * HOUR
        raise GraphError(133016)


def _connect(number: PhoneNumber, *, pin: str, region: str, now: float) -> None:
    number.pin = pin
    number.wrong_pins.clear()
    number.platform_type, number.status, number.onprem_connected = "CLOUD_API", "CONNECTED", False
    number.quality_rating = "GREEN" if number.quality_rating == "UNKNOWN" else number.quality_rating
    number.data_localization_region = region or number.data_localization_region
    number.registered_at, number.ever_registered = now, True
    if number.new_name_status == "APPROVED":
        number.verified_name, number.new_display_name, number.new_name_status = (
            number.new_display_name,
            "",
            "NONE",
        )


def deregister(number: PhoneNumber, *, now: float, settings: Settings) -> None:
    """Disconnect from Cloud API; the number, its verification and its PIN stay."""
    calls = [*recent(number.deregister_calls, now=now, hours=settings.register_hours), now]
    number.deregister_calls = calls
    if number.is_on_biz_app:
        raise invalid("A number of the WhatsApp Business app cannot be deregistered")
    if number.registered_at is None:
        raise GraphError(133010)
    if now < number.deregister_blocked_until:
        raise GraphError(133016)
    if len(calls) > settings.register_calls:
        number.deregister_blocked_until = now + settings.register_hours * HOUR
        raise GraphError(133016)
    number.platform_type, number.status = "NOT_APPLICABLE", "DISCONNECTED"
    number.registered_at, number.data_localization_region = None, ""


def set_pin(number: PhoneNumber, *, pin: str) -> None:
    """Turn two-step verification on or change the PIN; no call turns it off."""
    if not PIN.fullmatch(pin):
        raise invalid("Parameter pin must be a 6 digit number")
    number.pin = pin
    number.wrong_pins.clear()
