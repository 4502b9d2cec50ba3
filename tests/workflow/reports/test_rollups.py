"""Rollups on the running bank: there within seconds, whatever is delivered again, and by however many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.domain.reports.rollup import DayItem, account
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.reports import rollup
from chalicelib.services.reports import rebuild_rollups, rollups
from chalicelib.services.verification import verify
from tests.stack import eventually
from tests.workflow.bank import Client, Json, at_once

Figures = dict[str, int]


def figures(account_id: str) -> dict[str, Figures]:
    """An account's sums by category."""
    found = rollup.rolled(rollups.current(), account(account_id))
    return {one.key.category: dict(one.figures) for one in found if one.figures and isinstance(one.key, DayItem)}


def posted(client: Client, made: list[Json]) -> list[Transaction]:
    found = [Transaction.by_id(one["id"]) for one in made]
    return [one for one in found if one]


@pytest.mark.usefixtures("at_the_tables")
def test_a_payment_is_counted_within_seconds_and_its_category_when_it_is_set(customer: Client) -> None:
    one, two = customer.open_account(initial_deposit="100.00"), customer.open_account()
    paid = customer.transfer(one["id"], two["id"], "30.00").body
    moved = {"transfer.USD.count": 1, "transfer.USD.amount": 3000}
    eventually(lambda: figures(two["id"]) == {"": moved | {"transfer.USD.in": 3000}})
    customer.call("PATCH", f"/v1/transactions/{paid['id']}", {"category": "saving"})
    eventually(lambda: figures(two["id"]) == {"saving": moved | {"transfer.USD.in": 3000}})
    eventually(lambda: figures(one["id"]).get("saving") == moved | {"transfer.USD.out": 3000})


@pytest.mark.usefixtures("at_the_tables")
def test_consumers_at_once_and_a_generation_made_meanwhile_count_everything_once(customer: Client) -> None:
    """The bank's own consumer, four that are told the same in other batches, and the command that makes them afresh."""
    one = customer.open_account(initial_deposit="100.00")
    made = at_once([lambda: customer.deposit(one["id"], "1.00").body] * 12, threads=4)
    transactions = posted(customer, made)

    def tell(start: int) -> None:
        for again in range(3):
            told = transactions[start:] + transactions[:start]
            rollups.count(told[: 5 + again] if again else told, [])

    with ThreadPoolExecutor(5) as pool:
        afresh = pool.submit(rebuild_rollups.rebuild, lambda _: None)
        for done in [pool.submit(tell, start) for start in (0, 3, 6, 9)]:
            done.result()
        assert afresh.result() >= 13
    expected = {"deposit.USD.count": 13, "deposit.USD.amount": 11200, "deposit.USD.in": 11200}
    eventually(lambda: figures(one["id"]) == {"": expected})
    verdict = verify.verify_account(one["id"])
    assert (verdict.broken, verdict.late) == (None, 0)
