"""A CSV of 500 customers with 1,200 numbers, of which a known set of rows is wrong."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from onboarding.plans.importing.columns import COLUMNS

FIRST_DAY = date(2026, 11, 30)
# Every path, as often as a partner of this size has it.
PATHS = (
    ["ONPREM_TO_CLOUD"] * 6 + ["NEW_CUSTOMER"] + ["NUMBER_WABA_TO_WABA", "WABA_PARTNER_SWITCH", "COEXISTENCE"]
)
NAMES = ("Panificio", "Ottica", "Farmacia", "Libreria", "Officina", "Trattoria", "Hotel", "Studio")
PLACES = ("Aurora", "Lume", "Bellavista", "del Porto", "San Rocco", "Quercia", "Fontana", "Verdi")
ZONES = ("Europe/Rome", "Europe/Rome", "Europe/Rome", "Europe/London", "America/Sao_Paulo", "Asia/Dubai")
# What is made wrong, in a customer of its own each: column and text, and the code of the error.
WRONG: tuple[tuple[str, str, str], ...] = (
    ("contact_email", "giulia at aurora.example", "email"),
    ("time_zone", "Europe/Roma", "zone"),
    ("phone_number", "06 9876 5432", "phone"),
    ("not_before", "31/02/2027", "day"),
    ("priority", "9", "number"),
    ("path", "ONPREM", "choice"),
    ("test_number", "perhaps", "yes_no"),
    ("peak_mps", "1.000", "answer"),
    ("owner", "nobody@elsewhere.example", "unknown_owner"),
    ("after", "C-0000", "unknown_plan"),
    ("locked_until", "12-31-2026", "day"),
    ("source_waba_id", "1.02290129340398E+14", "meta_id"),
)


@dataclass
class PlanCsv:
    """The file, and by line the error codes of the rows that are wrong themselves."""

    data: bytes
    customers: int
    numbers: int
    wrong: dict[int, str] = field(default_factory=dict)
    # Lines without an error whose customer has one.
    held_back: set[int] = field(default_factory=set)

    @property
    def right_customers(self) -> int:
        return self.customers - len({self._owners[line] for line in self.wrong})

    @property
    def right_numbers(self) -> int:
        return self.numbers - len(self.wrong) - len(self.held_back)

    _owners: dict[int, str] = field(default_factory=dict)


def plan_csv(*, customers: int = 500, numbers: int = 1200, wrong: int = len(WRONG), seed: int = 7) -> PlanCsv:
    """Make the file; with the same arguments always the same one."""
    chance = random.Random(seed)
    counts = _counts(chance, customers, numbers)
    # Nobody comes after one of the last customers: they are the wrong ones.
    bad = dict(zip(range(customers - wrong, customers), WRONG, strict=True)) if wrong else {}
    made = PlanCsv(b"", customers, numbers)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(COLUMNS))
    writer.writeheader()
    line = 1
    for index, count in enumerate(counts):
        rows = list(_rows(chance, index, count, last_right=customers - wrong))
        if index in bad:
            column, cell, code = bad[index]
            rows[0][column] = cell
            made.wrong[line + 1] = code
            made.held_back |= set(range(line + 2, line + 1 + count))
        for row in rows:
            line += 1
            made._owners[line] = f"C-{index + 1:04d}"
            writer.writerow(row)
    made.data = text.getvalue().encode()
    return made


def _counts(chance: random.Random, customers: int, numbers: int) -> list[int]:
    """Most customers have one or two numbers and a few have many."""
    counts = [1] * customers
    for _turn in range(numbers - customers):
        counts[min(int(chance.expovariate(1 / (customers / 4))), customers - 1)] += 1
    while max(counts) > 12:
        counts[counts.index(max(counts))] -= 1
        counts[counts.index(min(counts))] += 1
    return counts


def _rows(chance: random.Random, index: int, count: int, *, last_right: int) -> Iterator[dict[str, str]]:
    first = _customer(chance, index)
    path = first["path"]
    first |= _answers(chance, path)
    if index and index % 25 == 0 and index < last_right:
        first["after"] = f"C-{index:04d}"
    for turn in range(count):
        row = dict(first) if turn == 0 else {"customer_ref": first["customer_ref"]}
        row["phone_number"] = f"+39 06 {10_000_000 + index * 100 + turn:08d}"
        row["number_daily_volume"] = str(chance.randrange(10, 50_000))
        if turn == 1:
            row["test_number"] = "yes"
        if chance.random() < 0.03:
            row["locked_until"] = (FIRST_DAY + timedelta(days=chance.randrange(5, 30))).isoformat()
        yield row


def _customer(chance: random.Random, index: int) -> dict[str, str]:
    name = f"{chance.choice(NAMES)} {chance.choice(PLACES)} {index + 1}"
    row = {
        "customer_ref": f"C-{index + 1:04d}",
        "customer_name": name,
        "contact_name": "Giulia Ferri",
        "contact_email": f"contatto{index + 1}@clienti.example",
        "language": chance.choice(["it", "it", "en"]),
        "time_zone": chance.choice(ZONES),
        "path": chance.choice(PATHS),
        "priority": str(chance.choice([1, 2, 3, 3, 3, 4, 5])),
        "risk": chance.choice(["LOW", "LOW", "MEDIUM", "MEDIUM", "HIGH"]),
    }
    if chance.random() < 0.15:
        row["not_before"] = (FIRST_DAY + timedelta(days=chance.randrange(1, 14))).isoformat()
    if chance.random() < 0.1:
        row["not_after"] = (FIRST_DAY + timedelta(days=chance.randrange(40, 60))).strftime("%d/%m/%Y")
    if chance.random() < 0.1:
        days = sorted(chance.sample(range(1, 40), 2))
        row["not_on"] = " ".join((FIRST_DAY + timedelta(days=day)).isoformat() for day in days)
    return row


def _answers(chance: random.Random, path: str) -> dict[str, str]:
    answers = {
        "peak_mps": str(chance.choice([1, 3, 10, 15])),
        "daily_volume": str(chance.randrange(100, 60_000)),
        "media_share": str(chance.randrange(1, 40)),
        "largest_media_mb": str(chance.choice([1, 4, 15])),
        "requires_gdpr": "yes",
        "certifications": "none",
        "data_region": "NONE",
        "retention_days": "30",
        "features_used": "templates buttons_lists",
        "business_verified": "yes",
        "daily_recipients": str(chance.randrange(10, 1500)),
        "messaging_limit": "TIER_2K",
    }
    by_path = {
        "ONPREM_TO_CLOUD": {"onprem_running": "yes", "pin_known": "yes", "reuses_media_ids": "no"},
        "NUMBER_WABA_TO_WABA": {"same_business": "yes", "two_step_off": "yes"},
        "WABA_PARTNER_SWITCH": {"on_behalf_of": "no", "same_currency": "yes"},
        "COEXISTENCE": {"app_is_current": "yes"},
    }
    answers |= by_path.get(path, {})
    luck = chance.random()
    if luck < 0.15:
        del answers["features_used"]  # nobody asked yet
    elif luck < 0.25:
        answers["features_used"] = "templates contact_check"
    elif luck < 0.27:
        answers["features_used"] = "templates own_servers"
    return answers
