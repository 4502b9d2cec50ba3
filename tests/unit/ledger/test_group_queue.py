"""What a request that waits for a group looks at: its record, its intent and the lease, in one call."""

import pytest

from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.group_queue import Progress, read_progress
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.intent import FoundIntent, Intent, delete
from tests.fake_dynamodb.wire import BATCH_GET
from tests.small_bank import NOON, SmallBank

LATER = NOON.replace(minute=5)


@pytest.fixture
def intent(bank: SmallBank) -> Intent:
    """Return the intent of a transfer to the busy account a, stored."""
    bank.open("a", 0)
    bank.open("b", 100, owner=2)
    made = Intent.new("a", "txn_1", {"amount": "1.00"}, NOON, LATER)
    made.store()
    return made


def test_look_at_a_request_that_waits_finds_its_intent_and_no_record(bank: SmallBank, intent: Intent) -> None:
    assert read_progress("a", "txn_1", intent) == Progress(record=None, is_waiting=True, lease=None)


def test_look_finds_the_record_and_who_leads(bank: SmallBank, intent: Intent) -> None:
    HotAccount.take("a", None, "leader", NOON)
    HotAccount.take("b", None, "another", NOON)
    request = bank.request({"b": -1, "a": 1})
    made = ledger.post(request).transaction
    delete([intent.own_key])
    found = read_progress("a", made.id, intent)
    assert found.record
    assert found.lease
    assert (found.record.id, found.is_waiting, found.lease.holder) == (made.id, False, "leader")


def test_look_reads_the_record_alone_consistently_which_costs_half(bank: SmallBank, intent: Intent) -> None:
    """A lease is taken on a condition, so an old one misleads nobody; an old record would post twice."""
    bank.dynamodb.sent.clear()
    read_progress("a", "txn_1", intent)
    [(operation, sent)] = bank.dynamodb.sent
    assert operation == BATCH_GET
    consistent = {table: asked["ConsistentRead"] for table, asked in sent["RequestItems"].items()}
    assert consistent == {"florin-unit-bank": True, "florin-unit-reports": False}


def test_intents_are_found_in_the_order_of_their_arrival(bank: SmallBank) -> None:
    for minute, name in ((2, "txn_a"), (1, "txn_c"), (1, "txn_b"), (0, "txn_d")):
        Intent.new("a", name, {"name": name}, NOON.replace(minute=minute), LATER).store()
    Intent.new("other", "txn_e", {"name": "txn_e"}, NOON, LATER).store()
    found = [one.intent.request["name"] for one in Intent.oldest("a", 3) if one.intent]
    assert found == ["txn_d", "txn_b", "txn_c"]
    assert bank.dynamodb.sent[-1][1]["ConsistentRead"], "a leader finds what was stored a moment ago"


def test_intent_waits_until_its_end_and_may_be_removed_ten_minutes_later() -> None:
    made = Intent.new("a", "txn_1", {}, NOON, LATER)
    assert not made.is_over(NOON.replace(minute=4))
    assert made.is_over(LATER)
    assert made.expires_at == int(NOON.replace(minute=15).timestamp())


@pytest.mark.parametrize("name", ["request", "until"])
def test_intent_that_nobody_can_read_is_found_by_its_key(bank: SmallBank, intent: Intent, name: str) -> None:
    """So that it can be deleted, and stops no group."""
    stored = bank.dynamodb.table("reports").items[intent.own_key]
    stored[name] = {"N": "7"}
    assert Intent.oldest("a", 9) == [FoundIntent(intent.own_key, None)]


@pytest.mark.parametrize(("count", "calls"), [(0, []), (25, [25]), (26, [25, 1])])
def test_intents_are_deleted_25_at_a_call(bank: SmallBank, count: int, calls: list[int]) -> None:
    for number in range(count + 1):
        Intent.new("a", f"txn_{number:02}", {}, NOON, LATER).store()
    bank.dynamodb.sent.clear()
    delete([one.key for one in Intent.oldest("a", count)] if count else [])
    sizes = [
        len(sent["RequestItems"]["florin-unit-reports"]) for _, sent in bank.dynamodb.sent if "RequestItems" in sent
    ]
    assert sizes == calls
    assert [one.key[1] for one in Intent.oldest("a", 9)] == [f"2026-11-21T12:00:00.000000Z#txn_{count:02}"]
