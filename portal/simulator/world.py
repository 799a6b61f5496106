from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import TypeVar

from msgspec import Struct, field

from .nodes import Node, PhoneNumber, Waba
from .settings import Settings

N = TypeVar("N", bound=Node)


class Token(Struct, kw_only=True):
    """An access token: who holds it, what it may do, and which WABAs it was granted (newest first)."""

    value: str
    type: str  # SYSTEM_USER, APP
    app_id: str
    business_id: str
    user_id: str = ""
    role: str = ""  # ADMIN or EMPLOYEE for the partner's system users, empty for a customer's business token
    customer_business_id: str = ""
    scopes: list[str] = field(default_factory=list)
    target_ids: list[str] = field(default_factory=list)
    issued_at: float = 0.0
    expires_at: float = 0.0  # 0: never
    revoked_subcode: int = 0


class SignupCode(Struct, kw_only=True):
    """The code of FB.login: one use, short life."""

    value: str
    app_id: str
    token: str
    issued_at: float
    used: bool = False


class Sms(Struct, kw_only=True):
    """A verification code on its way to a phone."""

    to: str
    text: str
    method: str
    at: float


class Conversation(Struct, kw_only=True):
    """What one number and one consumer know of each other."""

    inbound_at: float = 0.0
    next_allowed_at: float = 0.0  # pair rate: theoretical arrival time
    profile_name: str = ""
    username: str = ""
    hides_number: bool = False
    lines: list[ChatLine] = field(default_factory=list)


class ChatLine(Struct, kw_only=True):
    """One message as the consumer's phone shows it."""

    wamid: str
    incoming: bool  # from the consumer to the business
    type: str
    text: str
    at: float
    status: str = ""


class Activity(Struct, kw_only=True):
    """One line in the history of a WABA."""

    id: str
    type: str
    actor_id: str
    at: float


class Update(Struct, order=True):
    """One webhook change waiting to be sent; ordered by the time it is due."""

    due: float
    seq: int
    app_id: str
    url: str
    field: str
    entry: str  # one element of entry[], already ASCII JSON
    delayed: bool = False  # a fault holds an update back once


class Delivery(Struct, order=True):
    """One POST to a webhook endpoint, kept until answered with 200 or given up."""

    due: float
    seq: int
    app_id: str
    url: str
    body: str
    fields: list[str]
    created_at: float
    updates: int = 1
    attempts: int = 0


class Job(Struct, order=True):
    """Something Meta does by itself later, such as deciding a review."""

    due: float
    seq: int
    kind: str
    node_id: str


class World(Struct, kw_only=True):
    """All that the simulator knows. Saved and restored as one JSON document."""

    seed: int = 1
    settings: Settings = field(default_factory=Settings)
    offset_seconds: float = 0.0
    frozen_at: float | None = None
    serials: dict[str, int] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    numbers: dict[str, list[str]] = field(default_factory=dict)  # digits -> phone number ids
    tokens: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, SignupCode] = field(default_factory=dict)
    sms: list[Sms] = field(default_factory=list)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    activities: dict[str, list[Activity]] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    user_ids: dict[str, str] = field(default_factory=dict)  # BSUID of who wrote -> phone number
    call_counts: dict[str, dict[str, int]] = field(default_factory=dict)
    quotas: dict[str, dict[int, int]] = field(default_factory=dict)  # app and account -> minute -> calls
    updates: list[Update] = field(default_factory=list)
    pending: dict[str, list[Update]] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)

    def serial(self, kind: str) -> int:
        """The next number of a series: the source of every id, so that a seed repeats a run."""
        self.serials[kind] = number = self.serials.get(kind, 0) + 1
        return number

    def digest(self, kind: str, size: int = 20) -> bytes:
        """Bytes that look random and depend only on the seed and on how many were drawn before."""
        text = f"{self.seed}:{kind}:{self.serial(kind)}"
        return hashlib.blake2b(text.encode(), digest_size=size).digest()

    def new_id(self, kind: str, prefix: str, size: int = 15) -> str:
        """A fresh digit string that starts with the prefix."""
        while True:
            tail = size - len(prefix)
            value = f"{prefix}{int.from_bytes(self.digest(kind)) % 10**tail:0{tail}d}"
            if value not in self.nodes:
                return value

    def secret(self, kind: str, size: int = 24) -> str:
        """A fresh opaque string of letters and digits."""
        return base64.b32encode(self.digest(kind, size)).decode().rstrip("=")

    def fbtrace_id(self) -> str:
        return "A" + base64.urlsafe_b64encode(self.digest("fbtrace", 16)).decode().rstrip("=")

    def add(self, node: N) -> N:
        self.nodes[node.id] = node
        return node

    def add_number(self, number: PhoneNumber) -> PhoneNumber:
        """A number joins its WABA."""
        self.get(Waba, number.waba_id).phone_number_ids.append(number.id)
        self.numbers.setdefault(number.digits, []).append(number.id)
        return self.add(number)

    def drop_number(self, number: PhoneNumber) -> None:
        """A number leaves its WABA for good."""
        self.get(Waba, number.waba_id).phone_number_ids.remove(number.id)
        self.numbers[number.digits].remove(number.id)
        del self.nodes[number.id]

    def numbers_of(self, digits: str) -> list[PhoneNumber]:
        """The same number on every WABA that has it: two while it moves."""
        return [self.get(PhoneNumber, number_id) for number_id in self.numbers.get(digits, [])]

    def find(self, kind: type[N], node_id: str) -> N | None:
        node = self.nodes.get(node_id)
        return node if isinstance(node, kind) else None

    def get(self, kind: type[N], node_id: str) -> N:
        """The node of that kind; KeyError when our own links are wrong."""
        node = self.nodes[node_id]
        if not isinstance(node, kind):
            raise KeyError(node_id)
        return node

    def all(self, kind: type[N]) -> Iterator[N]:
        return (node for node in list(self.nodes.values()) if isinstance(node, kind))
