"""Idempotency keys over all capabilities: one request for each key, whatever moves money and what does not."""

from collections.abc import Callable, Mapping

import pytest

from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.orders import dated, terms

Ask = Callable[[str], Reply]
"""Asks for something under a key."""


@pytest.fixture
def asks(client: Api, customer: User, other_customer: User) -> Mapping[str, Ask]:
    payer, payee = opened(client, customer, "90.00"), opened(client, other_customer)
    pays = {"from_account_id": payer["id"], "to_account_id": payee["id"], "amount": "1.00"}
    cash = {"account_id": payer["id"], "amount": "1.00"}
    bodies: dict[str, Json] = {
        "/v1/transactions/deposit": cash,
        "/v1/transactions/withdraw": {**cash, "amount": "900.00"},
        "/v1/transactions/transfer": pays,
        "/v1/accounts": {"type": "savings"},
        "/v1/standing-orders": terms(payer, payee),
        "/v1/beneficiaries": {"name": "Ben Okafor", "account_number": payee["account_number"]},
        "/v1/category-rules": {"contains": "rent", "field": "memo", "category": "housing"},
        "/v1/tickets": {"subject": "s", "message": "m"},
    }

    def ask(path: str, body: Json) -> Ask:
        return lambda key: client.post(path, body, token=customer.token, key=key)

    with_deposit = {"type": "savings", "initial_deposit": "5.00"}
    return {
        **{path: ask(path, body) for path, body in bodies.items()},
        "an account with a deposit": ask("/v1/accounts", with_deposit),
        "a payment on a date": lambda key: dated(client, customer, payer, payee, key=key),
    }


def test_key_that_served_one_request_serves_no_other_of_any_kind(asks: Mapping[str, Ask]) -> None:
    for number, (first, ask) in enumerate(asks.items()):
        key = f"key-of-{number}"
        served = ask(key)
        before = sorted((item["pk"], item["sk"], item["version"]) for item in items() if "version" in item)
        for other, ask_other in asks.items():
            if other != first:
                refused = ask_other(key)
                assert (refused.status, refused.code) == (409, "idempotency_key_reused"), (first, other)
        again = ask(key)
        assert (again.status, again.headers.get("Idempotent-Replayed")) == (served.status, "true"), first
        after = sorted((item["pk"], item["sk"], item["version"]) for item in items() if "version" in item)
        assert after == before, first
