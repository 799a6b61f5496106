"""The customers of the demo who are to move: from where, with which numbers, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onboarding.models import Path, Risk, WishKind
from onboarding.states import PlanState

EASY: Mapping[str, Any] = {
    "peak_mps": 12,
    "daily_volume": 1800,
    "requires_gdpr": True,
    "features_used": ["templates"],
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One customer of the demo with the plan for its numbers; the first number is tried first."""

    name: str
    contact: str
    path: Path
    numbers: tuple[str, ...]
    language: str = "it"
    risk: Risk = Risk.MEDIUM
    priority: int = 3
    volumes: tuple[int, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=lambda: dict(EASY))
    # What the customer asks of the calendar: the wish, how many days from today, why.
    wish: tuple[WishKind, int, str] | None = None
    after: str = ""
    days_before: int | None = None
    state: PlanState = PlanState.SCHEDULED


ON_PREMISES = {"onprem_running": True, "pin_known": True, "onprem_shards": 1}
PLANS = (
    Wanted(
        name="Ottica Centrale",
        contact="Paola Villa",
        path=Path.ONPREM_TO_CLOUD,
        numbers=("+390298760101",),
        risk=Risk.LOW,
        priority=1,
        volumes=(300,),
        answers={**EASY, **ON_PREMISES},
        days_before=7,
    ),
    Wanted(
        name="Farmacia San Luca",
        contact="Davide Riva",
        path=Path.ONPREM_TO_CLOUD,
        numbers=("+390298760111", "+390298760112", "+390298760113"),
        volumes=(80, 900, 2600),
        answers={**EASY, **ON_PREMISES, "reuses_media_ids": True, "media_share": 35},
        wish=(WishKind.NOT_BEFORE, 9, "inventario"),
        after="Ottica Centrale",
        days_before=10,
    ),
    Wanted(
        name="Hotel Miramare",
        contact="Sara Conti",
        path=Path.ONPREM_TO_CLOUD,
        numbers=("+390598760121", "+390598760122", "+390598760123", "+390598760124"),
        risk=Risk.HIGH,
        volumes=(40, 1500, 7200, 4100),
        answers={**EASY, **ON_PREMISES, "peak_mps": 110, "onprem_shards": 2},
        wish=(WishKind.NOT_AFTER, 25, "alta stagione"),
        days_before=14,
    ),
    Wanted(
        name="Autoscuola Rossi",
        contact="Franco Rossi",
        path=Path.ONPREM_TO_CLOUD,
        numbers=("+390698760131", "+390698760132"),
        volumes=(60, 500),
        answers={**EASY, **ON_PREMISES},
        days_before=7,
    ),
    Wanted(
        name="Libreria Corsara",
        contact="Irene Galli",
        path=Path.NUMBER_WABA_TO_WABA,
        numbers=("+390198760141",),
        risk=Risk.LOW,
        priority=2,
        answers={**EASY, "same_business": True, "two_step_off": True},
        days_before=5,
    ),
    Wanted(
        name="Studio Dentistico Fabbri",
        contact="Carla Fabbri",
        path=Path.NUMBER_WABA_TO_WABA,
        numbers=("+390298760151", "+390298760152"),
        answers={**EASY, "same_business": True, "two_step_off": False},
        wish=(WishKind.NOT_ON, 10, "giornata di interventi"),
    ),
    Wanted(
        name="Garden Verde",
        contact="Luca Bassi",
        path=Path.WABA_PARTNER_SWITCH,
        numbers=("+390398760161", "+390398760162"),
        risk=Risk.HIGH,
        answers={**EASY, "on_behalf_of": False, "same_currency": True},
        wish=(WishKind.NOT_BEFORE, 6, "cambio di contratto a fine mese"),
        days_before=10,
    ),
    Wanted(
        name="Birrificio Tre Torri",
        contact="Anna Moro",
        path=Path.WABA_PARTNER_SWITCH,
        numbers=("+390598760171",),
        answers={**EASY, "on_behalf_of": True, "same_currency": True},
        state=PlanState.ASSESSED,
    ),
    Wanted(
        name="Pizzeria Del Porto",
        contact="Gennaro Esposito",
        path=Path.COEXISTENCE,
        numbers=("+393398760181",),
        risk=Risk.LOW,
        answers={"peak_mps": 3, "daily_volume": 120, "app_is_current": True},
    ),
    Wanted(
        name="Atelier Bianchi",
        contact="Marta Bianchi",
        path=Path.NEW_CUSTOMER,
        numbers=("+390298760191",),
        risk=Risk.LOW,
        priority=1,
        state=PlanState.IN_PROGRESS,
    ),
    Wanted(
        name="Seaside Rentals",
        contact="Olivia Hart",
        path=Path.NEW_CUSTOMER,
        numbers=("+442079460201", "+442079460202"),
        language="en",
        days_before=5,
    ),
    Wanted(
        name="Cantina Valdoro",
        contact="Pietro Sala",
        path=Path.NEW_CUSTOMER,
        numbers=("+390458760211",),
        answers={},
        state=PlanState.DRAFT,
    ),
    Wanted(
        name="Palestra Vertigo",
        contact="Nadia Fonti",
        path=Path.NEW_CUSTOMER,
        numbers=("+390218760221",),
        state=PlanState.ABANDONED,
    ),
)
