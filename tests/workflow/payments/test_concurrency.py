"""Many clients at once, over HTTP, on the deployed stack with IAM enforced."""

import os
import random
from collections import Counter
from functools import partial

from tests.stack import Stack, warm_up
from tests.workflow.bank import Client, Reply, at_once, new_key, register, until_known

TRANSFERS = int(os.environ.get("TRANSFERS") or 100)
"""Without the condition on the version of an account, 100 of 16 clients always lost or made money."""


def cents(amount: str) -> int:
    return int(amount.replace(".", ""))


def test_of_32_withdrawals_exactly_the_10_that_are_affordable_succeed(customer: Client) -> None:
    account_id = customer.open_account(initial_deposit="100.00")["id"]
    keys = [new_key() for _ in range(32)]
    warm_up(lambda: customer.balance(account_id), 32)

    def withdraw(key: str) -> Reply:
        body = {"account_id": account_id, "amount": "10.00"}
        return until_known(lambda: customer.post("/v1/transactions/withdraw", body, key=key))

    replies = at_once([partial(withdraw, key) for key in keys], 32)
    assert Counter(reply.status for reply in replies) == {201: 10, 422: 22}
    assert {reply.code for reply in replies if reply.status == 422} == {"insufficient_funds"}
    assert customer.balance(account_id) == "0.00"


def test_transfers_at_once_among_8_accounts_lose_and_make_nothing(stack: Stack, auditor: Client) -> None:
    """16 clients, every fourth request sent twice with its key; seeded, so that a failure can be repeated."""
    chance = random.Random(20261121)
    owners = [register(stack.url) for _ in range(4)]
    accounts = [(owner, owner.open_account(initial_deposit="50.00")["id"]) for owner in owners for _ in range(2)]
    warm_up(lambda: owners[0].transfer(accounts[0][1], accounts[0][1], "1.00"), 16)
    work = []
    for number in range(TRANSFERS):
        (owner, payer), (_, payee) = chance.sample(accounts, 2)
        transfer = partial(
            owner.transfer, payer, payee, f"{chance.randint(1, 40)}.00", key=f"transfer-{number}-{new_key()}"
        )
        work += [partial(until_known, transfer)] * (2 if number % 4 == 0 else 1)
    replies = at_once(work, 16)
    assert {reply.status for reply in replies} <= {201, 422}
    assert {reply.code for reply in replies if reply.status == 422} <= {"insufficient_funds"}
    balances = [cents(owner.balance(account_id)) for owner, account_id in accounts]
    assert sum(balances) == 8 * 5000
    assert min(balances) >= 0
    posted = {reply.body["id"] for reply in replies if reply.status == 201}
    for owner, account_id in accounts:
        lines = owner.get(f"/v1/accounts/{account_id}/history?limit=100").body["data"]
        transfers = [line["transaction_id"] for line in lines if line["type"] == "transfer"]
        assert len(transfers) == len(set(transfers)), "a key took effect twice"
        assert set(transfers) <= posted
        verdict = auditor.get(f"/v1/audit/verify?account_id={account_id}")
        assert verdict.body["ok"], verdict.body


def test_transfers_of_many_at_once_to_one_account_are_all_posted(stack: Stack, auditor: Client) -> None:
    """8 payers send a transfer each, five times over: all are posted, and none twice."""
    shop = register(stack.url)
    till = shop.open_account()["id"]
    payers = [register(stack.url) for _ in range(2)]
    accounts = [(payer, payer.open_account(initial_deposit="10.00")["id"]) for payer in payers for _ in range(4)]
    warm_up(lambda: payers[0].transfer(accounts[0][1], accounts[1][1], "0.01"), 8)
    sent = [partial(payer.transfer, account_id, till, "1.00", key=new_key()) for payer, account_id in accounts * 5]
    replies = at_once([partial(until_known, one) for one in sent], 8)
    assert Counter((reply.status, reply.code) for reply in replies) == {(201, None): 40}
    assert shop.balance(till) == "40.00"
    verdict = auditor.get(f"/v1/audit/verify?account_id={till}")
    assert verdict.body["ok"], verdict.body


def test_of_batches_at_once_exactly_the_transfers_that_are_affordable_are_posted(
    customer: Client, auditor: Client
) -> None:
    """Four clients send 30 transfers each from one account, every second batch twice with its keys."""
    payer, payees = (
        customer.open_account(initial_deposit="100.00")["id"],
        [customer.open_account()["id"] for _ in range(3)],
    )
    warm_up(lambda: customer.balance(payer), 4)
    batches = [
        [{"idempotency_key": new_key(), "to_account_id": payees[number % 3], "amount": "1.00"} for number in range(30)]
        for _ in range(4)
    ]

    def send(batch: list[dict[str, str]]) -> list[str]:
        """Send a batch until each transfer has an outcome."""
        while True:
            reply = until_known(
                lambda: customer.call("POST", "/v1/transactions/batch", {"from_account_id": payer, "transfers": batch})
            )
            assert reply.status == 200, reply
            statuses = [one["status"] for one in reply.body["results"]]
            if "not_done" not in statuses:
                return statuses

    found = at_once([partial(send, batch) for batch in (*batches, batches[0], batches[2])], 6)
    assert (found[0], found[2]) == (found[4], found[5]), "a key has one outcome"
    assert Counter(status for statuses in found[:4] for status in statuses) == {"posted": 100, "refused": 20}
    assert customer.balance(payer) == "0.00"
    assert sum(cents(customer.balance(one)) for one in payees) == 10_000
    for account_id in (payer, *payees):
        verdict = auditor.get(f"/v1/audit/verify?account_id={account_id}")
        assert verdict.body["ok"], verdict.body
