"""Many writers at once, with the conflicts that DynamoDB answers and emulators do not: counts, never times."""

import uuid
from typing import Any

import pytest

from chalicelib.domain import ids
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.models import connection, transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.ledger import shards
from chalicelib.services.verification import verify_entries
from tests.chaos.contention import depositing, new_accounts, paying_in_batches, run, transferring
from tests.chaos.posts import SHARDS_PER_WRITER, Post, Run

WRITERS = 32
SERVICE_SECONDS = 0.02
ATTEMPTS_PER_DEPOSIT_BELOW = 1.2
LATER = "2099-01-01T00:00:00.000000Z"


@pytest.fixture(autouse=True)
def patient(at_an_engine: None) -> None:
    """Wait for answers as long as a busy machine takes: a call given up is an outcome unknown, and no conflict."""
    connection.use_batch_timeouts()


def deposits(monkeypatch: pytest.MonkeyPatch, writers: int, shard_count: int, posts: int) -> Run:
    monkeypatch.setenv("LEDGER_SHARDS", str(shard_count))
    return run([depositing(one) for one in new_accounts(writers)], SERVICE_SECONDS, posts=posts)


def balance(account_id: str) -> int:
    account = Account.by_id(account_id)
    assert account is not None
    return account.balance


def cash_balance() -> int:
    """Of all shards that there may be."""
    cash = general_ledger.cash(HEAD_OFFICE_ID, "USD")
    found = batch_get(Account.key(f"{cash}.{number:03d}") for number in range(SHARDS_PER_WRITER * WRITERS))
    return sum(one.balance for one in found if isinstance(one, Account))


def test_deposits_at_one_branch_hardly_meet_with_four_shards_a_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cash_balance()
    done = deposits(monkeypatch, WRITERS, SHARDS_PER_WRITER * WRITERS, posts=8)
    assert [len(writer) for writer in done.writers] == [8] * WRITERS
    assert done.per_post("attempts") < ATTEMPTS_PER_DEPOSIT_BELOW
    assert done.given_up == 0
    assert cash_balance() - before == -8 * WRITERS


def test_with_one_shard_the_aim_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the test above would prove nothing."""
    done = deposits(monkeypatch, 8, 1, posts=3)
    assert done.per_post("conflicts") > 0
    assert done.per_post("attempts") > ATTEMPTS_PER_DEPOSIT_BELOW


def exceeds_bounds(post: Post) -> bool:
    """Whoever meets others twice goes on in a group, and tries no more by itself."""
    return post.attempts > transact.ATTEMPTS_MAX * (post.given_up + 1)


def test_nobody_starves_at_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """12 pay one account, 12 are paid by it. Nobody is told 503; all are done, none twice."""
    hot, *others = new_accounts(25)
    pays = [transferring(one, hot) for one in others[:12]] + [transferring(hot, one) for one in others[12:]]
    done = run(pays, SERVICE_SECONDS, posts=2)
    assert [len(writer) for writer in done.writers] == [2] * len(pays)
    assert done.per_post("conflicts") > 0
    assert list(filter(exceeds_bounds, done.posts)) == []
    assert done.per_post("attempts") < 3
    assert done.given_up == 0
    assert [balance(one) for one in others] == [-2] * 12 + [2] * 12
    proof = verify_entries.prove(hot, LATER, lambda _: None)
    assert (proof.balance, balance(hot)) == (0, 0)


def test_one_payer_writes_less_than_a_tenth_for_each_transfer_in_batches() -> None:
    """Writes of one account exclude each other, so these are what bounds the transfers a second that it can make."""
    payers, payees = new_accounts(2), new_accounts(24)
    alone = run([transferring(payers[0], one) for one in payees[:4]], SERVICE_SECONDS, posts=3)
    batched = run([paying_in_batches(payers[1], payees) for _ in range(4)], SERVICE_SECONDS, posts=3)
    assert batched.per_post("conflicts") + batched.per_post("moved") > 0
    assert batched.per_post("attempts") / len(payees) < alone.per_post("attempts") / 10
    assert balance(payers[1]) == -24 * 3 * 4


@pytest.mark.parametrize(("contended", "moves"), [("the customer's account", False), ("the shard", True)])
def test_a_worker_leaves_its_shard_only_when_it_met_somebody_there(
    contended: str, moves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    [account_id] = new_accounts(1)
    cash = general_ledger.cash(HEAD_OFFICE_ID, "USD")
    shard, write = shards.own_shard(cash), transact.write
    met = account_id if contended == "the customer's account" else shard

    def conflicting(actions: list[Any]) -> None:
        monkeypatch.setattr(transact, "write", write)
        keys = [action.get("Key") or action["Item"] for wrapped in actions for action in wrapped.values()]
        at = [key["pk"]["S"] == f"ACCOUNT#{met}" for key in keys]
        raise transact.Cancelled([transact.Reason("TransactionConflict" if one else "None") for one in at])

    monkeypatch.setattr(transact, "write", conflicting)
    depositing(account_id)(IdempotencyKey(ids.transaction_id("usr_test", uuid.uuid4().hex), "f"))
    assert (shards.own_shard(cash) != shard) is moves
    assert balance(account_id) == 1
