from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

# Titles as Meta words them in answers, where its tables word them otherwise.
TITLES = {
    4: "Application request limit reached",
    10: "Application does not have permission for this action",
    100: "Invalid parameter",
    131047: "Re-engagement message",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    133005: "Two step verification PIN Mismatch",
    133008: "Too many two step verification PIN guesses",
    133009: "Two step verification PIN guessed too fast",
    133015: "Please wait a few minutes before attempting to register this phone number",
    133016: "Account register deregister rate limit exceeded",
    200: "You do not have the necessary permissions required to manage this WhatsApp Business Account",
}
DETAILS = {
    80007: "The WhatsApp Business Account has reached its rate limit.",
    130429: "Cloud API message throughput has been reached.",
    131000: "Something went wrong.",
    131042: "There was an error related to your payment method.",
    131047: "More than 24 hours have passed since the recipient last replied to the sender number.",
    131056: "Too many messages were sent to this recipient in a short time.",
    133004: "Try again later.",
    133005: "The PIN in the request does not match the PIN of the phone number.",
    133006: "The phone number must be verified before it is registered.",
    133010: "The phone number is not registered on the platform.",
    133015: "The phone number was deleted a short while ago. Wait 5 minutes.",
    133016: "Too many attempts for this phone number in a short time.",
}
USER_MESSAGES = {
    (136024, 2388091): (None, "Request code failed: please try again later."),
    (136024, 2388367): (
        "Request code rate limit",
        "You asked for a verification code too many times. Try again later.",
    ),
    (136025, None): (None, "The verification code is not valid."),
    (136025, 2388093): (None, "This phone number is not being migrated."),
    (100, 2388001): (
        "Cannot create certificate",
        "This number is already registered to a WhatsApp account. Disconnect it there first.",
    ),
    (100, 2388012): (
        "Phone number already exists",
        "This phone number already exists in your list of phone numbers.",
    ),
    (100, 2388103): (
        "Cannot migrate phone number",
        "Webhooks are not set up for the destination WhatsApp Business Account.",
    ),
}
# These are written as a bare sentence, without "(#code)" and without error_data.
SENTENCES = {
    (1, None): "Error validating client secret.",
    (100, 36007): "This authorization code has expired.",
    (100, 36009): "This authorization code has been used.",
    (101, None): "Error validating application. Invalid application ID.",
    (104, None): "Invalid appsecret_proof provided in the API argument",
    (190, None): "Invalid OAuth access token - Cannot parse access token",
    (190, 460): "Error validating access token: The session has been invalidated.",
    (190, 463): "Error validating access token: Session has expired.",
    (2500, None): "An active access token must be used to query information about the current user.",
    (136024, None): "Request code error",
    (136024, 2388091): "Request code error",
    (136024, 2388367): "Request code error",
    (136025, None): "Verify code error",
    (136025, 2388093): "Verify code error",
}


class Row(NamedTuple):
    http_status: int
    title: str
    transient: bool


@cache
def catalogue() -> dict[tuple[int, int | None], Row]:
    """Every error Meta documents, by code and subcode."""
    with Path(__file__).with_name("errors.csv").open(newline="") as file:
        return {
            (int(row["code"]), int(row["subcode"]) if row["subcode"] else None): Row(
                int(row["http_status"]), row["title"], bool(row["transient"])
            )
            for row in csv.DictReader(file)
        }


class GraphError(Exception):
    """An answer in Meta's error envelope (https://developers.facebook.com/docs/graph-api/guides/error-handling)."""

    def __init__(
        self,
        code: int,
        subcode: int | None = None,
        *,
        details: str | None = None,
        message: str | None = None,
        type: str = "OAuthException",
        status: int | None = None,
        user_message: str = "",
    ) -> None:
        super().__init__(code, subcode, details)
        self.user_message = user_message
        row = catalogue().get((code, subcode)) or catalogue().get((code, None)) or Row(400, "Error", False)
        self.code, self.subcode, self.type = code, subcode, type
        self.status = status or row.http_status
        self.title = TITLES.get(code, row.title)
        self.details = details or DETAILS.get(code)
        self.transient = row.transient or code == 4
        self.message = message or SENTENCES.get((code, subcode)) or self._numbered(subcode)

    def _numbered(self, subcode: int | None) -> str:
        return (
            "Invalid parameter" if (self.code, subcode) in USER_MESSAGES else f"(#{self.code}) {self.title}"
        )

    def body(self, fbtrace_id: str) -> dict[str, Any]:
        """The JSON that goes out."""
        error: dict[str, Any] = {"message": self.message, "type": self.type, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        title, text = USER_MESSAGES.get((self.code, self.subcode), (None, None))
        if title:
            error["error_user_title"] = title
        if text := self.user_message or text:
            error["error_user_msg"] = text
        if self.details and self.message.startswith("(#") and (self.code >= 80000 or self.code == 100):
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.transient:
            error["is_transient"] = True
        return {"error": {**error, "fbtrace_id": fbtrace_id}}

    def as_status(self) -> dict[str, Any]:
        """The same error inside a failed message status."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details or self.title},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }


def missing_object(method: str, node_id: str) -> GraphError:
    """Unknown and invisible ids answer alike, with HTTP 400."""
    return GraphError(
        100,
        33,
        type="GraphMethodException",
        message=f"Unsupported {method.lower()} request. Object with ID '{node_id}' does not exist, "
        "cannot be loaded due to missing permissions, or does not support this operation",
    )


def unknown_path(path: str) -> GraphError:
    return GraphError(2500, message=f"Unknown path components: /{path}")


def invalid(details: str) -> GraphError:
    return GraphError(100, details=details)
