"""Whatever is altered in a chain is found, and named."""

import pickle
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.domain.audit.record import Record, record_hash, record_of
from chalicelib.domain.audit.stream_change import Change
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.entry import Entry, EntryDetails
from chalicelib.domain.ledger.hash_chain import GENESIS, entry_hash
from chalicelib.domain.verification.checks import AuditChain, Broken, EntryChain, require_transaction

Json = dict[str, Any]
CUT = "2026-11-21T09:00:00.000000Z"


@dataclass
class Posting:
    id: str
    entries: list[Json]
    posted_at: str
    transaction_type: str = "deposit"
    status: str = "posted"
    amount: int = 100
    currency: str = "USD"
    legs: list[tuple[str, int]] | None = None
    from_account_id: str | None = None
    to_account_id: str | None = None
    details: EntryDetails | None = None

    def due_details(self, account_id: str) -> EntryDetails | None:
        return self.details if account_id else None


def moment(number: int) -> str:
    return f"2026-11-21T08:30:{number:02d}.000000Z"


def written(*amounts: int) -> tuple[list[Entry], dict[str, Posting]]:
    """Entries of one account as the ledger writes them, and their transactions."""
    position, entries = Position("acc_1", "USD"), []
    for number, amount in enumerate(amounts, 1):
        position, entry = position.enter(f"txn_{number}", "deposit", amount, moment(number))
        entries.append(entry)
    return entries, {entry.transaction_id: posting(entry) for entry in entries}


def posting(entry: Entry) -> Posting:
    listed = {name: getattr(entry, name) for name in ("account_id", "seq", "amount", "balance_after")}
    other = {"account_id": "gl.cash", "seq": entry.seq, "amount": -entry.amount, "balance_after": -entry.balance_after}
    return Posting(entry.transaction_id, [listed, other], entry.created_at, amount=abs(entry.amount))


def follow(entries: list[Entry], transactions: dict[str, Posting]) -> EntryChain:
    chain = EntryChain("acc_1", "USD")
    for entry in entries:
        chain.follow(entry, transactions.get(entry.transaction_id))
    return chain


def test_entry_dated_after_the_verification_is_named() -> None:
    entries, transactions = written(100, 50)
    chain = EntryChain("acc_1", "USD", until=moment(1))
    chain.follow(entries[0], transactions["txn_1"])
    with pytest.raises(Broken) as raised:
        chain.follow(entries[1], transactions["txn_2"])
    assert (raised.value.where, raised.value.found) == ("acc_1 entry 2: created_at", moment(2))
    assert str(raised.value.expected).startswith(moment(1))


def broken_link(entries: list[Entry], transactions: dict[str, Posting]) -> Broken:
    with pytest.raises(Broken) as raised:
        follow(entries, transactions)
    return raised.value


def recomputed(entries: list[Entry]) -> list[Entry]:
    """The chain as somebody would compute it again who has altered amounts and wants it to hold."""
    balance, previous, chain = 0, GENESIS, []
    for entry in entries:
        balance += entry.amount
        altered = replace(entry, balance_after=balance, prev_hash=previous)
        previous = entry_hash(altered)
        chain.append(replace(altered, hash=previous))
    return chain


def test_a_chain_as_written_holds_and_leads_to_where_the_account_stands() -> None:
    entries, transactions = written(100, -30, 5)
    chain = follow(entries, transactions)
    chain.require_head(3, 75, entries[-1].hash, moment(3))
    assert (chain.seq, chain.balance) == (3, 75)


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("account_id", "acc_2", "account_id"),
        ("seq", 3, "seq"),
        ("transaction_id", "txn_1", "seq in txn_1"),
        ("transaction_id", "txn_9", "transaction_id"),
        ("type", "reversal", "type"),
        ("amount", -31, "amount"),
        ("currency", "EUR", "currency"),
        ("balance_after", 71, "balance_after"),
        ("created_at", moment(1), "created_at"),
        ("prev_hash", "0" * 64, "prev_hash"),
        ("hash", "0" * 64, "hash"),
    ],
)
def test_an_altered_field_is_named_with_its_account_and_number(name: str, value: object, where: str) -> None:
    entries, transactions = written(100, -30, 5)
    expected = getattr(entries[1], name)
    entries[1] = replace(entries[1], **{name: value})  # type: ignore[arg-type]
    broken = broken_link(entries, transactions)
    assert broken.where == f"acc_1 entry 2: {where}"
    if where == name and name != "transaction_id":
        assert (broken.expected, broken.found) == (expected, value)


def test_an_entry_that_is_gone_is_named() -> None:
    entries, transactions = written(100, -30, 5)
    del entries[1]
    broken = broken_link(entries, transactions)
    assert (broken.where, broken.expected, broken.found) == ("acc_1 entry 2: seq", 2, 3)


def test_an_altered_amount_is_named_though_all_hashes_were_computed_again() -> None:
    entries, transactions = written(100, -30, 5)
    entries[1] = replace(entries[1], amount=-3)
    broken = broken_link(recomputed(entries), transactions)
    assert (broken.where, broken.expected, broken.found) == ("acc_1 entry 2: amount", -30, -3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seq", 9),
        ("account_id", "acc_2"),
        ("currency", "EUR"),
        ("prev_hash", "0" * 64),
        ("balance_after", 10**6),
        ("created_at", moment(2)),
    ],
)
def test_last_entry_that_is_forged_with_a_hash_that_fits_is_named(name: str, value: object) -> None:
    """No entry after it shows that its hash was another one, and nothing lists it where links are compared."""
    entries, _ = written(100, -30, 5)
    forged = replace(entries[2], **{name: value})  # type: ignore[arg-type]
    chain = EntryChain("acc_1", "USD")
    for entry in entries[:2]:
        chain.follow(entry, None, is_linked=True)
    with pytest.raises(Broken, match=f"acc_1 entry 3: {name}"):
        chain.follow(replace(forged, hash=entry_hash(forged)), None, is_linked=True)


def test_failed_check_is_the_same_in_another_process() -> None:
    found = pickle.loads(pickle.dumps(Broken("acc_1: balance", 5, 6)))  # noqa: S301 — its own bytes
    assert (found.where, found.expected, found.found) == ("acc_1: balance", 5, 6)
    assert str(found) == "acc_1: balance: expected 5, found 6"


def test_entry_that_is_not_later_than_the_one_before_is_named_though_all_agrees() -> None:
    """Of an insider who backdates a payment, in its transaction too, and computes all hashes again."""
    for number in (0, 1):
        entries, transactions = written(100, -30, 5)
        entries[1] = replace(entries[1], created_at=moment(number))
        transactions["txn_2"].posted_at = moment(number)
        broken = broken_link(recomputed(entries), transactions)
        assert (broken.where, broken.found) == ("acc_1 entry 2: created_at", moment(number))
        assert broken.expected == f"later than {moment(1)}"


def test_transaction_that_lists_an_account_twice_is_named_where_links_are_compared() -> None:
    """Two lines of one account could have one entry: the links of the other line would be made up elsewhere."""
    [entry], transactions = written(100)
    transaction = transactions["txn_1"]
    require_transaction(transaction, None)
    for account_id in ("acc_1", "acc_0"):
        twice = [*transaction.entries, *({"account_id": account_id, "seq": 2, "amount": 0} for _ in range(2))]
        with pytest.raises(Broken, match="txn_1: accounts that it lists"):
            require_transaction(replace(transaction, entries=twice), None)
    assert entry.account_id == "acc_1"


def test_entry_whose_links_are_compared_needs_no_transaction_to_be_named() -> None:
    entries, _ = written(100, -30, 5)
    chain = EntryChain("acc_1", "USD")
    chain.follow(entries[0], None, is_linked=True)
    with pytest.raises(Broken, match="acc_1 entry 2: balance_after"):
        chain.follow(replace(entries[1], balance_after=1), None, is_linked=True)
    with pytest.raises(Broken, match="acc_1 entry 2: transaction_id: expected a transaction"):
        chain.follow(replace(entries[1], balance_after=1), None)


def test_payer_and_payee_of_what_is_going_to_move_are_its_parties() -> None:
    def pending(payer: str, payee: str, amount: int = 5) -> Posting:
        legs = [(payer, -amount), (payee, amount)]
        return Posting("txn_1", [], "", status="pending", legs=legs, from_account_id="acc_1", to_account_id="acc_2")

    require_transaction(pending("acc_1", "acc_2", 1), {})
    require_transaction(pending("gl.cash.brn_1.USD", "acc_2"), {})
    require_transaction(pending("acc_1", "gl.cash.brn_1.USD"), {})
    for payer, payee, where in (("acc_3", "acc_2", "from_account_id"), ("acc_1", "acc_3", "to_account_id")):
        for amount in (1, 5):
            with pytest.raises(Broken, match=f"txn_1: {where}: expected acc_3"):
                require_transaction(pending(payer, payee, amount), {})


def test_an_entry_that_its_transaction_does_not_list_is_named() -> None:
    entries, transactions = written(100, -30)
    transactions["txn_2"].entries = transactions["txn_2"].entries[1:]
    assert broken_link(entries, transactions).where == "acc_1 entry 2: transaction_id"
    transactions["txn_2"].status = "voided"
    assert broken_link(entries, transactions).where == "acc_1 entry 2: status of txn_2"


@pytest.mark.parametrize(
    ("altered", "where"),
    [
        ({"last_seq": 2}, "last_seq"),
        ({"balance": 76}, "balance"),
        ({"last_hash": "0" * 64}, "last_hash"),
        ({"last_entry_at": moment(2)}, "last_entry_at"),
    ],
)
def test_an_account_that_does_not_say_what_its_entries_say_is_named(altered: Json, where: str) -> None:
    chain = EntryChain("acc_1", "USD", seq=3, balance=75, hash="a" * 64, at=moment(3))
    head: Json = {"last_seq": 3, "balance": 75, "last_hash": "a" * 64, "last_entry_at": moment(3)} | altered
    with pytest.raises(Broken, match=f"^acc_1: {where}: "):
        chain.require_head(**head)


def test_a_transaction_must_sum_to_zero_and_find_its_entries() -> None:
    [entry], transactions = written(100)
    transaction = transactions["txn_1"]
    other = replace(entry, account_id="gl.cash", amount=-100)
    entries = {("acc_1", 1): entry, ("gl.cash", 1): other}
    require_transaction(transaction, entries)

    def broken(altered: Posting, found: dict[tuple[str, int], Entry]) -> str:
        with pytest.raises(Broken) as raised:
            require_transaction(altered, found)
        return raised.value.where

    less = [transaction.entries[0], transaction.entries[1] | {"amount": -99}]
    assert broken(replace(transaction, entries=less), entries) == "txn_1: sum of its entries"
    assert broken(replace(transaction, amount=99), entries) == "txn_1: amount"
    assert broken(replace(transaction, status="failed"), entries) == "txn_1: entries of what is failed"
    assert broken(transaction, {("acc_1", 1): entry}) == "gl.cash entry 1"
    assert broken(transaction, entries | {("gl.cash", 1): replace(other, amount=-1)}) == "gl.cash entry 1: amount"
    foreign = replace(other, transaction_id="txn_2")
    assert broken(transaction, entries | {("gl.cash", 1): foreign}) == "gl.cash entry 1: transaction_id"
    foreign = replace(other, currency="EUR")
    assert broken(transaction, entries | {("gl.cash", 1): foreign}) == "gl.cash entry 1: currency"


@dataclass
class Audited:
    """An item, and the records of how it came to be so."""

    images: list[Json] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def change(self, **fields: object) -> "Audited":
        before = self.images[-1] if self.images else None
        number = len(self.images) + 1
        image = (before or {"type": "account"}) | fields
        image |= {"version": number, "updated_at": moment(number), "updated_by": "usr_1", "request_id": "r"}
        prev_hash = self.records[-1].hash if self.records else GENESIS
        change = Change("ACCOUNT#acc_1", "ACCOUNT", before, image, moment(0), str(number))
        self.images.append(image)
        self.records.append(record_of(change, prev_hash))
        return self


@pytest.fixture
def account() -> Audited:
    return Audited().change(status="active", balance=0).change(balance=5).change(status="frozen", nickname="x")


def followed(records: list[Record]) -> AuditChain:
    chain = AuditChain("ACCOUNT#acc_1 ACCOUNT")
    for record in records:
        chain.follow(record)
    return chain


def test_records_as_written_lead_to_the_item_as_it_stands(account: Audited) -> None:
    chain = followed(account.records)
    assert chain.state == {"status": "frozen", "balance": 5}
    chain.require_item(account.images[-1], CUT, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event", "account.closed"),
        ("actor", "usr_2"),
        ("at", moment(9)),
        ("request_id", "other"),
        ("before", {"balance": 4}),
        ("after", {"balance": 4}),
        ("changed", ["nickname"]),
        ("image_digest", "0" * 64),
        ("hash", "0" * 64),
    ],
)
def test_an_altered_record_is_named(account: Audited, name: str, value: object) -> None:
    account.records[1] = replace(account.records[1], **{name: value})  # type: ignore[arg-type]
    with pytest.raises(Broken, match=r"^audit of ACCOUNT#acc_1 ACCOUNT, version 2: hash: "):
        followed(account.records)


def test_a_forged_record_is_named_by_the_one_that_does_not_follow_it(account: Audited) -> None:
    forged = replace(account.records[1], actor="usr_2")
    account.records[1] = replace(forged, hash=record_hash(forged))
    with pytest.raises(Broken, match=r"^audit of ACCOUNT#acc_1 ACCOUNT, version 3: prev_hash: "):
        followed(account.records)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_record_is_named(account: Audited, missing: int) -> None:
    del account.records[missing]
    with pytest.raises(Broken, match=f"version {missing + 1}: version: expected {missing + 1}, found {missing + 2}"):
        followed(account.records)


def test_the_last_record_is_missed_once_it_should_be_there(account: Audited) -> None:
    chain = followed(account.records[:-1])
    chain.require_item(account.images[-1], cut=moment(2), now_seconds=0)
    with pytest.raises(Broken, match=r"^audit of ACCOUNT#acc_1 ACCOUNT, version 3: expected a record"):
        chain.require_item(account.images[-1], CUT, 0)
    with pytest.raises(Broken, match=r"version 1: expected a record, up to 3"):
        followed([]).require_item(account.images[-1], CUT, 0)


def test_owner_that_changes_is_named_though_it_was_audited() -> None:
    stolen = Audited().change(customer_id="cus_1").change(customer_id="cus_2")
    with pytest.raises(Broken) as broken:
        followed(stolen.records)
    assert broken.value.where == "audit of ACCOUNT#acc_1 ACCOUNT, version 2: customer_id"
    assert (broken.value.expected, broken.value.found) == ("cus_1, for good", "cus_2")


def test_smallest_amount_is_compared_with_its_entries() -> None:
    [entry], transactions = written(1)
    require_transaction(transactions["txn_1"], None)
    with pytest.raises(Broken, match="txn_1: amount: expected 1, found 2"):
        require_transaction(replace(transactions["txn_1"], amount=2), None)
    assert entry.amount == 1


def test_item_that_does_not_say_when_it_was_changed_is_missed_at_once(account: Audited) -> None:
    """Of an insider who hides when it was changed, as if the record were still on its way."""
    image = {name: value for name, value in account.images[-1].items() if name != "updated_at"}
    with pytest.raises(Broken) as broken:
        followed(account.records[:-1]).require_item(image, CUT, 0)
    assert (broken.value.expected, broken.value.found) == ("a record, up to 3", "nothing")


def test_a_record_of_what_never_happened_is_ahead_of_its_item(account: Audited) -> None:
    with pytest.raises(Broken, match=r"^ACCOUNT#acc_1 ACCOUNT: version: expected 3 or later, as audited, found 2"):
        followed(account.records).require_item(account.images[1], CUT, 0)


@pytest.mark.parametrize(("name", "value"), [("status", "active"), ("balance", 6), ("overdraft_limit", 1)])
def test_an_item_altered_without_a_record_is_named_by_its_field(account: Audited, name: str, value: object) -> None:
    with pytest.raises(Broken, match=rf"^ACCOUNT#acc_1 ACCOUNT: {name}: expected .*, found {value}"):
        followed(account.records).require_item(account.images[-1] | {name: value}, CUT, 0)


def test_an_item_that_is_gone_was_removed_or_had_expired(account: Audited) -> None:
    with pytest.raises(Broken, match="expected the item at version 3, as audited, found nothing"):
        followed(account.records).require_item(None, CUT, 0)
    chain = AuditChain("P S", version=1, state={"expires_at": 100})
    chain.require_item(None, CUT, now_seconds=100)
    with pytest.raises(Broken):
        chain.require_item(None, CUT, now_seconds=99)
    AuditChain("P S", version=1, removed=True).require_item(None, CUT, 0)
    with pytest.raises(Broken):
        AuditChain("P S", version=1, removed=True).require_item({"version": 1}, CUT, 0)


def test_removing_what_had_not_expired_is_named() -> None:
    """The audit has told of it; that does not make it right."""
    for expires_at, rightful in ((None, False), (2**33, False), (1, True)):
        image: Json = {"pk": "ACCOUNT#acc_1", "sk": "HOLD#txn_1", "type": "hold", "version": 1}
        image |= {} if expires_at is None else {"expires_at": expires_at}
        made = record_of(Change("ACCOUNT#acc_1", "HOLD#txn_1", None, image, moment(1), "1"), GENESIS)
        gone = record_of(Change("ACCOUNT#acc_1", "HOLD#txn_1", image, None, moment(2), "2"), made.hash)
        assert gone.actor == ("dynamodb" if rightful else "unknown")
        if rightful:
            followed([made, gone]).require_item(None, CUT, 0)
            continue
        with pytest.raises(Broken, match=r"version 2: expected what the bank does.*found hold\.removed"):
            followed([made, gone])


def test_a_change_beside_the_chain_is_named_with_what_it_touched(account: Audited) -> None:
    before = account.images[-1]
    irregular = Change("ACCOUNT#acc_1", "ACCOUNT", before, before | {"balance": 10**6}, moment(7), "42")
    with pytest.raises(Broken, match=rf"a change of balance at {moment(7)} that moved no version"):
        followed([*account.records, record_of(irregular, GENESIS)])


def test_what_is_going_to_move_must_be_between_the_parties() -> None:
    legs = [("acc_1", -5), ("acc_2", 5)]
    pending = Posting("txn_1", [], "", status="pending", legs=legs, from_account_id="acc_1", to_account_id="acc_2")
    require_transaction(pending, {})
    pending.legs = [("acc_1", -5), ("acc_3", 5)]
    with pytest.raises(Broken, match="txn_1: to_account_id"):
        require_transaction(pending, {})
