"""A whole estate of customers at once, in mixed states, for trying queues, plans and lists."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from . import numbers, signup
from .nodes import App, PhoneNumber
from .world import World

DAY = 86_400
PIN = "123456"
# How each number of the estate stands; they follow one another in this order.
STATES = (
    "registered",
    "waiting",
    "expiring",
    "expired",
    "unverified",
    "registered",
    "on_premise",
    "deregistered",
)
MOST_CUSTOMERS, MOST_NUMBERS = 10_000, 20
TRADES = ("Panificio", "Libreria", "Farmacia", "Officina", "Hotel", "Ottica", "Pizzeria", "Studio")
NAMES = ("Aurora", "Sole", "Centrale", "Verdi", "Moderna", "Del Porto", "Stella", "Rossi", "San Marco")


class Estate(Struct, kw_only=True):
    app_id: str
    customers: int = 10
    numbers: int = 1
    prefix: str = "+39 350"


def build(world: World, wish: Estate, *, now: float) -> dict[str, Any]:
    """Sign up every customer, then bring each number into its state."""
    world.get(App, wish.app_id)
    if not 0 < wish.customers <= MOST_CUSTOMERS or not 0 < wish.numbers <= MOST_NUMBERS:
        raise ValueError(f"customers may be 1 to {MOST_CUSTOMERS}, numbers 1 to {MOST_NUMBERS}")
    counts: dict[str, int] = {}
    made = world.serials.get("estate", 0)
    for index in range(made, made + wish.customers):
        for position in range(wish.numbers):
            state = STATES[(index * wish.numbers + position) % len(STATES)]
            _number(world, wish, index=index, position=position, state=state, now=now)
            counts[state] = counts.get(state, 0) + 1
    world.serials["estate"] = made + wish.customers
    return {"customers": wish.customers, "numbers": wish.customers * wish.numbers, "states": counts}


def _number(world: World, wish: Estate, *, index: int, position: int, state: str, now: float) -> None:
    name = f"{TRADES[index % len(TRADES)]} {NAMES[index // len(TRADES) % len(NAMES)]} {index + 1}"
    business_id = f"8899{index:011d}"
    parsed = numbers.parse(f"{wish.prefix} {index * MOST_NUMBERS + position:07d}")
    if parsed is None:
        raise ValueError("prefix does not make phone numbers")
    app, outcome = world.get(App, wish.app_id), "finish_unverified" if state == "unverified" else "finish"
    request = signup.SignupRequest(
        app_id=app.id,
        business=signup.BusinessWish(id=business_id, name=name),
        waba=signup.WabaWish(id=f"9199{index:011d}", name=name),
        phone=signup.PhoneWish(number=parsed[0], display_name=name),
        outcome=outcome,  # type: ignore[arg-type]
        partner_added_after_seconds=position + index / 1000,
    )
    result = signup.run(world, request, now=now)
    _bring(world.get(PhoneNumber, result["phone_number_id"]), state, now=now)


def _bring(number: PhoneNumber, state: str, *, now: float) -> None:
    ages = {"waiting": 2, "expiring": 13, "expired": 20}
    if state in ages:
        number.onboarded_at = now - ages[state] * DAY
    if state in ("registered", "deregistered"):
        number.pin, number.registered_at, number.ever_registered = PIN, now, True
        number.platform_type, number.status, number.quality_rating = "CLOUD_API", "CONNECTED", "GREEN"
    if state == "deregistered":
        number.registered_at, number.platform_type, number.status = None, "NOT_APPLICABLE", "DISCONNECTED"
    if state == "on_premise":
        number.platform_type, number.status, number.onprem_connected = "ON_PREMISE", "CONNECTED", True
        number.code_verified, number.onboarded_at = False, None
