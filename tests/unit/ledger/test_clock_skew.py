"""Posting when the bank's clocks disagree: which shard is used, what is refused, and what dates an entry."""

import random
from copy import deepcopy

import pytest

from chalicelib import clock
from chalicelib.domain.errors import ClockSkew
from chalicelib.models.ledger import ledger, shards
from chalicelib.models.ledger.posting_request import PostingRequest
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, after
from tests.small_bank import CASH, NOON, NOON_TEXT, SmallBank, customer

SHARDS = [f"{CASH}.{number:03d}" for number in range(3)]
OTHER_CASH = "gl.cash.brn_2.USD"
TOMORROW = "2026-11-22T12:00:00.000000Z"


@pytest.fixture(autouse=True)
def two_accounts(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 5, owner=2)


@pytest.fixture
def three_shards(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> SmallBank:
    """Return a bank with three shards, of which this worker uses the first."""
    monkeypatch.setenv("LEDGER_SHARDS", "3")
    shards.take(0)
    return bank


def put_ahead(bank: SmallBank, shard: str, last_entry_at: str) -> None:
    """Store one of the bank's own accounts, with its last entry at a moment."""
    bank.open(shard, customer_id=None, last_entry_at=last_entry_at)


def shard_of(bank: SmallBank, request: PostingRequest) -> str:
    """Post a request and return the shard of the bank's own account that it was posted to."""
    [shard] = [one["account_id"] for one in ledger.post(request).transaction.entries if one["account_id"] in SHARDS]
    return str(shard)


def test_post_after_an_entry_too_far_ahead_of_the_clock_writes_nothing(bank: SmallBank) -> None:
    bank.open("ahead", 100, last_entry_at="2026-11-22T12:00:00.000000Z")
    before = deepcopy(bank.dynamodb.table("bank").items)
    for request in (bank.request({"ahead": -30, "b": 30}), bank.request({"b": -30, "ahead": 30})):
        with pytest.raises(ClockSkew):
            ledger.post(request)
        with pytest.raises(ClockSkew):
            ledger.hold(request, "2026-11-23T12:00:00.000000Z")
        with pytest.raises(ClockSkew):
            ledger.post_if_clear(request, lambda _: None)
    assert bank.dynamodb.table("bank").items == before
    assert bank.dynamodb.table("ledger").items == {}


def test_post_refused_for_a_clock_succeeds_under_its_key_when_time_has_passed(bank: SmallBank) -> None:
    bank.open("ahead", 100, last_entry_at="2026-11-21T12:01:00.000000Z")
    request = bank.request({"ahead": -30, "b": 30})
    with pytest.raises(ClockSkew) as raised:
        ledger.post(request)
    bank.later(seconds=raised.value.retry_after_seconds or 0)
    assert ledger.post(request).transaction.status == "posted"
    assert bank.entries("b")[0].created_at == "2026-11-21T12:01:00.000001Z"


def test_shard_that_another_clock_put_ahead_dates_no_stranger(three_shards: SmallBank) -> None:
    for shard in SHARDS[:2]:
        put_ahead(three_shards, shard, TOMORROW)
    for _ in range(2):
        assert shard_of(three_shards, three_shards.request({"a": 30, CASH: -30})) == SHARDS[2]
    assert [entry.created_at for entry in three_shards.entries("a")] == [NOON_TEXT, "2026-11-21T12:00:00.000001Z"]


def test_any_shard_that_is_in_time_may_be_the_next(three_shards: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else all workers would meet at the one that is least advanced."""
    monkeypatch.setattr(random, "choice", lambda names: names[0])
    put_ahead(three_shards, SHARDS[0], TOMORROW)
    put_ahead(three_shards, SHARDS[1], "2026-11-21T12:00:00.100000Z")
    assert shard_of(three_shards, three_shards.request({"a": 30, CASH: -30})) == SHARDS[1]


def test_worker_keeps_the_shard_that_is_in_time(three_shards: SmallBank) -> None:
    """The call of DynamoDB that finds one is made once."""
    for shard in SHARDS[:2]:
        put_ahead(three_shards, shard, TOMORROW)
    calls = []
    for _ in range(3):
        three_shards.dynamodb.sent.clear()
        ledger.post(three_shards.request({"a": 30, CASH: -30}))
        calls.append([operation for operation, _ in three_shards.dynamodb.sent])
    assert calls == [[BATCH_GET, BATCH_GET, WRITE], [BATCH_GET, WRITE], [BATCH_GET, WRITE]]


def test_shard_a_tenth_of_a_second_ahead_is_kept(three_shards: SmallBank) -> None:
    put_ahead(three_shards, SHARDS[0], "2026-11-21T12:00:00.100000Z")
    assert shard_of(three_shards, three_shards.request({"a": 30, CASH: -30})) == SHARDS[0]
    put_ahead(three_shards, SHARDS[0], "2026-11-21T12:00:00.100001Z")
    assert shard_of(three_shards, three_shards.request({"b": 30, CASH: -30})) != SHARDS[0]


def test_shard_no_later_than_the_customer_s_last_entry_is_kept(three_shards: SmallBank) -> None:
    three_shards.open("late", 100, last_entry_at="2026-11-21T12:00:03.000000Z")
    put_ahead(three_shards, SHARDS[0], "2026-11-21T12:00:03.000000Z")
    assert shard_of(three_shards, three_shards.request({"late": 30, CASH: -30})) == SHARDS[0]


@pytest.mark.parametrize("ahead", [CASH, OTHER_CASH])
def test_shard_is_left_where_one_of_two_accounts_of_the_bank_is_ahead_there(
    three_shards: SmallBank, ahead: str
) -> None:
    for name in (CASH, OTHER_CASH):
        put_ahead(three_shards, f"{name}.000", TOMORROW if name == ahead else "2026-11-21T11:00:00.000000Z")
    made = ledger.post(three_shards.request({CASH: 30, OTHER_CASH: -30}, kind="vault_movement")).transaction
    assert made.posted_at == NOON_TEXT
    numbers = {entry["account_id"].rpartition(".")[2] for entry in made.entries}
    assert len(numbers - {"000"}) == 1, "both accounts have the same other shard"


def test_least_advanced_shard_is_used_where_all_are_ahead(three_shards: SmallBank) -> None:
    for second, shard in zip((4, 2, 3), SHARDS, strict=True):
        put_ahead(three_shards, shard, f"2026-11-21T12:00:0{second}.000000Z")
    assert shard_of(three_shards, three_shards.request({"a": 30, CASH: -30})) == SHARDS[1]
    assert three_shards.entries("a")[0].created_at == "2026-11-21T12:00:02.000001Z"


def test_post_is_refused_where_every_shard_is_too_far_ahead(three_shards: SmallBank) -> None:
    for shard in SHARDS:
        put_ahead(three_shards, shard, TOMORROW)
    with pytest.raises(ClockSkew):
        ledger.post(three_shards.request({"a": 30, CASH: -30}))
    assert three_shards.entries("a") == []


def test_one_more_shard_is_the_way_out_where_all_are_too_far_ahead(
    three_shards: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    for shard in SHARDS:
        put_ahead(three_shards, shard, TOMORROW)
    monkeypatch.setenv("LEDGER_SHARDS", "4")
    ledger.post(three_shards.request({"a": 30, CASH: -30}))
    assert three_shards.entries("a")[0].created_at == NOON_TEXT
    assert len(three_shards.entries(f"{CASH}.003")) == 1


def test_vault_too_far_ahead_is_not_replaced_by_a_shard(three_shards: SmallBank) -> None:
    put_ahead(three_shards, shards.vault(CASH), TOMORROW)
    with pytest.raises(ClockSkew):
        ledger.post(three_shards.request({"a": 30, shards.vault(CASH): -30}))


@pytest.fixture
def machine(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> SmallBank:
    """Return a bank on a machine whose clock is right: noon, as on DynamoDB's."""
    monkeypatch.setattr(clock, "system_now", lambda: bank.now)
    bank.dynamodb.date = NOON
    return bank


@pytest.mark.parametrize("seconds", [7, 3600, -6, -3600])
def test_machine_with_a_wrong_clock_posts_nothing(machine: SmallBank, seconds: int) -> None:
    """Accounts that no other machine has used would not show it."""
    machine.later(seconds=seconds)
    for request in (machine.request({"a": -30, "b": 30}), machine.request({"a": 30, CASH: -30})):
        with pytest.raises(ClockSkew) as raised:
            ledger.post(request)
        assert raised.value.retry_after_seconds == 1
        with pytest.raises(ClockSkew):
            ledger.hold(request, "2026-11-24T12:00:00.000000Z")
    assert machine.dynamodb.table("ledger").items == {}
    assert (machine.account("a").held, machine.account("a").balance) == (0, 100)


@pytest.mark.parametrize("seconds", [6, 0, -5])
def test_machine_whose_clock_may_be_right_posts(machine: SmallBank, seconds: int) -> None:
    """The date of an answer is cut to whole seconds, and so 6 may be 5."""
    machine.later(seconds=seconds)
    assert ledger.post(machine.request({"a": -30, "b": 30})).transaction.status == "posted"


def test_machine_posts_again_when_its_clock_is_right_again(machine: SmallBank) -> None:
    request = machine.request({"a": -30, "b": 30})
    machine.later(minutes=-4)
    with pytest.raises(ClockSkew):
        ledger.post(request)
    machine.later(minutes=4)
    assert ledger.post(request).transaction.status == "posted"
    assert machine.entries("a")[0].created_at == NOON_TEXT


def test_answer_that_was_long_under_way_does_not_count_against_the_clock(machine: SmallBank) -> None:
    machine.dynamodb.next(BATCH_GET, after(lambda: machine.later(seconds=20)))
    assert ledger.post(machine.request({"a": -30, "b": 30})).transaction.status == "posted"


def test_bank_s_clock_may_be_set_where_the_machine_s_is_right(
    machine: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demo in the future."""
    monkeypatch.setattr(clock, "system_now", lambda: NOON)
    machine.later(days=30)
    assert ledger.post(machine.request({"a": -30, "b": 30})).transaction.created_at == "2026-12-21T12:00:00.000000Z"


def test_date_that_is_none_is_skipped(machine: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fake_dynamodb.wire.format_datetime", lambda *_, **__: "yesterday")
    assert ledger.post(machine.request({"a": -30, "b": 30})).transaction.status == "posted"


def test_hold_is_not_released_by_a_machine_that_is_ahead(machine: SmallBank) -> None:
    held = ledger.hold(machine.request({"a": -30, "b": 30}), "2026-11-21T12:04:00.000000Z").transaction
    machine.later(minutes=4)
    with pytest.raises(ClockSkew):
        ledger.expire(held.id, customer())
    assert (machine.account("a").held, machine.transaction(held.id).status) == (30, "pending")
