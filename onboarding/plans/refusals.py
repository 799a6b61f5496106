"""Why something is not done to a migration plan."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.services import Refused


class PlanClosed(Refused):
    code = "plan_closed"
    message = _("This migration plan is closed.")


class PlanBegun(Refused):
    code = "plan_begun"
    message = _("This migration plan has begun: that can no longer be changed.")


class PlanTaken(Refused):
    code = "plan_taken"
    message = _("The customer already has an open migration plan for this path.")


class BadPriority(Refused):
    code = "bad_priority"
    message = _("The priority is a number from 1, who goes first, to 5.")


class BadHours(Refused):
    code = "bad_hours"
    message = _("The hours in which the customer may move have to end after they begin.")


class LineTaken(Refused):
    code = "line_taken"
    message = _("This number is already in an open migration plan.")


class TestNumberTaken(Refused):
    code = "test_number_taken"
    message = _("The plan already has a test number.")


class LineBegun(Refused):
    code = "line_begun"
    message = _("The number is already moving, or its move is over: that can no longer be changed.")


class LineClosed(Refused):
    code = "line_closed"
    message = _("This number of the plan is closed.")


class AccountOfAnother(Refused):
    code = "account_of_another"
    message = _("This WABA is another customer's.")


class WishTaken(Refused):
    code = "wish_taken"
    message = _("The customer has already asked for this.")


class WishWithdrawn(Refused):
    code = "wish_withdrawn"
    message = _("This wish has already been withdrawn.")


class DependencyTaken(Refused):
    code = "dependency_taken"
    message = _("The plan already moves after the other one.")


class DependencyCycle(Refused):
    code = "dependency_cycle"
    message = _("The other plan already waits for this one: each would wait for the other for ever.")


class NothingAssessed(Refused):
    code = "nothing_assessed"
    message = _("Answer at least one question and add at least one number first.")


class NotAssessed(Refused):
    code = "not_assessed"
    message = _("Only a plan that is assessed and has no date goes back to being a draft.")
