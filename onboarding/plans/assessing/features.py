"""What customers use today, whether it works after the move (features.csv), and what to do if not."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from onboarding.reasons import Text

TABLE = Path(__file__).with_name("features.csv")


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One row of the table with its words; an empty advice means that nothing replaces it."""

    key: str
    title: Text
    cloud_api: str
    coexistence: str
    advice: Text
    advice_coexistence: Text
    source: str

    def support(self, *, is_coexistence: bool) -> str:
        """Yes, no or part."""
        return self.coexistence if is_coexistence else self.cloud_api

    def instead(self, *, is_coexistence: bool) -> Text:
        """What to do where it works in part or not at all."""
        return (is_coexistence and self.advice_coexistence) or self.advice


TITLES: dict[str, Text] = {
    "media_messages": _("texts, pictures, videos, audio and documents"),
    "templates": _("message templates"),
    "buttons_lists": _("buttons and lists"),
    "flows": _("WhatsApp Flows"),
    "products": _("products and catalogue"),
    "locations_contacts": _("locations and contact cards"),
    "stickers": _("stickers"),
    "reactions_replies": _("reactions and replies"),
    "read_receipts": _("read receipts and typing indicator"),
    "webhook_per_number": _("a webhook address for each number"),
    "groups": _("groups"),
    "calls": _("voice calls"),
    "broadcast_lists": _("broadcast lists"),
    "vanishing_messages": _("disappearing or view-once messages"),
    "live_location": _("live location"),
    "app_tools": _("labels, quick replies and other tools of the WhatsApp Business app"),
    "linked_devices": _("WhatsApp Web and linked devices"),
    "contact_check": _("checking whether a number has WhatsApp"),
    "sticker_packs": _("sticker packs of the On-Premises API"),
    "media_providers": _("media behind a password (media providers)"),
    "own_servers": _("messages kept on the customer's own servers only"),
}
ADVICE: dict[str, Text] = {
    "groups": _("Open new groups with the Groups API: existing ones do not move."),
    "broadcast_lists": _("Send an approved template to each person instead."),
    "vanishing_messages": _("Agree with the customer to do without them."),
    "live_location": _("Send the location as a message when it matters."),
    "app_tools": _("Use the same tools of the software that will send through the API."),
    "linked_devices": _("Give the customer's people an inbox that works with the API."),
    "contact_check": _("Send without checking: the status of the message tells who cannot be reached."),
    "sticker_packs": _("Upload each sticker and send it by itself."),
    "media_providers": _("Upload the files, or give addresses that need no password."),
}
ADVICE_COEXISTENCE: dict[str, Text] = {
    "groups": _("Keep groups in the app: the API does not see them."),
    "calls": _("Make calls in the app: the API does not see them."),
    "app_tools": _("They stay in the app; software that uses the API does not see them."),
    "linked_devices": _("Link up to four devices again after the move; not those of Windows."),
}


def _read() -> dict[str, Feature]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["key"]: _feature(row) for row in csv.DictReader(file)}


def _feature(row: Mapping[str, str]) -> Feature:
    key = row["key"]
    return Feature(
        key=key,
        title=TITLES[key],
        cloud_api=row["cloud_api"],
        coexistence=row["coexistence"],
        advice=ADVICE.get(key, ""),
        advice_coexistence=ADVICE_COEXISTENCE.get(key, ""),
        source=row["source"],
    )


FEATURES = _read()
