from __future__ import annotations

from . import activities
from .nodes import Business, Waba
from .world import World


def new_waba(
    world: World, business: Business, *, waba_id: str = "", name: str = "", currency: str = "EUR", now: float
) -> Waba:
    """A WhatsApp Business Account in a portfolio."""
    space = world.digest("namespace", 16).hex()
    waba = Waba(
        id=waba_id or world.new_id("waba", "9155"),
        name=name or business.name,
        owner_business_id=business.id,
        currency=currency,
        message_template_namespace="_".join(
            [space[:8], *(space[i : i + 4] for i in (8, 12, 16)), space[20:]]
        ),
        created_at=now,
    )
    business.waba_ids.append(waba.id)
    activities.note(world, waba, kind="ACCOUNT_CREATED", token=None, now=now)
    return world.add(waba)
