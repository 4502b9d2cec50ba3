"""Calls to AWS of what happens often: more of them would be slower and dearer, and nobody would notice."""

from collections import Counter

import pytest

from chalicelib.services.approvals import in_force as approval_policies
from chalicelib.services.risk import thresholds as risk_thresholds
from tests.api.helpers.accounts import deposit, history, opened, read, transfer, withdraw
from tests.api.helpers.bank import Api, User, counted_calls

SESSION = Counter(GetItem=1)
"""The authorizer's read. API Gateway keeps its answer for a minute; these tests ask it each time."""
POST = Counter(BatchGetItem=1, TransactWriteItems=1)


def test_a_deposit_is_one_read_and_one_write(client: Api, customer: User, thresholds: None) -> None:
    account = opened(client, customer)
    for _ in range(2):  # the first makes the branch's cash account
        with counted_calls() as calls:
            deposit(client, customer, account, "10.00", tags=["wages"]).ok(201)
        assert calls == SESSION | POST


@pytest.fixture
def thresholds(client: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thresholds of risk are read once in a while."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")
    risk_thresholds.current()
    approval_policies.policy_of("withdraw")


def test_a_withdrawal_is_a_post_and_the_read_of_its_screening(client: Api, customer: User, thresholds: None) -> None:
    account = opened(client, customer, "100.00")
    with counted_calls() as calls:
        withdraw(client, customer, account, "10.00").ok(201)
    assert calls == SESSION + POST  # the profiles of risk are read with the accounts


def test_a_pin_takes_one_write_more_that_counts_the_attempt(client: Api, customer: User, thresholds: None) -> None:
    account = opened(client, customer, "100.00", pin="8371")
    with counted_calls() as calls:
        withdraw(client, customer, account, "10.00", pin="8371").ok(201)
    assert calls == SESSION + POST + Counter(TransactWriteItems=1)


def test_a_refusal_is_one_read_and_one_write(client: Api, customer: User, thresholds: None) -> None:
    account = opened(client, customer)
    with counted_calls() as calls:
        withdraw(client, customer, account, "10.00").refused(422, "insufficient_funds")
    assert calls == SESSION | POST


def test_a_replay_only_reads(client: Api, customer: User) -> None:
    account = opened(client, customer)
    deposit(client, customer, account, "10.00", key="again").ok(201)
    with counted_calls() as calls:
        deposit(client, customer, account, "10.00", key="again").ok(201)
    assert calls == SESSION | {"BatchGetItem": 2}  # the transaction, and what it is labelled with


def test_a_transfer_is_a_post_in_whose_read_it_is_screened(
    client: Api, customer: User, other_customer: User, thresholds: None
) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    with counted_calls() as calls:
        transfer(client, customer, payer, payee, "10.00").ok(201)
    assert calls == SESSION + POST  # the PIN and the profiles of risk are read with the accounts


def test_reading_takes_one_call_for_each_kind_of_thing(client: Api, customer: User) -> None:
    account = opened(client, customer, "100.00")
    with counted_calls() as calls:
        read(client, customer, account)
    assert calls == {"GetItem": 2}  # session and account
    with counted_calls() as calls:
        history(client, customer, account)
    assert calls == {"GetItem": 2, "Query": 2}  # session and account; entries and labels
