"""Groups that are decided while the one before is being written."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger.group import MEMBERS_MAX
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.transfer_request import TransferRequest
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, Answer, conflict, lost
from tests.small_bank import B, C, SmallBank
from tests.unit.payments.busy_account import (
    HOT,
    group_sizes,
    intents,
    open_accounts,
    posted,
    status_of,
    transfer,
    waiting,
)

OTHERS = 30
"""More than one group has."""
READS_ALONE = 10
"""Keys that a read of a single transfer has at most."""


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    open_accounts(bank, monkeypatch)


def ask_for_many(bank: SmallBank) -> list[TransferRequest]:
    asked = [transfer(bank, "0.01", payer) for _ in range(OTHERS // 2) for payer in (B, C)]
    for one in asked:
        waiting(bank, one)
    return asked


def test_groups_follow_each_other_on_what_the_one_before_leaves(bank: SmallBank) -> None:
    asked = ask_for_many(bank)
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank) == [MEMBERS_MAX, OTHERS + 1 - MEMBERS_MAX]
    assert {status_of(one) for one in asked} == {"posted"}
    assert (bank.account(HOT).balance, bank.account(HOT).last_seq) == (130, OTHERS + 1)
    assert intents(bank) == []


def test_group_that_was_decided_ahead_is_not_written_if_the_one_before_is_not_recorded(bank: SmallBank) -> None:
    """Another writer brings the account to the very version that the first group would have left."""
    asked, reads = ask_for_many(bank), list[int]()
    version = bank.account(HOT).ledger_version

    def overtake(answer: Callable[[], Answer], request: Any) -> Answer:
        found = answer()
        if sum(len(part["Keys"]) for part in request["RequestItems"].values()) > READS_ALONE:
            reads.append(1)
            if len(reads) == 2:
                stored = bank.dynamodb.table("bank").items[Account.key(HOT)]
                stored |= {"ledger_version": {"N": str(version + MEMBERS_MAX)}, "balance": {"N": "1000"}}
        return found

    bank.dynamodb.from_now_on(BATCH_GET, overtake)
    bank.dynamodb.next(WRITE, conflict(0))
    assert posted(transfer_steps.post(transfer(bank)))
    assert {status_of(one) for one in asked} == {"posted"}
    assert bank.account(HOT).balance == 1130


def test_group_that_was_decided_ahead_of_a_lost_answer_is_posted_once(bank: SmallBank) -> None:
    asked = ask_for_many(bank)
    bank.dynamodb.next(WRITE, lost, lost)
    assert posted(transfer_steps.post(transfer(bank)))
    assert {status_of(one) for one in asked} == {"posted"}
    assert (bank.account(HOT).balance, bank.account(HOT).last_seq) == (130, OTHERS + 1)
