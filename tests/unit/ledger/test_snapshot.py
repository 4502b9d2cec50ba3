"""What the ledger reads before it decides: the record of the key and the accounts, as they stood together."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.domain.errors import NotFound, Unauthorized
from chalicelib.domain.permissions import Caller
from chalicelib.models.batch import Wanted
from chalicelib.models.identity.session import Session
from chalicelib.models.ledger import ledger, snapshot
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import RequestRecord
from tests.fake_dynamodb.wire import BATCH_GET, refused
from tests.small_bank import NOON, NOON_TEXT, SmallBank, customer


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open("a", 100, held=7)
    bank.open("b", 5, owner=2)


def asked(bank: SmallBank) -> list[set[str]]:
    """Return the partitions that each read asked for."""
    reads = [request for operation, request in bank.dynamodb.sent if operation == BATCH_GET]
    return [{key["pk"]["S"] for key in one["RequestItems"]["florin-unit-bank"]["Keys"]} for one in reads]


def test_accounts_that_do_not_exist_are_absent_and_not_found(bank: SmallBank) -> None:
    read = snapshot.read("txn_1", ["a", "c"])
    assert (set(read.accounts), set(read.absent), read.record, list(read.others)) == ({"a"}, {"c"}, None, [])
    assert read.account("a").balance == 100
    with pytest.raises(NotFound, match="c"):
        read.account("c")


def test_record_is_read_with_the_accounts_and_others_apart(bank: SmallBank) -> None:
    made = ledger.post(bank.request({"a": -1, "b": 1})).transaction
    other = RequestRecord.of("txn_other", "fingerprint", "rul_1", customer(), NOON_TEXT)
    session = Session.new("usr_1", "ses_1", "hash", NOON).stamp(customer(), NOON)
    for item in (other, session):
        bank.put(item)
    bank.dynamodb.sent.clear()
    read = snapshot.read(made.id, ["a", "b", "a"], [Session.key("usr_1", "ses_1")])
    assert read.record
    assert (read.record.id, set(read.accounts)) == (made.id, {"a", "b"})
    assert [item.id for item in read.others.values()] == ["ses_1"]  # type: ignore[attr-defined]
    assert read.others.keys() == {Session.key("usr_1", "ses_1")}
    assert asked(bank) == [{f"TXN#{made.id}", "ACCOUNT#a", "ACCOUNT#b", "USER#usr_1"}]


def test_positions_are_those_of_all_accounts_read(bank: SmallBank) -> None:
    positions = snapshot.read("txn_1", ["a", "b"]).positions()
    assert {name: (one.balance, one.held) for name, one in positions.items()} == {"a": (100, 7), "b": (5, 0)}


def test_only_accounts_that_were_not_asked_for_are_read_later_with_the_record(bank: SmallBank) -> None:
    first = snapshot.read("txn_1", ["a", "c"])
    bank.put(RequestRecord.of("txn_1", "fingerprint", "rul_1", customer(), NOON_TEXT))
    bank.dynamodb.sent.clear()
    assert snapshot.read_missing(first, ["a", "c"], "txn_1") is first
    assert asked(bank) == []
    more = snapshot.read_missing(first, ["a", "b", "c", "d"], "txn_1")
    assert asked(bank) == [{"TXN#txn_1", "ACCOUNT#b", "ACCOUNT#d"}]
    assert (set(more.accounts), set(more.absent)) == ({"a", "b"}, {"c", "d"})
    assert more.record
    assert first.record is None


def test_accounts_that_are_added_replace_those_that_were_read(bank: SmallBank) -> None:
    read = snapshot.read("txn_1", ["a"])
    bank.open("a", 50)
    again = read.with_accounts(snapshot.read("txn_1", ["a", "b"]).accounts)
    assert {name: one.balance for name, one in again.accounts.items()} == {"a": 50, "b": 5}
    assert read.accounts["a"].balance == 100


def test_account_is_taken_as_a_write_under_way_will_leave_it_unless_it_was_read_after_that(bank: SmallBank) -> None:
    """Else what the write, or a later one, has left would be lost from the account."""
    bank.open("c", 7, ledger_version=3)
    read = snapshot.read("txn_1", ["a", "b", "c"])
    left = replace(read.account("a").position(), balance=70, ledger_version=2)
    same = replace(read.account("b").position(), balance=70)
    earlier = replace(read.account("c").position(), balance=70, ledger_version=2)
    later = read.with_later({"a": left, "b": same, "c": earlier, "unread": left})
    assert {name: (one.balance, one.ledger_version) for name, one in later.accounts.items()} == {
        "a": (70, 2),
        "b": (5, 1),
        "c": (7, 3),
    }
    assert read.account("a").balance == 100


READERS: list[Callable[[Wanted], Snapshot]] = [
    lambda wanted: snapshot.read("txn_1", ["a"], beside=[wanted]),
    lambda wanted: snapshot.read_together(["txn_1"], ["a"], beside=[wanted, wanted])[1],
]


@pytest.mark.parametrize("read", READERS)
def test_what_is_wanted_of_another_table_is_read_in_the_same_call(
    bank: SmallBank, read: Callable[[Wanted], Snapshot]
) -> None:
    item = {"pk": {"S": "PROFILE"}, "sk": {"S": "x"}, "n": {"N": "7"}}
    bank.dynamodb.table("reports").items["PROFILE", "x"] = item
    found = read(Wanted("reports", [("PROFILE", "x"), ("PROFILE", "none")], consistent=False))
    assert found.beside == {"reports": [item]}
    assert (set(found.accounts), bank.dynamodb.count(BATCH_GET)) == ({"a"}, 1)


@pytest.mark.parametrize("read", READERS)
def test_what_is_read_beside_does_not_stop_what_must_be_read(
    bank: SmallBank, read: Callable[[Wanted], Snapshot]
) -> None:
    bank.dynamodb.next(BATCH_GET, refused("ResourceNotFoundException"))
    found = read(Wanted("reports", [("PROFILE", "x")]))
    assert (set(found.accounts), found.beside) == ({"a"}, {})


def test_records_of_several_keys_are_read_together_by_transaction(bank: SmallBank) -> None:
    made = [ledger.post(bank.request({"a": -1, "b": 1})).transaction.id for _ in range(2)]
    records, read = snapshot.read_together([*made, "txn_none"], ["a", "nowhere"])
    assert {name: one.id for name, one in records.items()} == {name: name for name in made}
    assert (set(read.accounts), set(read.absent), set(read.others)) == ({"a"}, {"nowhere"}, set())
    assert read.record is None


def test_session_of_the_caller_is_read_and_the_bank_itself_has_none() -> None:
    signed_in = Caller("usr_1", "customer", "req_1", customer_id="cus_1", session_id="ses_1")
    assert snapshot.session_keys(signed_in) == [Session.key("usr_1", "ses_1")]
    assert snapshot.session_keys(customer()) == []


def test_session_that_is_gone_or_over_is_refused(bank: SmallBank) -> None:
    key = Session.key("usr_1", "ses_1")
    with pytest.raises(Unauthorized):
        snapshot.read("txn_1", ["a"], [key]).require_sessions([key])
    snapshot.read("txn_1", ["a"]).require_sessions([])
    bank.put(Session.new("usr_1", "ses_1", "hash", NOON).stamp(customer(), NOON))
    read = snapshot.read("txn_1", ["a"], [key])
    read.require_sessions([key])
    bank.later(days=30)
    with pytest.raises(Unauthorized):
        read.require_sessions([key])
