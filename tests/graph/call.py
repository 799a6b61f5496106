"""What a call of an endpoint function is, and the ids and secrets that all of them use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from portal.graph import phone_number
from portal.graph.client import Graph
from tests.graph.canned import sample

APP = "602214076000001"
BUSINESS = "880011223344556"
WABA = "915550001112223"
PHONE = "430017654321098"
USER = "122100000000000011"
CREDIT = "192200001111222"
ALLOCATION = "585000144177"
MEDIA = "1700111122223331"
TEMPLATE = "1850001112223334"
PREVERIFIED = "440011112222333"
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
IDS |= {"media_id": MEDIA, "template_id": TEMPLATE, "preverified_number_id": PREVERIFIED}


@dataclass(frozen=True)
class Call:
    run: Callable[[Graph], object]
    sample: str | Mapping[str, object]
    method: str
    template: str
    query: dict[str, str] = field(default_factory=dict)
    body: object = None

    @property
    def answer(self) -> bytes:
        """Meta's recorded answer, or one written by Meta's page where none was recorded."""
        return sample(self.sample) if isinstance(self.sample, str) else msgspec.json.encode(self.sample)

    @property
    def path(self) -> str:
        return self.template.format(**IDS)
