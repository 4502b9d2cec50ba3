"""A bank of a file's own, which it may break, behind a line on which things may go wrong; and people who pay there."""

from collections.abc import Iterator

import pytest

from tests.chaos.payments import Town
from tests.faults.deployed import through
from tests.faults.plan import Plan
from tests.faults.proxy import Proxy
from tests.stack import Stack, running_stack, warm_up

SEED = 20261121
CLIENTS = 4


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("chaos")) as stack:
        yield stack


@pytest.fixture(scope="module")
def money(own_stack: Stack) -> Iterator[Proxy]:
    """Between the functions that move money and DynamoDB, and no trouble until it is told to be."""
    with (
        Proxy(own_stack.endpoint_url, Plan(SEED)).serving() as proxy,
        through(own_stack, {"api": proxy, "transfer-task": proxy}),
    ):
        yield proxy


@pytest.fixture(scope="module")
def town(own_stack: Stack, money: Proxy) -> Town:
    town = Town.founded(own_stack, people=4, cents=20_000)
    account_id, owner = next(iter(town.accounts.items()))
    warm_up(lambda: owner.transfer(account_id, account_id, "1.00"), CLIENTS)
    return town
