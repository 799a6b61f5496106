"""What proves a move that is not from On-Premises: the account, who pays for it, and what the app shares."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import Kind
from onboarding.plans.moving.report import Evidence, Trial, proof


@proof("account", title=_("The number is in the new account"), kinds=(Kind.NUMBER_MOVE,))
def account(trial: Trial) -> tuple[bool, Evidence]:
    probe = trial.probe
    node, number, waba = probe.number_node, probe.number, probe.waba
    is_there = node is not None and number is not None and waba is not None and number.waba_id == waba.pk
    return is_there, {"waba_id": waba.waba_id if waba is not None else "", "id": node.id if node else ""}


@proof("funding", title=_("Our credit line pays for the account"), kinds=(Kind.PARTNER_SWITCH,))
def funding(trial: Trial) -> tuple[bool, Evidence]:
    probe = trial.probe
    paid_by = probe.waba_node.primary_funding_id or "" if probe.waba_node is not None else ""
    ours = probe.waba.primary_funding_id if probe.waba is not None else ""
    is_ours = not probe.partner.credit_line_required or (paid_by != "" and paid_by == ours)
    return is_ours, {"primary_funding_id": paid_by}


@proof("app", title=_("The number stays in the WhatsApp Business app"), kinds=(Kind.COEXISTENCE,))
def app(trial: Trial) -> tuple[bool, Evidence]:
    node = trial.probe.number_node
    is_on_biz_app = node is not None and bool(node.is_on_biz_app)
    return is_on_biz_app, {"is_on_biz_app": is_on_biz_app}


@proof("shared", title=_("Contacts and chats were asked for"), kinds=(Kind.COEXISTENCE,))
def shared(trial: Trial) -> tuple[bool, Evidence]:
    """Whether they were given is the business's choice, and told only by the webhooks that came."""
    return True, trial.probe.known.shared
