"""A bank that counts its branches' cash pays out no more than a branch has, whoever asks and in whatever way."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.models.ledger import shards
from chalicelib.services.approvals import in_force as approval_policies
from chalicelib.services.risk import thresholds as risk_thresholds
from tests.api.helpers.accounts import balance, deposit, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, Json, User, counted_calls
from tests.api.helpers.branches import HEAD_OFFICE, cash_of, day_of, move, opened_branch
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.reviews import decide
from tests.api.helpers.risk import set_rule
from tests.api.helpers.stream import Stream


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANCH_CASH", "counted")


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def branch(client: Api, manager: User, stream: Stream) -> str:
    return str(opened_branch(client, manager, cash="100.00")["id"])


@pytest.fixture
def account(client: Api, customer: User, stream: Stream) -> Json:
    """An account whose money came in at the head office."""
    return opened(client, customer, "1000.00")


def test_branch_pays_out_what_its_vault_and_its_counter_have(
    client: Api, customer: User, manager: User, auditor: User, account: Json, branch: str, stream: Stream
) -> None:
    deposit(client, customer, account, "20.00", branch_id=branch).ok(201)
    refused = withdraw(client, customer, account, "120.01", branch_id=branch).refused(422, "insufficient_funds")
    assert refused.json["detail"].startswith("The branch has less cash")
    assert not {"available", "limit"} & {name for name, value in refused.json.items() if value is not None}
    paid = withdraw(client, customer, account, "120.00", branch_id=branch).ok(201)
    assert [entry["amount"] for entry in paid["entries"]] == ["-120.00"]
    assert cash_of(client, manager, branch) == {"USD": "0.00"}
    withdraw(client, customer, account, "0.01", branch_id=branch).refused(422, "insufficient_funds")
    withdraw(client, customer, account, "0.01").ok(201)
    assert day_of(client, manager, branch)["withdrawals"] == (1, "120.00")
    reverse(client, manager, paid).ok(201)
    assert cash_of(client, manager, branch) == {"USD": "120.00"}
    stream.let_follow()
    assert client.get("/v1/audit/verify", token=auditor.token).ok()["ok"] is True


def test_withdrawal_whose_shard_has_enough_costs_no_more(
    client: Api, customer: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")
    risk_thresholds.current()
    approval_policies.policy_of("withdraw")
    with counted_calls() as calls:
        withdraw(client, customer, account, "1.00").ok(201)
    assert +calls == {"GetItem": 1, "BatchGetItem": 1, "TransactWriteItems": 1}


def test_withdrawal_whose_shard_has_too_little_reads_the_others_once(
    client: Api, customer: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")
    risk_thresholds.current()
    approval_policies.policy_of("withdraw")
    held = next(number for number in shards.numbers() if shards.own_shard("gl.x").endswith(f".{number:03d}"))
    shards.take((held + 1) % len(shards.numbers()))
    for reads in (2, 1):
        with counted_calls() as calls:
            withdraw(client, customer, account, "1.00").ok(201)
        assert calls["BatchGetItem"] == reads, "the second time the worker has a shard with cash"


def test_last_cash_is_paid_out_once(client: Api, customer: User, manager: User, account: Json, branch: str) -> None:
    other = opened(client, customer, "500.00")
    with just_before(
        "TransactWriteItems", lambda: withdraw(client, customer, other, "60.00", branch_id=branch).ok(201)
    ):
        withdraw(client, customer, account, "60.00", branch_id=branch).refused(422, "insufficient_funds")
    assert cash_of(client, manager, branch) == {"USD": "40.00"}


def test_vault_and_counter_do_not_pay_the_same_cash(
    client: Api, customer: User, manager: User, account: Json, branch: str
) -> None:
    with just_before(
        "TransactWriteItems", lambda: withdraw(client, customer, account, "60.00", branch_id=branch).ok(201)
    ):
        move(client, manager, branch, HEAD_OFFICE, "60.00").refused(422, "insufficient_funds")
    assert cash_of(client, manager, branch) == {"USD": "40.00"}


def test_cash_of_one_branch_is_not_another_s(
    client: Api, customer: User, teller: User, account: Json, branch: str
) -> None:
    """Neither does an overdraft bring cash, nor does money that was transferred to an account of that branch."""
    there = opened(client, customer, branch_id=branch)
    transfer(client, customer, account, there, "500.00").ok(201)
    withdraw(client, teller, there, "100.01", branch_id=branch).refused(422, "insufficient_funds")
    withdraw(client, teller, there, "100.00", branch_id=branch).ok(201)


def test_reversals_of_deposits_take_no_more_cash_than_there_is(
    client: Api, customer: User, teller: User, manager: User, account: Json, branch: str
) -> None:
    """Deposits that a colleague reverses in a loop leave the branch as it was."""
    for _ in range(3):
        made = deposit(client, teller, account, "50.00", branch_id=branch).ok(201)
        reverse(client, manager, made).ok(201)
    assert cash_of(client, manager, branch) == {"USD": "100.00"}
    made = deposit(client, teller, account, "50.00", branch_id=branch).ok(201)
    withdraw(client, customer, account, "120.00", branch_id=branch).ok(201)
    refused = reverse(client, manager, made).refused(422, "insufficient_funds")
    assert refused.json["detail"].startswith("The branch has less cash")
    reverse(client, manager, made, allow_overdrawn=True).ok(201)


@pytest.fixture
def half_a_year_later(stream: Stream, at_time: Callable[[timedelta], None]) -> Callable[[], None]:
    """Let the consumers follow what was posted, and half a year pass."""

    def pass_time() -> None:
        stream.let_follow()
        at_time(timedelta(days=180))

    return pass_time


def test_withdrawal_that_waited_takes_cash_when_it_is_approved(
    client: Api,
    log_in: Callable[[str], User],
    customer: User,
    teller: User,
    manager: User,
    account: Json,
    branch: str,
    half_a_year_later: Callable[[], None],
) -> None:
    """Held for a manager, also when a teller asks; nobody's cash is set aside meanwhile."""
    set_rule(client, manager, "dormant_waking", at_least_units=50)
    half_a_year_later()
    customer, teller, manager = (log_in(user.email) for user in (customer, teller, manager))
    held = withdraw(client, teller, account, "80.00", branch_id=branch).ok(202)
    assert held.items() >= {"type": "withdrawal", "status": "pending", "entries": []}.items()
    assert held["waiting"]["code"] == "risk_review"
    withdraw(client, customer, account, "30.00", branch_id=branch).ok(201)
    decide(client, teller, held, "approve").refused(403, "forbidden")
    decide(client, manager, held, "approve").refused(422, "insufficient_funds")
    deposit(client, teller, account, "10.00", branch_id=branch).ok(201)
    assert decide(client, manager, held, "approve").ok()["status"] == "posted"
    assert (cash_of(client, manager, branch), balance(account)) == ({"USD": "0.00"}, 90_000)
    own = withdraw(client, manager, account, "70.00").ok(202)
    decide(client, manager, own, "approve").refused(403, "forbidden")
