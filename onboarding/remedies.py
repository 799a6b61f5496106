"""What people read about an error code of Meta's; an unknown one is told honestly and blames nobody."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from onboarding.reasons import Text


@dataclass(frozen=True)
class Remedy:
    """A title, what it means, and what helps."""

    title: Text
    explanation: Text
    action: Text


TRY_LATER = _("Wait, then try again.")

UNKNOWN = Remedy(
    _("Meta refused this step"),
    _("Meta answered with an error that its pages do not explain. It is not your fault."),
    _("Keep the code and the reference: your partner can ask Meta with them."),
)
ACCESS = Remedy(
    _("An access right is missing at Meta"),
    _("Meta says that the partner's app or system user may not do this with the account."),
    _("Check permissions, advanced access and assigned assets, then try again."),
)
TOKEN = Remedy(
    _("Meta does not accept the access token"),
    _("The token expired or was withdrawn."),
    _("Connect again, or store a new token of the system user."),
)
WAIT = Remedy(
    _("Meta asks us to wait"),
    _("Meta limits how often something may be done."),
    _("Nothing to do: we go on by ourselves."),
)
FAULT = Remedy(
    _("Meta has a fault"),
    _("The error is inside Meta."),
    _("Nothing to do: we look and try again by ourselves."),
)
NUMBER_ELSEWHERE = Remedy(
    _("The number is still in use elsewhere"),
    _("It is connected to a WhatsApp app or another provider, or its two-step verification is still on."),
    _("Disconnect it there, wait a few minutes, then try again."),
)
INVALID = Remedy(
    _("Meta called the request invalid"),
    _("A value that we sent was refused. The cause is on our side or in the settings."),
    _("Compare the settings with Meta's; if they are right, report the reference to the makers."),
)
CODE_NOT_SENT = Remedy(
    _("Meta did not send a code"),
    _("The number cannot get a code now, or is verified already."),
    TRY_LATER,
)
WRONG_CODE = Remedy(
    _("The code was not right"),
    _("It is wrong, too old, or was tried too often."),
    _("Enter the code of the latest message, or ask for another one."),
)

REMEDIES: dict[tuple[int, int | None], Remedy] = {
    (0, None): TOKEN,
    (1, None): FAULT,
    (2, None): FAULT,
    (3, None): ACCESS,
    (4, None): WAIT,
    (10, None): ACCESS,
    (17, None): WAIT,
    (33, None): Remedy(
        _("The number is no longer at Meta"),
        _("Meta does not find the number: it was removed, or is not shared with the partner any more."),
        _("Check the number in WhatsApp Manager; if it is gone, invite the customer again."),
    ),
    (100, None): INVALID,
    (2500, None): INVALID,
    (135000, None): INVALID,
    (100, 33): Remedy(
        _("Meta does not show us the object"),
        _("It does not exist any more, or it is not shared with the partner."),
        _("Check in WhatsApp Manager that it exists and is shared, then try again."),
    ),
    (100, 36007): Remedy(
        _("The connection reached us too late"),
        _("Meta's code is good for 30 seconds."),
        _("Press Connect again: 20 seconds are enough."),
    ),
    (100, 36009): Remedy(
        _("The connection was already used"),
        _("Meta's code works once."),
        _("Press Connect again: 20 seconds are enough."),
    ),
    (100, 2388001): NUMBER_ELSEWHERE,
    (2388001, None): NUMBER_ELSEWHERE,
    (101, None): Remedy(
        _("Meta does not know the app"),
        _("The app id that is stored here is not one of Meta's."),
        _("Compare it with the App Dashboard and store it again."),
    ),
    (104, None): Remedy(
        _("The app secret does not fit"),
        _("Meta could not check our signature with the app's secret."),
        _("Store the app secret of the App Dashboard again."),
    ),
    (102, None): TOKEN,
    (190, None): TOKEN,
    (200, None): ACCESS,
    (368, None): Remedy(
        _("Meta has restricted the account"),
        _("Meta's policy enforcement restricts this business."),
        _("Read the reason in Business Support Home and ask for a review there."),
    ),
    (2200, None): Remedy(
        _("Meta cannot reach our webhook"),
        _("Meta asked our public address for its confirmation and did not get it."),
        _("Check the public address, its certificate and the proxy."),
    ),
    (80007, None): WAIT,
    (80008, None): WAIT,
    (130429, None): WAIT,
    (130497, None): Remedy(
        _("Not allowed in that country"),
        _("Meta does not let businesses of this category write to people in that country."),
        _("Test with a phone in another country."),
    ),
    (131000, None): FAULT,
    (131005, None): ACCESS,
    (131008, None): INVALID,
    (131009, None): INVALID,
    (131016, None): FAULT,
    (131021, None): Remedy(
        _("A number cannot write to itself"),
        _("The message came from the business number itself."),
        _("Write to the number from another phone."),
    ),
    (131026, None): Remedy(
        _("The message cannot be delivered"),
        _("The recipient has no WhatsApp, an old version, or has not accepted WhatsApp's terms."),
        _("Write from another phone and try again."),
    ),
    (131030, None): Remedy(
        _("This is a test number"),
        _("A test number may write only to the few recipients listed for it at Meta."),
        _("Add the phone to the list in the App Dashboard, or use a real number."),
    ),
    (131031, None): Remedy(
        _("Meta has locked the account"),
        _("The account is restricted for a policy reason, or its data could not be verified."),
        _("Read the reason in Business Support Home and ask for a review there."),
    ),
    (131037, None): Remedy(
        _("The display name is not approved yet"),
        _("A 555 number may send only with an approved display name."),
        _("Wait for the approval in WhatsApp Manager, then try again."),
    ),
    (131042, None): Remedy(
        _("Meta cannot charge for messages"),
        _("The account has no payment method that works, or the credit line is used up."),
        _("Check the payment method of the account in Meta's billing, then try again."),
    ),
    (131045, None): Remedy(
        _("The number's registration is incomplete"),
        _("Meta could not send because of a problem with the registration of the number."),
        _("Wait a few minutes, then try again."),
    ),
    (131047, None): Remedy(
        _("The 24 hours are over"),
        _("We may answer within 24 hours of a person's message."),
        _("Write to the number once more, then try again."),
    ),
    (131048, None): Remedy(
        _("Meta slows this number down"),
        _("Too many of its messages were blocked or reported."),
        TRY_LATER,
    ),
    (131049, None): Remedy(
        _("Meta did not deliver the message"),
        _("Meta withholds some messages to keep the number of messages a person gets healthy."),
        TRY_LATER,
    ),
    (131056, None): WAIT,
    (131057, None): WAIT,
    (131062, None): Remedy(
        _("Meta does not know the person's phone number"),
        _("The person wrote with a user name, and this kind of message needs a phone number."),
        _("Write from another phone and try again."),
    ),
    (133000, None): Remedy(
        _("An earlier deregistration is incomplete"),
        _("Meta wants the deregistration to be finished first."),
        _("Try again; if it stays, deregister the number once more."),
    ),
    (133004, None): FAULT,
    (133005, None): Remedy(
        _("The PIN is wrong"),
        _("The number has a two-step verification PIN that is not the one we sent."),
        _("Ask the customer for the six-digit PIN and enter it."),
    ),
    (133006, None): Remedy(
        _("The number has to be verified again"),
        _("Meta registers only verified numbers."),
        _("Repeat the verification."),
    ),
    (133008, None): WAIT,
    (133009, None): WAIT,
    (133010, None): Remedy(
        _("The number is not registered"),
        _("Meta says that the number is not on the Cloud API."),
        _("Try again: we register it again if it is needed."),
    ),
    (133015, None): WAIT,
    (133016, None): WAIT,
    (136024, None): CODE_NOT_SENT,
    (136024, 2388367): Remedy(
        _("Too many codes were asked for"),
        _("Meta sends no more codes for about 12 hours."),
        TRY_LATER,
    ),
    (136025, None): WRONG_CODE,
    (2388091, None): CODE_NOT_SENT,
    (2388093, None): WRONG_CODE,
    (2494055, None): WAIT,
    (200000, None): Remedy(
        _("No more numbers can be added"),
        _("The business portfolio has reached its number of phone numbers, or may not add this one."),
        _("Verify the business at Meta, or remove a number that is not used."),
    ),
}


def remedy(code: int | None, subcode: int | None = None) -> Remedy:
    """The texts for a code: with its subcode, else without, else for its range, else honest and general."""
    if code is None:
        return UNKNOWN
    found = REMEDIES.get((code, subcode)) or REMEDIES.get((code, None))
    return found or (ACCESS if 200 <= code <= 299 else UNKNOWN)
