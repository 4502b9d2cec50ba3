"""The documents count what the stack and the bank have."""

from collections import Counter

import pytest

from chalicelib.domain.accounts.access import HOLDERS_MAX
from chalicelib.domain.clearing.pain001 import PAYMENTS_MAX
from chalicelib.domain.customers.address_book import ADDRESSES_MAX
from chalicelib.domain.payments.category_rule import RULES_MAX
from chalicelib.domain.webhooks.endpoint import ENDPOINTS_MAX
from chalicelib.handlers.payments.batch_schemas import TRANSFERS_MAX
from chalicelib.services.date_ranges import DAYS_MAX
from chalicelib.services.orders.beneficiaries import BENEFICIARIES_MAX
from chalicelib.services.orders.orders import ORDERS_MAX
from chalicelib.services.statements.statements import ENTRIES_AT_ONCE_MAX
from infra.settings import ROOT
from tests.unit.infra.aws_template import packaged

NUMBERS = {6: "six", 7: "seven", 8: "eight", 9: "nine"}


def test_the_architecture_counts_functions_tables_and_workflows() -> None:
    kinds = Counter(resource["Type"] for resource in packaged("prod")["Resources"].values())
    functions, tables, machines = (
        kinds[f"AWS::{name}"] for name in ("Serverless::Function", "DynamoDB::Table", "StepFunctions::StateMachine")
    )
    stated = f"a REST API, {functions} functions, {NUMBERS[tables]} tables, {NUMBERS[machines]} state machines"
    assert stated in " ".join((ROOT / "docs/architecture.md").read_text().split())


@pytest.mark.parametrize(
    ("what", "most"),
    [
        ("transfers in a batch; payments in a file", f"{TRANSFERS_MAX}; {PAYMENTS_MAX:,} in 20 MB"),
        ("holders of an account, besides the owner", f"{HOLDERS_MAX}"),
        (
            "addresses of a customer; payees ever saved; category rules",
            f"{ADDRESSES_MAX}; {BENEFICIARIES_MAX}; {RULES_MAX}",
        ),
        ("open standing orders and payments on a date, from all accounts of a customer", f"{ORDERS_MAX}"),
        ("webhook endpoints of a customer, and of the bank", f"{ENDPOINTS_MAX}"),
        ("entries of a statement in a response; more become a file", f"{ENTRIES_AT_ONCE_MAX:,}"),
        ("days of a report", f"{DAYS_MAX}"),
    ],
)
def test_the_limits_of_an_owner_are_those_of_the_code(what: str, most: str) -> None:
    assert f"| {what} | {most} |" in (ROOT / "docs/questions.md").read_text()
