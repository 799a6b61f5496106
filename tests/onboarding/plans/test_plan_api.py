"""What the API tells of plans, and how it takes secrets."""

from __future__ import annotations

import pytest

from onboarding.models import OnPremisesClient
from onboarding.plans import services
from portal.kernel.secrets import open_sealed
from tests.conftest import NOW, Tenant
from tests.factories import CustomerFactory, WabaFactory
from tests.factories.plans import MigrationPlanFactory
from tests.portal.api_client import make_api, problem

pytestmark = pytest.mark.usefixtures("quiet_broker")
TEXT = {
    "name": "move",
    "kind": "ANNOUNCEMENT",
    "language": "it",
    "subject": "Il tuo numero si sposta",
    "body": "Ciao {contact}, il {date} spostiamo {numbers}.",
}
STAMP = {"now": NOW, "by": "anna"}


def test_what_is_written_can_be_read_again(tenant: Tenant) -> None:
    api, customer = make_api(tenant), tenant.world.customer
    with tenant.scope():
        plan = MigrationPlanFactory(customer=customer, app=tenant.world.app)
        first = MigrationPlanFactory(customer=CustomerFactory(), app=tenant.world.app)
        account, others = WabaFactory(customer=customer), WabaFactory(customer=first.customer)
    api.post(f"plans/{plan.pk}/dependencies", {"after": str(first.pk)})
    number = {"display_phone_number": "+39 06 9876 5401", "destination_waba": str(account.pk)}
    told = api.post(f"plans/{plan.pk}/numbers", number).json()
    assert told["moves_after"] == [str(first.pk)]
    assert told["numbers"][0]["destination_waba"] == str(account.pk)
    wrong = api.patch(f"plan-numbers/{told['numbers'][0]['id']}", {"destination_waba": str(others.pk)})
    assert problem(wrong) == (409, "account_of_another")


def test_a_password_is_kept_as_it_was_sent_and_never_told(tenant: Tenant) -> None:
    api = make_api(tenant)
    with tenant.scope():
        plan = MigrationPlanFactory(customer=tenant.world.customer, app=tenant.world.app)
        line = services.add_line(plan=plan, display_phone_number="+390698765402", **STAMP)
    client = {"base_url": "https://wa.aurora.example", "username": "admin", "password": " a password "}
    answer = api.post(f"plan-numbers/{line.pk}/client", client)
    assert answer.status_code == 200, answer.content
    assert b"a password" not in answer.content
    with tenant.scope():
        row = OnPremisesClient.objects.get(line=line)
        assert open_sealed(row=row, column="password").reveal() == " a password "


def test_a_text_is_written_by_program_and_sent_by_nobody_before_a_person_approves_it(tenant: Tenant) -> None:
    api, wrong = make_api(tenant), {**TEXT, "body": "Ciao {nobody}"}
    assert problem(api.post("notice-texts", wrong)) == (409, "unknown_placeholder")
    told = api.post("notice-texts", TEXT).json()
    assert (told["name"], told["approved_at"]) == ("move", None)
    (listed,) = api.get("notice-texts?name=move&language=it").json()["data"]
    assert listed == told
    with tenant.scope():
        plan = MigrationPlanFactory(customer=tenant.world.customer, app=tenant.world.app)
    decision = {"key": "INFORM", "choice": True, "text_name": "move", "days_before": 14}
    assert problem(api.post(f"plans/{plan.pk}/decisions", decision)) == (409, "text_not_approved")
