"""Examples of the API's description are answers that the API gives: payments in every state, recorded and compared.

`RECORD=yes` writes them anew, then `make openapi`.
"""

import json
import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from chalicelib import clock
from chalicelib.handlers.http.openapi_examples import RECORDED
from chalicelib.models.ledger import shards
from tests.api.helpers.accounts import deposit, history, new_key, opened, read, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.risk import set_rule

TODAY = datetime.fromisoformat("2026-11-21T08:30:00.000000Z")
PATTERN = re.compile(
    r"(?P<id>\b(?P<kind>[a-z]{3})_(?!0{26})[0-9A-Z]{26}\b)|(?P<hash>\b(?!0{64})[0-9a-f]{64}\b)|(?P<number>\b[0-9]{12}\b)"
    r"|(?P<moment>\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"
)


def steady(answers: Json, now: datetime) -> Any:
    """The answers with ids, hashes, account numbers and moments that are the same in every run."""
    known: dict[str, str] = {}

    def replaced(match: re.Match[str]) -> str:
        text = match[0]
        if match["moment"]:
            moved = TODAY + (datetime.fromisoformat(text) - now)
            return moved.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        number = len(known) + 1
        if match["id"]:
            return known.setdefault(text, f"{match['kind']}_01KAK4XJ7M4Q9V0C2T5R8W3Y{number:02d}")
        if match["hash"]:
            return known.setdefault(text, f"5b0e1c7e4b8f1d6a0c3f9e2d7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a{number:02d}")
        return known.setdefault(text, f"1234567890{number:02d}")

    return json.loads(PATTERN.sub(replaced, json.dumps(answers, ensure_ascii=False)))


class SecondBySecond(Api):
    """Lets a second pass before each request that writes, so that no moment depends on the entry before it."""

    def __init__(self, at_time: Callable[[timedelta], None]) -> None:
        super().__init__()
        self._at_time = at_time
        self._seconds = count(1)

    def send(self, method: str, path: str, body: object = None, **options: Any) -> Reply:
        if method != "GET":
            self._at_time(timedelta(seconds=next(self._seconds)))
        return super().send(method, path, body, **options)


def test_examples_of_payments_are_answers_of_the_api(
    customer: User,
    other_customer: User,
    manager: User,
    teller: User,
    at_time: Callable[[timedelta], None],
) -> None:
    shards.take(0)
    at_time(timedelta())
    now = clock.now()
    client = SecondBySecond(at_time)
    payer = opened(client, customer, "5000.00", nickname="Household")
    payee = opened(client, other_customer)
    paid_in = deposit(client, customer, payer, "125.50", memo="Salary").ok(201)
    paid_out = withdraw(client, customer, payer, "40.00", memo="Cash").ok(201)
    moved = transfer(client, customer, payer, payee, "850.00", memo="Rent November", category="housing").ok(201)
    mistake = deposit(client, teller, payer, "10.00").ok(201)
    reversed_ = reverse(client, manager, mistake).ok(201)
    set_rule(client, manager, "new_counterparty", action="review")
    stranger = opened(client, other_customer)
    held = [transfer(client, customer, payer, stranger, "2500.00", memo="Car").ok(202)]
    account = read(client, customer, payer)
    path = f"/v1/transactions/{held[0]['id']}"
    rejected = client.post(f"{path}/reject", {"reason": "Called Ada."}, token=manager.token, key=new_key()).ok()
    held.append(transfer(client, customer, payer, stranger, "1600.00", memo="Car").ok(202))
    path = f"/v1/transactions/{held[1]['id']}"
    approved = client.post(f"{path}/approve", token=manager.token, key=new_key()).ok()
    answers = {
        "deposit 201": paid_in,
        "withdraw 201": paid_out,
        "transfer 201": moved,
        "transfer 202": held[0],
        "get_transaction 200": client.get(f"/v1/transactions/{moved['id']}", token=customer.token).ok(),
        "annotate_transaction 200": client.patch(
            f"/v1/transactions/{moved['id']}", {"tags": ["shared"]}, token=customer.token
        ).ok(),
        "reverse_transaction 201": reversed_,
        "reject_transaction 200": rejected,
        "approve_transaction 200": approved,
        "list_transactions 200": client.get("/v1/transactions?limit=2", token=customer.token).ok(),
        "get_account 200": account,
        "get_history 200": history(client, customer, payer, "limit=3"),
    }
    unwanted = transfer(client, customer, payer, stranger, "1600.00", memo="Car").ok(202)
    cancelling = client.post(f"/v1/transactions/{unwanted['id']}/cancel", token=customer.token)
    answers["cancel_transaction 200"] = cancelling.ok()
    for name in ("list_transactions 200", "get_history 200"):
        answers[name]["next_cursor"] = "ZjFiMmMzZDRlNWY2YTdiOHsicGsiOiJBQ0NPVU5UI2FjYyJ9"
    found = steady(answers, now)
    if os.environ.get("RECORD") == "yes":
        RECORDED.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    assert found == json.loads(RECORDED.read_text()), "run this test with RECORD=yes, then `make openapi`"
