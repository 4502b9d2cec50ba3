"""A generated bank with standing orders pays each of them once, and is proven whole."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bench import order_proof, orders
from bench.order_book import OrderBook, load
from bench.proof import Wrong
from bench.scheduled_run import Period
from chalicelib import clock
from sampledata import audit_trail
from tests.api.helpers import cloud
from tests.api.helpers.cloud import Saved
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream

ORDERS, DUE = 6, orders.DUE[0]
*BEFORE, ON_THE_DAY = orders.nights(DUE)


@pytest.fixture(autouse=True)
def order_book(bank: People, empty_tables: Saved) -> Iterator[None]:
    """Nothing else is in the tables, and it is the night on which the orders are due."""
    cloud.restore(empty_tables)
    load(OrderBook(ORDERS, DUE, is_audited=True), processes=1)
    clock.set_clock(lambda: ON_THE_DAY.run_at)
    yield
    clock.set_clock(None)


def test_each_order_is_paid_and_proven() -> None:
    stream = Stream()
    tally = orders.run(ON_THE_DAY)
    assert (tally.posted, tally.accounts) == (ORDERS, ORDERS)
    audit_trail.write([stream.read()])
    assert order_proof.prove(ORDERS, [ON_THE_DAY], is_whole=True) == "whole"


@pytest.mark.parametrize("night", BEFORE, ids=lambda night: night.name)
def test_night_before_pays_nothing(night: Period) -> None:
    clock.set_clock(lambda: night.run_at)
    assert orders.run(night).accounts == 0


def test_run_that_left_an_order_out_is_not_proven() -> None:
    orders.run(ON_THE_DAY)
    with pytest.raises(Wrong, match="posted=6"):
        order_proof.prove(ORDERS + 1, [ON_THE_DAY], is_whole=False)


def test_payment_that_the_run_does_not_know_of_is_not_proven() -> None:
    orders.run(ON_THE_DAY)
    later = orders.nights(DUE + timedelta(days=33))[-1]
    clock.set_clock(lambda: later.run_at)
    orders.run(later)
    with pytest.raises(Wrong, match="entries of 6 orders"):
        order_proof.prove(ORDERS, [ON_THE_DAY], is_whole=False)
