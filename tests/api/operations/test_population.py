"""A generated bank is as whole as one that has served its customers, and a month's interest is paid in it."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from bench import interest, proof
from bench.interest import FIRST
from chalicelib import clock
from chalicelib.models.accounts.account import Account
from chalicelib.services.progress import ignore
from chalicelib.services.verification import verify, verify_by_links, verify_parts
from chalicelib.services.verification.verify import Verdict, verify_bank
from chalicelib.services.verification.verify_parts import Part, Shared, Task, Work, work_elsewhere
from infra.maintenance.scans import SCANS
from sampledata import audit_trail
from sampledata.population import Population, items, populate
from tests.api.helpers import cloud
from tests.api.helpers.bank import STAGE
from tests.api.helpers.cloud import Saved
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream

POPULATION = Population(12, tellers=2, movements=2, since=datetime(2026, 5, 1, tzinfo=UTC))
ACCOUNT = next(item for item in items(POPULATION, 0) if isinstance(item, Account))


@pytest.fixture(autouse=True)
def populated(bank: People, empty_tables: Saved) -> Iterator[None]:
    """Nothing else is in the tables, and it is a day later."""
    cloud.restore(empty_tables)
    populate(POPULATION)
    clock.set_clock(lambda: POPULATION.until + timedelta(days=1))
    yield
    clock.set_clock(None)


def verified() -> Verdict:
    return verify_bank(lambda _: None)


def sent(thing: Any) -> Any:
    """What another process has of it."""
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 — our own


def elsewhere(shared: Shared, _: Work, tasks: Iterable[Task]) -> Iterator[Part]:
    """Do tasks as another process does."""
    for task in tasks:
        yield sent(work_elsewhere(sent(task), sent(shared)))


def test_a_bank_that_is_verified_in_parts_is_verified_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = verified()
    assert alone.checked.transactions
    monkeypatch.setattr(verify, "ACCOUNTS_ALONE_MAX", 0)
    monkeypatch.setattr(verify_by_links, "ENTRIES_ALONE_MAX", 0)
    monkeypatch.setattr(verify_by_links, "TRANSACTIONS_AT_ONCE", 5)
    assert verify_by_links.verify(ignore, SCANS, spread=elsewhere) == alone
    for at_once in (1, 7):
        monkeypatch.setattr(verify, "ACCOUNTS_AT_ONCE", at_once)
        assert verify_bank(lambda _: None, spread=elsewhere) == alone
    boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank").update_item(
        Key={"pk": ACCOUNT.pk, "sk": ACCOUNT.sk},
        UpdateExpression="SET balance = balance + :one",
        ExpressionAttributeValues={":one": 1},
    )
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", ())
    found = verify_bank(lambda _: None, spread=elsewhere)
    assert found.broken
    assert found.broken.where == f"{ACCOUNT.id}: balance"


def table(name: str) -> Any:
    return boto3.resource("dynamodb").Table(f"florin-{STAGE}-{name}")


def test_it_holds() -> None:
    verdict = verified()
    assert verdict.broken is None
    branch, customers, accounts, tills, movements = 1, 12, 24, 24, 24
    assert vars(verdict.checked) == {
        "accounts": 12 + 2 * 2,
        "entries": 2 * movements,
        "transactions": movements,
        "audit_records": branch + customers + accounts + tills + movements,
        "digests": 0,
        "rollups": 0,
        "stated_payments": 0,
    }


def _another_balance() -> None:
    key = {"pk": ACCOUNT.pk, "sk": ACCOUNT.sk}
    table("bank").put_item(Item=table("bank").get_item(Key=key)["Item"] | {"balance": 1})


def _an_entry_less() -> None:
    [entry] = table("ledger").query(
        KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": ACCOUNT.pk}, Limit=1
    )["Items"]
    table("ledger").delete_item(Key={"pk": entry["pk"], "sk": entry["sk"]})


def _a_record_less() -> None:
    table("audit").delete_item(Key={"pk": ACCOUNT.pk, "sk": f"{ACCOUNT.sk}#{1:012d}"})


def _no_guard() -> None:
    table("bank").delete_item(Key={"pk": f"NUMBER#{ACCOUNT.account_number}", "sk": "GUARD"})


@pytest.mark.parametrize("tamper", [_another_balance, _an_entry_less, _a_record_less, _no_guard])
def test_tampering_shows(tamper: Callable[[], None]) -> None:
    tamper()
    assert not verified().ok
    assert not verify_by_links.verify(ignore, SCANS).ok


def test_it_is_the_same_bank_each_time() -> None:
    first, again = ([item.serialize() for item in items(POPULATION, 1)] for _ in range(2))
    other = [item.serialize() for item in items(replace(POPULATION, seed=2), 1)]
    assert first == again
    assert first != other


def test_it_replaces_no_bank() -> None:
    with pytest.raises(ValueError, match="there is a bank"):
        populate(POPULATION)


def test_each_teller_needs_tills_of_its_own() -> None:
    with pytest.raises(ValueError, match="each teller"):
        Population(1, tellers=6)


def test_a_month_s_interest_is_paid_and_proven() -> None:
    stream = Stream()
    clock.set_clock(lambda: FIRST.run_at)
    tally = interest.run(FIRST)
    assert (tally.accounts, tally.credited, tally.nothing) == (12, 11, 1)
    audit_trail.write([stream.read()])
    assert proof.prove(12, [FIRST]) == "whole"


def test_a_run_that_left_somebody_out_is_not_proven() -> None:
    clock.set_clock(lambda: FIRST.run_at)
    interest.run(FIRST)
    with pytest.raises(proof.Wrong):
        proof.prove(13, [FIRST])
