"""An account with many entries costs as many reads as its days, and the balance that earns is proven by the chain."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from chalicelib import clock
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import entry_hash
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.services.interest import credit, past_entries
from tests.api.helpers.bank import Api, Json, User, counted_calls
from tests.api.helpers.interest import World
from tests.api.helpers.tampering import change, entries_of, write

DAYS = 5
LAST = datetime(2027, 1, 20, 23, tzinfo=UTC)


def plant(account: Json, a_day: int) -> None:
    """Write as many entries on each of five days as a busy account has, as the ledger does."""
    stored = Account.by_id(account["id"])
    assert stored
    position = stored.position()
    with LedgerEntry.batch_write() as batch:
        for day in range(DAYS):
            start = LAST - timedelta(days=DAYS - day)
            for number in range(a_day):
                at = timestamp(start + timedelta(microseconds=number))
                position, entry = position.enter(f"txn_{day}_{number}", "deposit", 100 + day + number, at)
                batch.save(LedgerEntry.of(entry))
    change("bank", stored.pk, stored.sk, **position.next_version().posting_fields())


def pending_of(account: Json) -> tuple[Fraction, int]:
    """What an account has earned, and how many calls it took."""
    stored = Account.by_id(account["id"])
    assert stored
    with counted_calls() as calls:
        found = credit.pending(stored)
    return found.gross, sum(calls.values())


@pytest.fixture
def world(client: Api, customer: User, manager: User, log_in: Callable[[str], User]) -> Iterator[World]:
    """It is noon on 1 January 2027."""
    world = World(client, customer, manager, log_in)
    world.at("2027-01-01")
    yield world
    clock.set_clock(None)


@pytest.fixture
def paid(world: World) -> Json:
    """An account that was paid up to the tenth, and moved before."""
    world.at("2027-01-02")
    account = world.savings("1000.00")
    world.at("2027-01-11")
    world.apply(account).ok(201)
    world.at("2027-01-25")
    return account


@pytest.mark.parametrize("a_day", [1, 30, 300])
def test_reads_grow_with_days_and_not_with_entries(paid: Json, a_day: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(paid, a_day)
    whole, _ = pending_of(paid)
    monkeypatch.setattr(past_entries, "ENTRIES_MAX", 20)
    monkeypatch.setattr(past_entries, "ENTRIES_A_DAY_MAX", 5)
    found, calls = pending_of(paid)
    assert found == whole
    # The rates and the entry before; then the entries, or the newest and two for each day with any.
    assert calls == (3 if a_day == 1 else 3 + 2 * (DAYS + 1))


def test_quiet_account_is_proven_by_its_last_entry(world: World, paid: Json) -> None:
    world.at("2027-01-25")
    world.apply(paid).ok(201)
    world.at("2027-02-25")
    world.pending(paid)
    world.apply(paid).ok(201)
    stored = Account.by_id(paid["id"])
    assert stored
    change("bank", stored.pk, stored.sk, interest_paid_through="2027-02-26")
    world.at("2027-03-20")
    assert pending_of(paid)[1] == 2
    change("bank", stored.pk, stored.sk, interest_paid_through="2027-02-26", balance=stored.balance + 1)
    assert (
        world.apply(paid).refused(503, "unavailable").json["detail"].startswith(f"The entries of account {paid['id']}")
    )


def raise_first(entries: list[Entry]) -> Entry:
    """The first entry after the paid days brought less, to a balance that was larger: its own hash is right."""
    first = entries[-DAYS]
    altered = Entry(**{**vars(first), "amount": first.amount - 50})
    return Entry(**{**vars(altered), "hash": entry_hash(altered)})


@pytest.mark.parametrize("entries_max", [1_000, 1])
def test_balance_before_the_first_entry_is_proven(
    world: World, paid: Json, entries_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The days before that entry would earn on more than there was."""
    plant(paid, 1)
    monkeypatch.setattr(past_entries, "ENTRIES_MAX", entries_max)
    monkeypatch.setattr(past_entries, "ENTRIES_A_DAY_MAX", 0)
    write(raise_first(entries_of(paid)))
    refused = world.apply(paid).refused(503, "unavailable")
    assert refused.json["detail"].startswith(f"The entries of account {paid['id']}")


@pytest.mark.parametrize("entries_max", [1_000, 1])
def test_missing_entry_is_not_interest_on_a_guess(
    paid: Json, entries_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(paid, 2)
    monkeypatch.setattr(past_entries, "ENTRIES_MAX", entries_max)
    monkeypatch.setattr(past_entries, "ENTRIES_A_DAY_MAX", 0)
    gone = entries_of(paid)[-2 * DAYS]
    LedgerEntry(*LedgerEntry.key(paid["id"], gone.created_at, gone.seq)).delete()
    stored = Account.by_id(paid["id"])
    assert stored
    with pytest.raises(past_entries.EntriesMissing):
        credit.pending(stored)
