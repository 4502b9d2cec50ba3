"""Functions and the emulator end in the middle of what they do, as they may on AWS at any moment."""

import itertools
import random
from collections.abc import Iterator

import pytest

from infra.emulator.ports import is_taken
from tests.chaos.conftest import CLIENTS, SEED
from tests.chaos.payments import Payment, Town, require_verified
from tests.faults.deployed import through
from tests.faults.plan import Call, Fault, Plan
from tests.faults.proxy import Moment, Proxy
from tests.faults.victims import Killer, processes_of
from tests.stack import Stack, eventually
from tests.workflow.bank import at_once
from tests.workflow.trail import is_complete

FAILED_DELIVERIES = 3


@pytest.fixture(scope="module")
def trail(own_stack: Stack) -> Iterator[Proxy]:
    """Between the audit's function and DynamoDB."""
    with (
        Proxy(own_stack.endpoint_url, Plan(SEED)).serving() as proxy,
        through(own_stack, {"audit-trail": proxy}),
    ):
        yield proxy


def transfer(town: Town) -> Payment:
    (payer, owner), (payee, _) = list(town.accounts.items())[:2]
    return Payment(owner, payer, payee, 700)


def deposit(town: Town) -> Payment:
    account_id, owner = next(iter(town.accounts.items()))
    return Payment(owner, None, account_id, 300)


@pytest.mark.parametrize(
    ("operation", "moment", "nth", "lands", "victim"),
    [
        pytest.param("BatchGetItem", "before", 1, True, "transfer-task", id="before reading"),
        pytest.param("BatchGetItem", "after", 1, True, "transfer-task", id="between reading and writing"),
        pytest.param("TransactWriteItems", "before", 1, False, "transfer-task", id="before the write arrived"),
        pytest.param("TransactWriteItems", "before", 1, True, "transfer-task", id="while the write was under way"),
        pytest.param("TransactWriteItems", "after", 1, True, "transfer-task", id="between write and answer"),
        pytest.param("BatchGetItem", "after", 1, True, "api", id="the one that waits, before the write"),
        pytest.param("TransactWriteItems", "after", 1, True, "api", id="the one that waits, after the write"),
    ],
)
def test_a_transfer_survives_the_death_of_its_functions(
    town: Town, own_stack: Stack, money: Proxy, operation: str, moment: Moment, nth: int, lands: bool, victim: str
) -> None:
    killer = Killer(own_stack, "transfer-task", operation, moment, nth=nth, victim=victim, lands=lands)
    payment = transfer(town)
    with money.watched(killer):
        town.pay([payment], clients=1)
    assert killer.killed
    assert not set(killer.killed) & {*processes_of(own_stack, "api"), *processes_of(own_stack, "transfer-task")}
    assert payment.moved == 700
    town.require_truth(deaths=True)


@pytest.mark.parametrize(("moment", "lands"), [("before", False), ("before", True), ("after", True)])
def test_a_deposit_survives_the_death_of_its_function(
    town: Town, own_stack: Stack, money: Proxy, moment: Moment, lands: bool
) -> None:
    killer = Killer(own_stack, "api", "TransactWriteItems", moment, lands=lands)
    payment = deposit(town)
    with money.watched(killer):
        town.pay([payment], clients=1)
    assert killer.killed
    assert payment.replies[0].status >= 500
    assert payment.moved == 300
    town.require_truth(deaths=True)


def test_payments_survive_deaths_under_way(town: Town, own_stack: Stack, money: Proxy) -> None:
    """Every third write takes the function with it that sent it, before or after it has arrived."""
    chance = random.Random(SEED)
    writes = itertools.count(1)
    doomed: set[int] = set()
    killed: list[int] = []

    def watch(call: Call, moment: Moment, port: int) -> None:
        if call.operation != "TransactWriteItems":
            return
        if moment == "before" and next(writes) % 3 == 0:
            doomed.add(port)
        if port in doomed and (moment == "after" or chance.random() < 0.5):
            doomed.remove(port)
            for function in ("api", "transfer-task"):
                killer = Killer(own_stack, function, call.operation, moment)
                killer(call, moment, port)
                killed.extend(killer.killed)

    with money.watched(watch):
        town.pay(town.draw(chance, 10), CLIENTS)
    assert killed
    town.require_truth(deaths=True)


def test_the_emulator_is_stopped_and_started_amid_payments(town: Town, own_stack: Stack, money: Proxy) -> None:
    """The stream must be read to its end before, for it is the one thing that this emulator forgets when it stops.

    So the line is cut first: requests in flight die with it, and what was written until then is audited.
    """
    payments = town.draw(random.Random(SEED + 1), 8)

    def restart() -> None:
        eventually(lambda: sum(bool(one.replies) for one in payments) >= 3)
        with money.faulty(Plan(SEED, 1, (Fault.LOST,))):
            eventually(lambda: is_complete(own_stack))
            own_stack.stop()
            assert not is_taken(own_stack.port)
        own_stack.start()

    at_once([lambda: town.pay(payments, CLIENTS), restart], 2)
    town.require_truth(deaths=True)


def test_the_audit_catches_up_after_its_consumer_has_failed_for_a_while(
    town: Town, own_stack: Stack, trail: Proxy
) -> None:
    """Three deliveries in a row, a second apart, rather than the sixty of a minute: each is the same again."""
    writes = frozenset({"PutItem"})
    with trail.faulty(Plan(SEED, 1, (Fault.LOST, Fault.FAILED, Fault.THROTTLED), writes)) as plan:
        town.pay(town.draw(random.Random(SEED + 2), 6), CLIENTS)
        eventually(lambda: plan.happened.total() >= 2 * FAILED_DELIVERIES)
        assert not is_complete(own_stack)
    eventually(lambda: is_complete(own_stack))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_audit_catches_up_after_its_consumer_was_killed_in_a_batch(
    town: Town, own_stack: Stack, trail: Proxy, moment: Moment
) -> None:
    killer = Killer(own_stack, "audit-trail", "PutItem", moment, nth=3)
    with trail.watched(killer):
        town.pay(town.draw(random.Random(SEED + 3), 4), CLIENTS)
        eventually(lambda: is_complete(own_stack))
    assert killer.killed


def test_afterwards_keys_are_answered_as_before_and_the_bank_verifies(
    town: Town, own_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.require_replays()
    town.require_truth(deaths=True)
    eventually(lambda: is_complete(own_stack))
    require_verified(own_stack, monkeypatch)
