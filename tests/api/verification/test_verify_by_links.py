"""What an operator's command finds by comparing sums is what is found one by one, whatever was tampered with."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import compact
from chalicelib.services.progress import ignore
from chalicelib.services.verification import verify_audit, verify_by_links, verify_parts
from chalicelib.services.verification.verify import Verdict, verify_bank
from infra.maintenance.scans import SCANS
from sampledata.population import Population, populate
from tests.api.helpers import cloud
from tests.api.helpers.accounts import deposit, opened
from tests.api.helpers.bank import Api, Json, User, counted_calls, items
from tests.api.helpers.cloud import Saved
from tests.api.helpers.events import event_rows, event_table
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.tampering import change, entries_of, rewrite, table, write

POPULATION = Population(3, tellers=1, movements=3, since=datetime(2026, 5, 1, tzinfo=UTC))
WHERE_LINKS_DIFFER = "entries and transactions differ: comparing them one by one"


@pytest.fixture
def populated(bank: People, empty_tables: Saved, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing else is in the tables, and it is a day later."""
    cloud.restore(empty_tables)
    populate(POPULATION)
    clock.set_clock(lambda: POPULATION.until + timedelta(days=1))
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", (0.0,))
    yield
    clock.set_clock(None)


def by_links(told: list[str] | None = None) -> Verdict:
    return verify_by_links.verify(ignore if told is None else told.append, SCANS)


def accounts() -> list[Json]:
    """Customers' accounts, as items of the table."""
    return sorted((one for one in items(type="account") if one["id"].startswith("acc_")), key=lambda one: one["id"])


def second_entry() -> Entry:
    return entries_of(accounts()[0])[1]


def transaction_of(entry: Entry) -> Json:
    [found] = items(type="transaction", id=entry.transaction_id)
    return found


def alter_entry(**values: Any) -> Callable[[], None]:
    def tamper() -> None:
        write(Entry(**{**vars(second_entry()), **values}))

    return tamper


def alter_transaction(**values: Any) -> Callable[[], None]:
    def tamper() -> None:
        found = transaction_of(second_entry())
        change("bank", found["pk"], found["sk"], **values)

    return tamper


def alter_line(**values: Any) -> Callable[[], None]:
    def tamper() -> None:
        found = transaction_of(second_entry())
        first, *others = json.loads(found["entries"])
        change("bank", found["pk"], found["sk"], entries=compact([first | values, *others]))

    return tamper


def delete(item: Json) -> None:
    table("bank").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def remove_transaction() -> None:
    delete(transaction_of(second_entry()))


def remove_entry() -> None:
    entry = second_entry()
    table("ledger").delete_item(Key={"pk": f"ACCOUNT#{entry.account_id}", "sk": f"{entry.created_at}#{entry.seq:012d}"})


def swap_transactions() -> None:
    """Two transactions change places, so that no sum of amounts changes."""
    first, second = (transaction_of(entry) for entry in entries_of(accounts()[0])[:2])
    change("bank", first["pk"], first["sk"], entries=second["entries"])
    change("bank", second["pk"], second["sk"], entries=first["entries"])


def list_one_account_twice() -> None:
    found = transaction_of(second_entry())
    lines = json.loads(found["entries"])
    change("bank", found["pk"], found["sk"], entries=compact([*lines, lines[0], lines[1]]))


def invent_transaction() -> None:
    """A posted transaction that no entry names, with an id of its own."""
    found = transaction_of(second_entry())
    name = f"txn_{'7' * 26}"
    table("bank").put_item(Item={**found, "pk": f"TXN#{name}", "id": name})


def unlist_transaction() -> None:
    """The transaction is taken off the list of its day, so no list shows it, and no digest looks for its entries."""
    found = transaction_of(second_entry())
    table("bank").update_item(Key={"pk": found["pk"], "sk": found["sk"]}, UpdateExpression="REMOVE gsi1pk, gsi1sk")


def rewrite_both_chains() -> None:
    """One account pays another in all chains and balances, and in the transaction: only the audit is left."""
    found = transaction_of(second_entry())
    payer, payee = (one["account_id"] for one in json.loads(found["entries"]))
    rewrite({"id": payer}, {"id": payee}, int(found["amount"]), 1)


def unlist_account() -> None:
    first = accounts()[0]
    table("bank").update_item(
        Key={"pk": first["pk"], "sk": first["sk"]},
        UpdateExpression="REMOVE gsi2pk SET balance = balance + :one",
        ExpressionAttributeValues={":one": 1},
    )


def tell_another_customer() -> None:
    """An event of one customer's account is on the list of another one, who was not to be told."""
    told, other = (one["customer_id"] for one in accounts()[:2])
    row = event_rows(recipient=told)[0]
    event_table().put_item(Item=row | {"pk": f"CUSTOMER#{other}", "recipient": other})


def double_event() -> None:
    """An event is on two of the lists of its day."""
    row = event_rows(recipient="bank")[0]
    event_table().put_item(Item=row | {"pk": f"{row['pk'][:-1]}{(int(row['pk'][-1]) + 1) % 4}"})


def remove_event() -> None:
    row = event_rows(recipient="bank")[0]
    event_table().delete_item(Key={"pk": row["pk"], "sk": row["sk"]})


TAMPERINGS: dict[str, Callable[[], None]] = {
    "entry's amount": alter_entry(amount=1),
    "entry's balance": alter_entry(balance_after=1),
    "entry's transaction": alter_entry(transaction_id="txn_none"),
    "entry's type": alter_entry(type="transfer"),
    "entry's currency": alter_entry(currency="EUR"),
    "entry's hash": alter_entry(hash="0" * 64),
    "entry's predecessor": alter_entry(prev_hash="0" * 64),
    "entry in the future": alter_entry(created_at="2099-01-01T00:00:00.000000Z"),
    "no entry": remove_entry,
    "transaction's amount": alter_transaction(amount=1),
    "transaction's type": alter_transaction(transaction_type="transfer"),
    "transaction's currency": alter_transaction(currency="EUR"),
    "transaction's status": alter_transaction(status="pending"),
    "transaction's moment": alter_transaction(posted_at="2026-05-01T00:00:00.000000Z"),
    "transaction in the future": alter_transaction(posted_at="2099-01-01T00:00:00.000000Z"),
    "transaction's entries": alter_transaction(entries="[]"),
    "transaction's id": alter_transaction(id="txn_none"),
    "transaction's kind": alter_transaction(type="key"),
    "no transaction": remove_transaction,
    "line's amount": alter_line(amount=1),
    "line's balance": alter_line(balance_after=1),
    "line's seq": alter_line(seq=1),
    "line's account": alter_line(account_id="acc_none"),
    "lines of two transactions": swap_transactions,
    "account listed twice": list_one_account_twice,
    "transaction without entries": invent_transaction,
    "transaction that is not listed": unlist_transaction,
    "transaction on the list of another day": alter_transaction(gsi1pk="DAY#2020-01-01#0"),
    "transaction at another time of its day": alter_transaction(gsi1sk="2026-05-01T00:00:00.000000Z"),
    "transaction of another initiator": alter_transaction(gsi2pk="USER#usr_none"),
    "both chains": rewrite_both_chains,
    "account that is not listed": unlist_account,
    "event told to another customer": tell_another_customer,
    "event told twice": double_event,
    "no event": remove_event,
}


@pytest.mark.usefixtures("populated")
@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_named(name: str) -> None:
    """Here and one by one. If a transaction was altered, here it is named itself, there an account that it moved."""
    there_before = {f"{item['pk']} {item['sk']}": item for item in items(type="transaction")}
    TAMPERINGS[name]()
    altered = [item for item in items(type="transaction") if there_before.get(f"{item['pk']} {item['sk']}") != item]
    lines = [line for item in altered for line in json.loads(item["entries"])]
    names = {item["id"] for item in altered} | {line["account_id"] for line in lines}
    expected, found = verify_bank(ignore).broken, by_links().broken
    assert expected
    assert found
    is_same = (found.where, found.expected, found.found) == (expected.where, expected.expected, expected.found)
    assert is_same or any(one in found.where for one in names)


@pytest.mark.usefixtures("populated")
@pytest.mark.parametrize("status", ["failed", "voided", "pending"])
def test_unlisted_transaction_without_entries_is_named(status: str) -> None:
    """Nothing else leads to it: neither an entry nor a list."""
    found = transaction_of(second_entry())
    name = f"txn_{'7' * 26}"
    changed = {"pk": f"TXN#{name}", "id": name, "status": status, "entries": "[]"}
    hidden = {field: value for field, value in found.items() if not field.startswith("gsi1") and field != "posted_at"}
    table("bank").put_item(Item=hidden | changed)
    broken = by_links().broken
    assert broken
    assert (broken.where, broken.found) == (f"{name}: gsi1pk", None)


@pytest.mark.usefixtures("populated")
def test_whole_bank_holds_and_nothing_is_read_twice() -> None:
    told = list[str]()
    with counted_calls() as calls:
        found = by_links(told)
    assert WHERE_LINKS_DIFFER not in told
    assert found == verify_bank(ignore)
    movements, accounts_there = 9, 3 + 3
    assert (found.checked.transactions, found.checked.accounts) == (movements, accounts_there)
    assert calls["Scan"] == 2  # of all transactions, and of all events
    # All accounts, all transactions, their audit records and events; the events of each account; besides, the lists of
    # branches, of customers and of their endpoints.
    assert calls["BatchGetItem"] == 4 + accounts_there + 3


@pytest.mark.usefixtures("populated")
def test_counters_that_the_audit_leaves_out_are_no_missing_records() -> None:
    customer = items(type="customer")[0]
    counter = {name: customer[name] for name in ("pk", "created_at", "updated_at", "updated_by", "request_id")}
    counter |= {"sk": "COUNT", "version": 1, "type": "payee_verification_count"}
    table("bank").put_item(Item=counter)
    assert verify_bank(ignore).broken is None
    table("bank").put_item(Item=counter | {"type": "payee_verification"})
    broken = verify_bank(ignore).broken
    assert broken, "what the audit knows of is looked for"
    assert broken.where == f"audit of {customer['pk']} COUNT, version 1"


@pytest.mark.usefixtures("populated")
def test_line_that_only_the_sums_tell_is_looked_for_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit of the transaction tells it, too, so it is left out here."""
    monkeypatch.setattr(verify_audit, "prove_transactions", lambda *_, **__: 0)
    told = list[str]()
    alter_line(balance_after=1)()
    broken = by_links(told).broken
    assert WHERE_LINKS_DIFFER in told
    assert broken
    assert broken.where == f"{second_entry().account_id} entry {second_entry().seq}: balance_after"


def test_posting_in_the_meantime_is_no_false_alarm(
    client: Api, customer: User, empty_bank: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", (0.0,))
    account = opened(client, customer, "100.00")
    told = list[str]()
    with just_before("Scan", lambda: deposit(client, customer, account, "5.00").ok(201)):
        found = by_links(told)
    assert found.broken is None
    assert WHERE_LINKS_DIFFER not in told
