"""Verification computes the sums of a day, which limits and ceilings are enforced by, and names one that is wrong."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.domain.verification import day_sums
from chalicelib.domain.verification.checks import Broken
from chalicelib.services.progress import ignore
from chalicelib.services.verification import supervision, verify_by_links, verify_parts
from chalicelib.services.verification.verify import verify_bank
from infra.maintenance.scans import SCANS
from tests.api.helpers.accounts import deposit, new_key, opened, reverse, transfer, withdraw
from tests.api.helpers.approvals import World
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.held_money import decide_approval, set_ceilings
from tests.api.helpers.holders import put_holder
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream
from tests.api.helpers.tampering import change, table

FORGED = {"request_id": "forged"}


@pytest.fixture
def stream(bank: People, wholly_streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def world(
    client: Api, customer: User, other_customer: User, teller: User, manager: User, admin: User,
    new_staff: Callable[[str], User],
) -> World:  # fmt: skip
    return World(client, customer, other_customer, teller, manager, admin, new_staff)


@pytest.fixture
def ceilings(stream: Stream, world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Staff have ceilings, payments of more than 900 in 24 hours wait, and cash of a day is counted."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    monkeypatch.setattr(supervision, "CLOCKS_DIFFER_MAX", timedelta(0))
    monkeypatch.setattr(day_sums, "CLOCKS_DIFFER_MAX", timedelta(0))
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", (0.0,))
    world.set_policy("deposit", above={"USD": "5000.00"}, within_24h=True)
    world.set_policy("transfer", above={"USD": "900.00"}, within_24h=True)
    set_ceilings(world.client, world.admin, teller="1000.00", manager="5000.00", admin="9000.00")
    return world


@pytest.fixture
def accounts(ceilings: World, client: Api, customer: User, other_customer: User, teller: User) -> list[Json]:
    """Two accounts of Ada and one of Ben, after a day with everything that is counted and given back."""
    first = opened(client, customer, "500.00")
    bens = opened(client, other_customer, "500.00")
    withdraw(client, customer, first, "11.00").ok(201)
    returned = withdraw(client, customer, first, "7.00").ok(201)
    second = opened(client, customer, "700.00")
    withdraw(client, customer, first, "20.00").ok(201)
    transfer(client, customer, second, first, "30.00").ok(201)
    transfer(client, customer, second, bens, "40.00").ok(201)
    reverse(client, teller, returned).ok(201)
    reverse(client, teller, transfer(client, customer, first, bens, "50.00").ok(201)).ok(201)
    put_holder(client, teller, bens, customer, "pay").ok()
    transfer(client, customer, bens, first, "5.00").ok(201)
    withdraw(client, customer, bens, "13.00").ok(201)
    deposit(client, teller, first, "600.00").ok(201)
    deposit(client, ceilings.manager, first, "3000.00").ok(201)
    withdraw(client, teller, second, "17.00").ok(201)
    transfer(client, teller, first, bens, "19.00").ok(201)
    for maker in (customer, teller):
        lines = [{"idempotency_key": new_key(), "to_account_id": bens["id"], "amount": f"{n}.00"} for n in (1, 2, 3)]
        body = {"from_account_id": second["id"], "transfers": lines}
        assert client.post("/v1/transactions/batch", body, token=maker.token).ok()["posted"] == 3
    for how in ("approve", "reject"):
        held = transfer(client, customer, first, bens, "901.00").ok(202)
        decide_approval(client, ceilings.manager, held, how).ok()
    transfer(client, customer, first, bens, "902.00").ok(202)
    return [first, second, bens]


def broken(stream: Stream) -> Broken | None:
    """What both ways to verify find, with the audit of all that was written."""
    stream.deliver()
    return verify_bank(ignore, timestamp(clock.now())).broken


def write_around(item: Json, **values: object) -> None:
    """Change an item as the bank would, in a request that the bank never had."""
    signed = {"version": int(item["version"]) + 1, "updated_at": timestamp(clock.now())}
    change("bank", item["pk"], item["sk"], **{**signed, **FORGED, **values})


def sums(kind: str) -> list[Json]:
    return [one for one in items(type="daily_spending") if one["sk"].startswith(kind)]


def test_every_count_of_a_busy_day_is_what_its_transactions_are(
    stream: Stream, accounts: list[Json], ceilings: World
) -> None:
    assert broken(stream) is None
    assert verify_by_links.verify(ignore, SCANS).broken is None
    kinds = {one["sk"].split("#")[0] for one in items(type="daily_spending")}
    assert kinds == {"SPENT", "CASH", "STAFF_DEPOSIT", "STAFF_WITHDRAW", "STAFF_TRANSFER"}


@pytest.mark.parametrize("number", [0, 1])
def test_cut_between_two_transfers_of_one_write_is_no_alarm(
    stream: Stream, accounts: list[Json], number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are counted together, at the time of the last one."""
    stream.deliver()
    monkeypatch.setattr(day_sums, "CLOCKS_DIFFER_MAX", timedelta(seconds=6))
    batch = sorted(one["posted_at"] for one in items(type="transaction") if int(one["amount"]) in (100, 200, 300))
    assert verify_bank(ignore, batch[number]).broken is None


def spent_of_account(accounts: list[Json]) -> str:
    """Count a payment less on an account."""
    [item] = items(type="account", id=accounts[0]["id"])
    write_around(item, spent=int(item["spent"]) - 1)
    return f"{accounts[0]['id']}: spent on {item['spent_on']}"


def day_of_account(accounts: list[Json]) -> str:
    """Begin a day that has not come, with nothing."""
    [item] = items(type="account", id=accounts[0]["id"])
    write_around(item, spent=0, spent_on="2999-01-01")
    return f"audit of {accounts[0]['id']}, version {int(item['version']) + 1}: spent_on"


def account_that_counts_alone(accounts: list[Json]) -> str:
    [item] = items(type="account", id=accounts[0]["id"])
    write_around(item, counts_alone=True)
    return f"audit of {accounts[0]['id']}, version {int(item['version']) + 1}: counts_alone"


def lowered(kind: str, where: Callable[[Json], str]) -> Callable[[list[Json]], str]:
    def tamper(_: list[Json]) -> str:
        item = sums(kind)[0]
        write_around(item, spent=int(item["spent"]) - 1)
        return where(item)

    return tamper


def named(item: Json) -> str:
    kind, day, currency = item["sk"].split("#")
    return f"{item.get('customer_id') or item['user_id']}: {kind} on {day} in {currency}"


def in_its_record(item: Json) -> str:
    return f"audit of {item['pk']} {item['sk']}, version {int(item['version']) + 1}: spent"


def hour(_: list[Json]) -> str:
    """Take what was added out of the hour by which 24 hours reach back."""
    item = sums("SPENT")[0]
    name = next(name for name in item if name.startswith("hour_"))
    write_around(item, **{name: 0})
    return f"{item['pk']} {item['sk']}: hour {int(name.removeprefix('hour_'))}"


def removed(_: list[Json]) -> str:
    """Let a sum expire, and remove it as DynamoDB does."""
    item = sums("SPENT")[0]
    write_around(item, expires_at=1)
    table("bank").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    return f"audit of {item['pk']} {item['sk']}, version {int(item['version']) + 2}"


def customer_with_one_account(accounts: list[Json]) -> str:
    """Say that a customer has only the first account, which counts alone."""
    [item] = [one for one in items(type="customer_accounts") if accounts[0]["customer_id"] in one["pk"]]
    write_around(item, alone=f'{{"USD":"{accounts[0]["id"]}"}}')
    return f"audit of {item['pk']} {item['sk']}, version {int(item['version']) + 1}: alone in USD"


@pytest.mark.parametrize(
    "tamper",
    [
        spent_of_account, day_of_account, account_that_counts_alone, hour, removed, customer_with_one_account,
        lowered("SPENT", named), lowered("CASH", in_its_record), lowered("STAFF_DEPOSIT", in_its_record),
        lowered("STAFF_WITHDRAW", in_its_record), lowered("STAFF_TRANSFER", in_its_record),
    ],
)  # fmt: skip
def test_count_that_somebody_has_lowered_is_named(
    stream: Stream, accounts: list[Json], tamper: Callable[[list[Json]], str]
) -> None:
    """Signed as the bank signs, so that the audit takes it for a change of the bank's."""
    where = tamper(accounts)
    found = broken(stream)
    assert found
    assert found.where == where


@pytest.mark.parametrize("kind", ["SPENT", "CASH", "STAFF_DEPOSIT", "STAFF_WITHDRAW", "STAFF_TRANSFER"])
def test_count_that_somebody_has_raised_is_named(stream: Stream, accounts: list[Json], kind: str) -> None:
    """Whoever is held back by it is held back by nothing that was done."""
    item = sums(kind)[0]
    hours = {name: int(value) + 1 for name, value in item.items() if name.startswith("hour_")}
    write_around(item, spent=int(item["spent"]) + len(hours), **hours)
    found = broken(stream)
    assert found
    assert found.where.startswith((named(item), f"{item['pk']} {item['sk']}: hour "))
