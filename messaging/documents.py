"""What the API shows of messages, and what it takes."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from messaging.models import Message
from portal.kernel.api import Body

MESSAGE = {
    "id": "01985d3a-4c11-7e20-b7a9-0d0f6a2e9c55",
    "customer": "01985d2e-8f3a-7c61-9d0b-4f6f0c1f2a11",
    "phone_number": "01985d31-0a41-7b02-a1c5-6f0d92c1b7f4",
    "direction": "OUTBOUND",
    "wa_id": "393331234567",
    "wamid": "wamid.HBgLMzkzMzMxMjM0NTY3FQIAERgSMEE5QjhDN0Q2RTVGNDAzMjEx",
    "message_type": "text",
    "payload": {"type": "text", "text": {"body": "Grazie, il suo ordine è pronto."}},
    "status": "DELIVERED",
    "code": None,
    "fbtrace_id": "",
    "created_at": "2026-11-22T09:10:00Z",
    "created_by": "key:4rTq8ZbY0mKc",
    "sent_at": "2026-11-22T09:10:01Z",
    "delivered_at": "2026-11-22T09:10:02Z",
    "read_at": None,
    "failed_at": None,
}
TEXT = {
    "phone_number": MESSAGE["phone_number"],
    "wa_id": MESSAGE["wa_id"],
    "text": {"body": "Grazie, il suo ordine è pronto."},
}


@extend_schema_serializer(
    component_name="Message", examples=[OpenApiExample("Example", value=MESSAGE, response_only=True)]
)
class MessageDocument(serializers.ModelSerializer[Message]):
    """A message to or from a consumer. `payload` is Meta's message object, `code` Meta's error."""

    customer = serializers.UUIDField(source="customer_id", read_only=True, allow_null=True)
    phone_number = serializers.UUIDField(
        source="phone_number_id", read_only=True, help_text="Our id of the number, not Meta's."
    )
    payload = serializers.DictField(read_only=True)

    class Meta:
        model = Message
        fields = read_only_fields = tuple(MESSAGE)


class TextInput(Body):
    """The text of a message."""

    body = serializers.CharField(max_length=4096, help_text="At most 4,096 characters.")


@extend_schema_serializer(examples=[OpenApiExample("Example", value=TEXT, request_only=True)])
class MessageInput(Body):
    """A text to a consumer who wrote within the last 24 hours."""

    phone_number = serializers.UUIDField(help_text="From which of your numbers; its `id`.")
    wa_id = serializers.RegexField(
        r"^[0-9A-Za-z._-]{1,140}$", help_text="The consumer, as in the message you answer."
    )
    text = TextInput()
