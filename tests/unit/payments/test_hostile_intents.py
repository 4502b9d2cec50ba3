"""Intents and leases that are not what the bank writes, and clients that stop groups: the others are served."""

import time
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from chalicelib.domain.errors import RiskDeclined
from chalicelib.domain.ids import id_of
from chalicelib.domain.ledger.posting import Movement
from chalicelib.domain.time import timestamp
from chalicelib.models.ledger.hot_account import LEASE, HotAccount
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.lease_watch import LeaseWatch
from chalicelib.services.risk import screening
from chalicelib.services.risk.screening import Profiles, Screening
from tests.fake_dynamodb.wire import WRITE, Step, conflict, lost, served
from tests.small_bank import NOON, B, C, SmallBank
from tests.unit.conftest import Time
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


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    open_accounts(bank, monkeypatch)


def held_until(hours_ahead: float) -> HotAccount:
    """Return a lease whose holder had a clock that was so far ahead."""
    later = NOON + timedelta(hours=hours_ahead)
    texts: Any = {"since": timestamp(later), "updated_at": timestamp(later), "until": timestamp(later + LEASE)}
    return HotAccount(*HotAccount.key(HOT), holder="gone", posted=0, last_size=0, expires_at=0, **texts)


@pytest.mark.parametrize("changed", [{"fingerprint": None}, {"transaction_id": {}}, {"transaction_id": None}])
def test_intent_with_a_key_that_cannot_be_written_stops_nobody(bank: SmallBank, changed: dict[str, Any]) -> None:
    """It would otherwise end each leader of the account, and the request that leads, for as long as it waits."""
    forged, other = transfer(bank, "2.00"), transfer(bank, "3.00", C)
    waiting(bank, forged, idempotency_key=asdict(forged.idempotency_key) | changed)
    waiting(bank, other)
    assert posted(transfer_steps.post(transfer(bank)))
    assert (status_of(forged), status_of(other)) == (None, "posted")
    assert intents(bank) == []


def test_intent_under_the_name_of_another_transaction_moves_nothing(bank: SmallBank) -> None:
    moved, other = transfer(bank, "2.00"), transfer(bank, "3.00")
    waiting(bank, moved, idempotency_key=asdict(other.idempotency_key))
    assert posted(transfer_steps.post(transfer(bank)))
    assert (status_of(moved), status_of(other)) == (None, None)
    assert intents(bank) == []


def test_group_that_the_client_library_refuses_is_decided_one_by_one(bank: SmallBank) -> None:
    """It is no lost answer: nothing was sent, and the same would be refused each time."""
    waiting(bank, transfer(bank, "2.00", C))

    def refuse(*_: object) -> Any:
        raise ParamValidationError(report="Invalid type for parameter")

    bank.dynamodb.next(WRITE, refuse)
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank) == [2, 1]
    assert intents(bank) == []


def test_lease_that_nobody_can_read_stops_nobody(bank: SmallBank) -> None:
    pk, sk = HotAccount.key(HOT)
    damaged = {"pk": {"S": pk}, "sk": {"S": sk}, "holder": {"S": "gone"}, "until": {"S": "soon"}}
    bank.dynamodb.table("reports").items[pk, sk] = damaged
    assert posted(transfer_steps.post(transfer(bank)))


def test_lease_of_a_clock_that_was_ahead_is_taken_when_nobody_renews_it(bank: SmallBank, passing: Time) -> None:
    """By its own end it would keep all transfers of the account waiting for an hour."""
    bank.put(held_until(hours_ahead=1))
    began = passing.now
    assert posted(transfer_steps.post(transfer(bank)))
    assert LEASE.total_seconds() < passing.now - began < 2 * LEASE.total_seconds()


def test_lease_that_is_renewed_is_not_abandoned(passing: Time) -> None:
    watch = LeaseWatch()
    for _ in range(5):
        lease = held_until(passing.now)
        assert not watch.is_abandoned(lease)
        time.sleep(LEASE.total_seconds() - 0.01)
        assert not watch.is_abandoned(lease)
    time.sleep(0.02)
    assert watch.is_abandoned(lease)
    assert not watch.is_abandoned(None)
    time.sleep(1)
    assert not watch.is_abandoned(None), "there is none"


def test_customer_whose_day_is_full_stops_one_group(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the write sees the day. Each further transfer would cancel one more write of all others."""
    monkeypatch.setenv("DAILY_LIMIT", "5")
    monkeypatch.setattr("chalicelib.services.payments.group_leader.MEMBERS_MAX", 2)
    another = id_of("acc", NOON, 9)
    for name in (C, another):
        bank.open(name, 10_000, owner=3, counts_alone=None)
    assert posted(transfer_steps.post(replace(transfer(bank, "4.00", C), from_account_id=another)))
    hostile, before = [transfer(bank, "2.00", C) for _ in range(3)], len(group_sizes(bank))
    for one in hostile:
        waiting(bank, one)
        waiting(bank, transfer(bank, "0.01", B))
    assert posted(transfer_steps.post(transfer(bank, "0.01", B)))
    assert [status_of(one) for one in hostile] == [None] * 3, "their own requests decide them"
    assert sum(group_sizes(bank)[before:]) <= 2 + 4, "one write of two was cancelled"
    assert intents(bank) == []


@pytest.mark.parametrize("step", [served, conflict(1), lost], ids=["", "after a conflict", "after a lost request"])
def test_transfer_is_judged_after_those_of_the_groups_before(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    """No stream has brought them into the stored profiles yet. One that was not recorded counts once all the same."""
    bank.dynamodb.next(WRITE, step)
    monkeypatch.setattr("chalicelib.services.payments.group_leader.MEMBERS_MAX", 1)
    seen = list[list[int]]()

    def screen(movement: Movement, _: Snapshot, known: Profiles | None = None) -> Screening:
        """Decline what comes after two others."""
        before = [] if known is None else [-one.amount for one in known[B].folded.recent]
        seen.append(before)
        return Screening("declined", RiskDeclined("Too many.")) if len(before) >= 2 else Screening("clear")

    monkeypatch.setattr(screening, "screen", screen)
    others = [transfer(bank, f"{number}.00") for number in (2, 3)]
    for one in others:
        waiting(bank, one)
    own = transfer(bank)
    transfer_steps.post(own)
    assert [status_of(one) for one in others] == ["posted", "posted"]
    assert (status_of(own), bank.account(HOT).balance) == ("failed", 500)
    assert sorted(seen[-1]) == [200, 300]
