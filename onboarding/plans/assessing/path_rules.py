"""The considerations that belong to one path only. Pure."""

from __future__ import annotations

from django.utils.translation import gettext

from onboarding.plans.assessing.verdicts import Answers, Facts, Finding, Mark


def on_premises(facts: Facts, answers: Answers) -> Finding | None:
    """A running client gives the backup; the PIN decides whether the number survives the registration."""
    running, known = answers.get("onprem_running"), answers.get("pin_known")
    faults, conditions = [], []
    if known is False:
        faults.append(
            gettext("A wrong PIN takes the On-Premises client down and does not register the number.")
        )
        conditions.append(gettext("Find the two-step verification PIN, or have it reset, before the move."))
    if running is False:
        faults.append(gettext("A backup can be taken only while the client runs and is connected."))
        conditions.append(gettext("Start the client again, or plan to verify the number anew."))
    if faults:
        return Finding(mark=Mark.AT_RISK, why=" ".join(faults), condition=" ".join(conditions))
    if running is None or known is None:
        return None
    return Finding(mark=Mark.FITS, why=gettext("The client runs and the PIN is known."))


def same_business(facts: Facts, answers: Answers) -> Finding | None:
    """A number moves between accounts of one business, with two-step verification off."""
    same, off = answers.get("same_business"), answers.get("two_step_off")
    if same is False:
        return Finding(
            mark=Mark.EXCEEDS,
            why=gettext("Meta moves a number only between accounts of the same business."),
            condition=gettext("Correct the answer if both accounts do belong to one business."),
            is_final=True,
        )
    if off is False:
        return Finding(
            mark=Mark.AT_RISK,
            why=gettext("Meta refuses a number whose two-step verification is on."),
            condition=gettext("Have the customer turn it off in WhatsApp Manager shortly before the move."),
        )
    if same is None or off is None:
        return None
    return Finding(mark=Mark.FITS, why=gettext("One business, and two-step verification will be off."))


def partner_switch(facts: Facts, answers: Answers) -> Finding | None:
    """A WABA changes partner if the customer owns it and our credit line has its currency."""
    on_behalf, same = answers.get("on_behalf_of"), answers.get("same_currency")
    if on_behalf:
        return Finding(
            mark=Mark.EXCEEDS,
            why=gettext(
                "An account that the other partner owns on the customer's behalf cannot change partner."
            ),
            condition=gettext("Move its numbers to an account of the customer instead."),
            is_final=True,
        )
    if same is False:
        return Finding(
            mark=Mark.EXCEEDS,
            why=gettext("A credit line is shared only with accounts of the same currency."),
            condition=gettext("Get a credit line in the currency of the account first."),
        )
    if same is None or on_behalf is None:
        return None
    why = gettext("It can change partner; it sends nothing from then until the first day of the next month.")
    return Finding(mark=Mark.FITS, why=why)


def coexistence(facts: Facts, answers: Answers) -> Finding | None:
    """The WhatsApp Business app on the customer's phone has to be recent enough."""
    current = answers.get("app_is_current")
    if current is None:
        return None
    if current:
        return Finding(mark=Mark.FITS, why=gettext("The app is recent enough to be connected."))
    return Finding(
        mark=Mark.AT_RISK,
        why=gettext("An app older than 2.24.17 cannot be connected."),
        condition=gettext("Update the WhatsApp Business app on the phone."),
    )
