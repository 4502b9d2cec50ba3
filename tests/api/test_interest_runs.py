"""The monthly run, with its state machine: whoever starts it, however often, wherever it ends in between."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib import clock
from chalicelib.domain import permissions
from chalicelib.domain.errors import Contention
from chalicelib.handlers import run_task
from chalicelib.models import account as accounts_model
from chalicelib.models import connection, transact
from chalicelib.models import run as run_model
from chalicelib.models.item import Action
from chalicelib.services import interest, interest_accrual, interest_partition, run_steps, runs
from tests.api.accounts import closed, frozen, new_key, opened, withdraw
from tests.api.bank import STAGE, Api, Json, User, in_moto, items
from tests.api.run_machine import RunMachine

RUNS = "/v1/interest-runs"
OCTOBER = "2026-10"
DUE = datetime(2026, 11, 1, 2, tzinfo=UTC)
SetClock = Callable[[datetime], None]


@dataclass
class World:
    """A bank on 1 November 2026 at two, with a customer since 1 October: 1000.00 earned 2.55 in those 31 days."""

    client: Api
    customer: User
    admin: User
    machine: RunMachine
    set_clock: SetClock

    def savings(self, balance: str | None = "1000.00", **wanted: object) -> Json:
        """An account opened at noon on 1 October."""
        now = clock.now()
        self.set_clock(datetime(2026, 10, 1, 12, tzinfo=UTC))
        account = opened(self.client, self._again(self.customer), balance, type="savings", **wanted)
        self.set_clock(now)
        return account

    def signed_in(self) -> User:
        return self._again(self.admin)

    def _again(self, user: User) -> User:
        body = {"email": user.email, "password": user.password}
        tokens = self.client.post("/v1/auth/login", body).ok()
        return User(user.user_id, user.email, user.password, tokens["access_token"], "", user.customer_id)

    def run(self, period: str = OCTOBER) -> Json:
        found: Json = self.client.get(f"{RUNS}/{period}", token=self.signed_in().token).ok()
        return found


@pytest.fixture
def set_clock() -> Iterator[SetClock]:
    yield lambda moment: clock.set_clock(lambda: moment)
    clock.set_clock(None)


@pytest.fixture
def world(client: Api, customer: User, admin: User, interest_machine: RunMachine, set_clock: SetClock) -> World:
    set_clock(DUE)
    return World(client, customer, admin, interest_machine, set_clock)


def have_partitions(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    for module in (accounts_model, run_model, run_steps, runs):
        monkeypatch.setattr(module, "SHARDS", number)


@pytest.fixture(autouse=True)
def two_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of sixteen, which the running bank has in tests/workflow: a run is quicker so."""
    have_partitions(monkeypatch, 2)


@pytest.fixture
def one_partition(two_partitions: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that run many times."""
    have_partitions(monkeypatch, 1)


def posted() -> list[Json]:
    return items(type="transaction", transaction_type="interest_credit", status="posted")


def credited(currency: str = "USD") -> int:
    """What the ledger says was credited, in minor units."""
    return sum(int(credit["amount"]) for credit in posted() if credit["currency"] == currency)


def counts(run: Json) -> dict[str, int]:
    return {name: run[name] for name in ("accounts", "credited", "nothing", "closed", "failed", "frozen")}


def of(**some: int) -> dict[str, int]:
    return dict.fromkeys(("accounts", "credited", "nothing", "closed", "failed", "frozen"), 0) | some


def balanced() -> bool:
    return sum(int(account["balance"]) for account in items(type="account")) == 0


def ledger_table() -> Any:
    return boto3.resource("dynamodb").Table(f"florin-{STAGE}-ledger")


def last_entry(account: Json) -> Json:
    by: Any = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": f"ACCOUNT#{account['id']}"}}
    entry: Json = ledger_table().query(**by)["Items"][-1]
    return entry


def in_order(accounts: list[Json]) -> list[str]:
    """Ids as a run comes to them."""
    return sorted(account["id"] for account in accounts)


def say_of_last_entry(account: Json, balance_after: int) -> None:
    """Change what an account's last entry says, around the bank."""
    ledger_table().put_item(Item=last_entry(account) | {"balance_after": balance_after})


def lose_last_entry(account: Json) -> None:
    entry = last_entry(account)
    ledger_table().delete_item(Key={"pk": entry["pk"], "sk": entry["sk"]})


def test_the_schedule_credits_every_account_and_the_totals_are_the_ledger_s(world: World) -> None:
    plain, second = world.savings(), world.savings("2000.00")
    world.savings("300000", currency="JPY")
    icy, empty, gone = world.savings(), world.savings(None), world.savings(None)
    admin = world.signed_in()
    frozen(world.client, admin, icy)
    closed(world.client, admin, gone)
    assert world.machine.execute({})["status"] == "completed"
    run = world.run()
    assert counts(run) == of(accounts=6, credited=4, nothing=1, closed=1, frozen=1)
    assert run["total"] == [{"currency": "JPY", "amount": "764"}, {"currency": "USD", "amount": "10.20"}]
    assert (credited("USD"), credited("JPY")) == (1020, 764)
    assert (run["status"], run["attempt"], run["started_by"]) == ("completed", 1, "system")
    assert run["partitions"] == {"done": 2, "of": 2}
    balances = {account["id"]: account["balance"] for account in (plain, second, icy, empty)}
    now = {name: world.client.get(f"/v1/accounts/{name}", token=admin.token).ok()["balance"] for name in balances}
    assert list(now.values()) == ["1002.55", "2005.10", "1002.55", "0.00"]
    paid = {item["interest_paid_through"] for item in items(type="account") if "customer_id" in item}
    assert paid == {"2026-10-31"}
    assert balanced()


def test_it_is_due_at_two_on_the_first_and_once(world: World) -> None:
    world.savings()
    world.set_clock(DUE - timedelta(seconds=1))
    assert world.machine.execute({})["period"] == "2026-09"
    assert posted() == []
    world.set_clock(DUE)
    assert world.machine.execute({}) == {"status": "completed", "period": OCTOBER, "attempt": 1}
    world.machine.states.clear()
    assert world.machine.execute({}) == {"status": "not_due", "period": OCTOBER}
    assert world.machine.states == ["Open", "IsDue", "NotDue"]
    assert len(posted()) == 1


def test_a_run_that_was_missed_is_made_up_for(world: World) -> None:
    world.savings()
    world.set_clock(datetime(2026, 11, 29, 17, tzinfo=UTC))
    assert world.machine.execute({})["status"] == "completed"
    assert credited() == 255


def test_a_manager_starts_a_run_for_a_period(world: World, new_staff: Callable[[str], User]) -> None:
    world.savings()
    manager = new_staff("manager")
    reply = world.client.post(RUNS, {"period": OCTOBER}, token=manager.token, key="k")
    assert reply.ok(202)["period"] == OCTOBER
    run = world.run()
    assert (run["status"], run["started_by"], counts(run)) == (
        "completed",
        manager.user_id,
        of(accounts=1, credited=1),
    )
    again = world.client.post(RUNS, {"period": OCTOBER}, token=manager.token, key="k")
    assert (again.ok(202)["attempt"], again.headers["Idempotent-Replayed"]) == (1, "true")
    world.client.post(RUNS, {"period": "2026-09"}, token=manager.token, key="k").refused(409, "idempotency_key_reused")
    assert len(world.machine.names) == 1


@pytest.mark.parametrize("period", [None, "", "2026-11", "2026-12", "2126-01", "2026-13", "2026-1", "october", 202610])
def test_a_period_that_is_none_or_not_over_is_refused(world: World, period: object) -> None:
    body = {} if period is None else {"period": period}
    reply = world.client.post(RUNS, body, token=world.signed_in().token)
    assert reply.refused(422, "validation_failed").wrong_fields == ["period"]
    told = world.machine.execute({"period": period})
    assert (told["status"], told["period"]) == ("rejected", str(period))
    assert items(type="interest_run") == []


def test_who_may(world: World, new_staff: Callable[[str], User], log_in: Callable[[str], User]) -> None:
    world.machine.execute({})
    for role in ("teller", "auditor"):
        user = new_staff(role)
        world.client.post(RUNS, {"period": OCTOBER}, token=user.token).refused(403, "forbidden")
        world.client.get(f"{RUNS}/{OCTOBER}", token=user.token).ok()
        assert [run["period"] for run in world.client.get(RUNS, token=user.token).ok()["data"]] == [OCTOBER]
    customer = log_in(world.customer.email)
    for path in (RUNS, f"{RUNS}/{OCTOBER}"):
        world.client.get(path, token=customer.token).refused(403, "forbidden")
    world.client.post(RUNS, {"period": OCTOBER}, token=customer.token).refused(403, "forbidden")
    for unknown in ("2026-09", "x", "2026-1"):
        world.client.get(f"{RUNS}/{unknown}", token=new_staff("auditor").token).refused(404, "not_found")


def test_runs_are_listed_by_period(world: World) -> None:
    for period in ("2026-08", OCTOBER, "2026-09"):
        world.machine.execute({"period": period})
    admin = world.signed_in()
    first = world.client.get(f"{RUNS}?limit=2", token=admin.token).ok()
    rest = world.client.get(f"{RUNS}?limit=2&cursor={first['next_cursor']}", token=admin.token).ok()
    assert [run["period"] for run in first["data"] + rest["data"]] == [OCTOBER, "2026-09", "2026-08"]
    assert not rest["has_more"]
    assert "failures" not in first["data"][0]


def test_a_bad_account_is_recorded_with_its_reason_and_stops_nobody(world: World) -> None:
    bad, *_ = [world.savings() for _ in range(3)]
    world.set_clock(datetime(2026, 10, 2, 12, tzinfo=UTC))
    withdraw(world.client, world.signed_in(), bad, "1.00").ok(201)
    world.set_clock(DUE)
    say_of_last_entry(bad, 1)
    assert world.machine.execute({})["status"] == "completed"
    run = world.run()
    assert counts(run) == of(accounts=3, credited=2, failed=1)
    [failure] = run["failures"]
    assert failure["account_id"] == bad["id"]
    assert failure["reason"].startswith("ValueError: ")
    say_of_last_entry(bad, 99900)
    world.client.post(RUNS, {"period": OCTOBER}, token=world.signed_in().token).ok(202)
    run = world.run()
    assert (run["attempt"], run["failures"]) == (2, [])
    assert counts(run) == of(accounts=3, credited=3)
    assert run["total"] == [{"currency": "USD", "amount": "7.65"}]
    assert credited() == 765
    assert balanced()


def test_an_account_of_which_an_entry_is_gone_stops_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interest_accrual, "PAUSES_SECONDS", (0.0,))
    bad, *_ = [world.savings() for _ in range(3)]
    lose_last_entry(bad)
    assert world.machine.execute({})["status"] == "completed"
    run = world.run()
    assert counts(run) == of(accounts=3, credited=2, failed=1)
    [failure] = run["failures"]
    assert (failure["account_id"], failure["reason"].split(":")[0]) == (bad["id"], "unavailable")


@pytest.fixture
def contended(one_partition: None, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids of accounts that somebody else is always writing to."""
    hot: set[str] = set()
    write = transact.write

    def unless_contended(actions: list[Action]) -> None:
        keys = [(written.get("Key") or written["Item"])["pk"]["S"] for one in actions for written in one.values()]
        if hot & {key.removeprefix("ACCOUNT#") for key in keys}:
            raise transact.Cancelled([transact.Reason("TransactionConflict")] * len(actions))
        write(actions)

    monkeypatch.setattr(transact, "write", unless_contended)
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    return hot


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("reserve_milliseconds", [60_000, 10**9])
def test_an_account_that_others_never_leave_alone_stops_nobody(
    world: World, contended: set[str], which: int, reserve_milliseconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stands in the list, and however little time there is."""
    monkeypatch.setattr(run_task, "RESERVE_MILLISECONDS", reserve_milliseconds)
    ids = in_order([world.savings() for _ in range(3)])
    contended.add(ids[which])
    assert world.machine.execute({})["status"] == "completed"
    run = world.run()
    assert counts(run) == of(accounts=3, credited=2, failed=1)
    [failure] = run["failures"]
    assert (failure["account_id"], failure["reason"].split(":")[0]) == (ids[which], "contention")
    contended.clear()
    assert world.machine.execute({"period": OCTOBER})["status"] == "completed"
    assert counts(world.run()) == of(accounts=3, credited=3)
    assert credited() == 765


@pytest.mark.parametrize("between", ["nobody", "closed", "paid before"])
def test_when_the_next_one_is_contended_too_nobody_has_failed(world: World, contended: set[str], between: str) -> None:
    """An account for which nothing was written in between proves nothing."""
    accounts = [world.savings(None if between == "closed" else "1000.00") for _ in range(4)]
    [first, second, third, last] = in_order(accounts)
    contended |= {second, last} if between != "nobody" else {second, third}
    if between == "closed":
        closed(world.client, world.signed_in(), {"id": third})
    assert world.machine.task("open", {"period": OCTOBER})["status"] == "opened"
    if between == "paid before":
        system = permissions.system("earlier")
        claim = interest_partition.claim_of(third, OCTOBER, system)
        interest.credit(third, date(2026, 10, 31), claim, system)
    partition = {"period": OCTOBER, "attempt": 1, "partition": 0}
    for _ in range(2):
        with pytest.raises(Contention):
            world.machine.task("work", partition)
        run = world.run()
        assert (run["accounts"], run["failed"], run["closed"]) == (1, 0, 0)
        [part] = items(type="interest_partition")
        assert (part["cursor"], part["status"]) == (first, "running")
    contended.clear()
    assert world.machine.task("work", partition)["status"] == "done"
    run = world.run()
    assert (run["accounts"], run["failed"], run["closed"]) == (4, 0, int(between == "closed"))


def test_a_clock_that_is_behind_is_no_account_s_fault(world: World) -> None:
    world.savings()
    world.set_clock(datetime(2026, 11, 1, tzinfo=UTC))
    assert world.machine.task("open", {"period": OCTOBER})["status"] == "opened"
    world.set_clock(datetime(2026, 11, 1, tzinfo=UTC) - timedelta(seconds=1))
    for number in range(2):
        with pytest.raises(RuntimeError, match="not over"):
            world.machine.task("work", {"period": OCTOBER, "attempt": 1, "partition": number})
    assert counts(world.run()) == of()


def test_a_run_shows_how_far_it_is(world: World) -> None:
    world.savings()
    world.machine.silent = True
    world.client.post(RUNS, {"period": OCTOBER}, token=world.signed_in().token).refused(503, "outcome_unknown")
    seen = [world.run()]
    for number in range(2):
        world.machine.task("work", {"period": OCTOBER, "attempt": 1, "partition": number})
        seen.append(world.run())
    assert [run["partitions"] for run in seen] == [{"done": done, "of": 2} for done in range(3)]
    assert [run["status"] for run in seen] == ["running"] * 3
    assert (counts(seen[0]), counts(seen[2])) == (of(), of(accounts=1, credited=1))
    assert (seen[0]["total"], seen[2]["total"]) == ([], [{"currency": "USD", "amount": "2.55"}])
    assert world.machine.task("close", {"period": OCTOBER, "attempt": 1})["status"] == "completed"


def test_a_partition_continues_over_several_invocations(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has time for one account only."""
    for _ in range(5):
        world.savings("1000.00")
    monkeypatch.setattr(run_task, "RESERVE_MILLISECONDS", 10**9)
    assert world.machine.execute({})["status"] == "completed"
    assert counts(world.run()) == of(accounts=5, credited=5)
    assert credited() == 5 * 255


def test_pages_of_accounts_follow_each_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interest_partition, "ACCOUNTS_AT_ONCE", 2)
    for _ in range(5):
        world.savings("1000.00")
    world.machine.execute({})
    assert counts(world.run()) == of(accounts=5, credited=5)


def test_run_twice_it_credits_once(world: World) -> None:
    for _ in range(3):
        world.savings()
    admin = world.signed_in()
    for attempt in (1, 2):
        world.client.post(RUNS, {"period": OCTOBER}, token=admin.token).ok(202)
        run = world.run()
        assert (run["attempt"], counts(run)) == (attempt, of(accounts=3, credited=3))
        assert run["total"] == [{"currency": "USD", "amount": "7.65"}]
    assert credited() == 765


def test_after_a_credit_by_hand_the_run_pays_the_rest(world: World) -> None:
    account = world.savings()
    world.set_clock(datetime(2026, 10, 16, 9, tzinfo=UTC))
    path = f"/v1/accounts/{account['id']}/apply_interest"
    by_hand = world.client.post(path, token=world.signed_in().token, key=new_key()).ok(201)
    assert (by_hand["from"], by_hand["to"], by_hand["amount"]) == ("2026-10-01", "2026-10-15", "1.23")
    world.set_clock(DUE)
    world.machine.execute({})
    run = world.run()
    # 16 days on 1001.23, and what rounding left: 1000 × 0.03 × 15 / 365 − 1.23 + 1001.23 × 0.03 × 16 / 365 = 1.3196
    assert run["total"] == [{"currency": "USD", "amount": "1.32"}]
    assert credited() == 123 + 132
    assert balanced()


def test_an_account_that_closed_after_it_was_paid_stays_in_the_totals(world: World) -> None:
    account = world.savings()
    world.machine.execute({})
    admin = world.signed_in()
    withdraw(world.client, admin, account, "1002.55").ok(201)
    closed(world.client, admin, account)
    world.machine.execute({"period": OCTOBER})
    assert counts(world.run()) == of(accounts=1, credited=1)


def test_when_step_functions_is_silent_the_client_repeats(world: World) -> None:
    world.savings()
    admin = world.signed_in()
    world.machine.silent = True
    world.client.post(RUNS, {"period": OCTOBER}, token=admin.token, key="k").refused(503, "outcome_unknown")
    assert world.run()["status"] == "running"
    world.machine.silent = False
    world.client.post(RUNS, {"period": OCTOBER}, token=admin.token, key="k").ok(202)
    assert world.run()["status"] == "completed"


def test_the_schedule_goes_on_with_a_run_that_stands_still(world: World) -> None:
    world.savings()
    world.machine.silent = True
    world.client.post(RUNS, {"period": OCTOBER}, token=world.signed_in().token).refused(503, "outcome_unknown")
    world.set_clock(DUE + timedelta(minutes=15) - timedelta(seconds=1))
    assert world.machine.execute({})["status"] == "not_due"
    world.set_clock(DUE + timedelta(minutes=15))
    assert world.machine.execute({}) == {"status": "completed", "period": OCTOBER, "attempt": 1}
    assert credited() == 255


def test_a_run_that_stands_still_is_gone_on_with_in_the_month_after(world: World) -> None:
    world.savings()
    world.machine.silent = True
    world.client.post(RUNS, {"period": OCTOBER}, token=world.signed_in().token).refused(503, "outcome_unknown")
    world.set_clock(DUE + timedelta(days=30))
    assert world.machine.execute({}, "november") == {"status": "completed", "period": "2026-11", "attempt": 1}
    assert world.machine.execute({}, "october") == {"status": "completed", "period": OCTOBER, "attempt": 1}
    assert world.machine.execute({}, "again")["status"] == "not_due"
    assert world.run()["nothing"] == 1, "November's run had paid October, too"


def test_failures_are_listed_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interest_accrual, "PAUSES_SECONDS", (0.0,))
    accounts = [world.savings() for _ in range(4)]
    for account in accounts[:3]:
        lose_last_entry(account)
    world.machine.execute({})
    token, path = world.signed_in().token, f"{RUNS}/{OCTOBER}/failures?limit=2"
    first = world.client.get(path, token=token).ok()
    last = world.client.get(f"{path}&cursor={first['next_cursor']}", token=token).ok()
    assert (len(first["data"]), first["has_more"], last["has_more"]) == (2, True, False)
    listed = first["data"] + last["data"]
    assert [failure["account_id"] for failure in listed] == sorted(account["id"] for account in accounts[:3])
    assert world.run()["failures"] == listed
    world.client.get(f"{RUNS}/2026-09/failures", token=token).refused(404, "not_found")


def test_an_execution_that_opened_a_run_and_did_not_hear_so_goes_on_with_it(world: World) -> None:
    first = world.machine.task("open", {})
    assert first["status"] == "opened"
    assert world.machine.task("open", {}) == first
    assert world.machine.execute({}, "another")["status"] == "not_due"


def test_an_execution_of_an_earlier_attempt_does_nothing(world: World) -> None:
    world.machine.execute({"period": OCTOBER})
    world.machine.execute({"period": OCTOBER})
    assert world.machine.execute({"period": OCTOBER, "attempt": 1})["status"] == "not_due"
    assert world.machine.task("close", {"period": OCTOBER, "attempt": 1})["status"] == "superseded"


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@contextmanager
def at_write(wanted: int, act: Callable[[], object], event: str) -> Iterator[list[int]]:
    """Act at the so-many-th write, before it is sent (`before-call`) or after it was answered (`after-call`).

    Yields how many there were, as the only element of a list.
    """
    writes = [0]
    events = connection.client().meta.events

    def seen(**_: object) -> None:
        writes[0] += 1
        if writes[0] == wanted:
            act()

    events.register(f"{event}.dynamodb.TransactWriteItems", seen)
    try:
        yield writes
    finally:
        events.unregister(f"{event}.dynamodb.TransactWriteItems", seen)


def require_credited_once(accounts: int, at: int) -> None:
    [run] = items(type="interest_run")
    assert (run["status"], int(run["credited"])) == ("completed", accounts), at
    assert run["totals"] == f'{{"USD":{accounts * 255}}}', at
    assert (len(posted()), credited()) == (accounts, accounts * 255), at


def test_killed_after_any_write_and_started_again_it_credits_once(one_partition: None, world: World) -> None:
    """What a process leaves behind when it ends are the writes up to some one: it ends after each of them."""
    for _ in range(2):
        world.savings()
    before, wanted = deepcopy(in_moto().tables), 0
    while True:
        wanted += 1
        in_moto().tables = deepcopy(before)
        with at_write(wanted, die, "after-call") as writes, suppress(Killed):
            world.machine.execute({}, "killed")
        if writes[0] < wanted:
            break
        world.machine.execute({"period": OCTOBER, "attempt": 1}, "again")
        require_credited_once(accounts=2, at=wanted)
    assert wanted > 5


def die() -> None:
    raise Killed


def test_two_runs_that_interleave_credit_once(one_partition: None, world: World) -> None:
    """Right before any write of the one, the other runs from its beginning to its end."""
    for _ in range(2):
        world.savings()
    before, wanted = deepcopy(in_moto().tables), 0
    while True:
        wanted += 1
        in_moto().tables = deepcopy(before)
        with at_write(wanted, lambda: world.machine.execute({"period": OCTOBER}, "other"), "before-call") as writes:
            world.machine.execute({}, "one")
        if writes[0] < wanted:
            break
        require_credited_once(accounts=2, at=wanted)
    assert wanted > 5


def test_what_dynamodb_fails_is_tried_again_by_the_state_machine(world: World) -> None:
    """One call in ten gets no answer."""
    for _ in range(2):
        world.savings()
    chance = random.Random(4)

    def refuse(**_: object) -> None:
        if chance.random() < 0.1:
            raise ReadTimeoutError(endpoint_url="dynamodb")

    events = connection.client().meta.events
    events.register("before-call.dynamodb", refuse)
    try:
        world.machine.execute({})
    finally:
        events.unregister("before-call.dynamodb", refuse)
    require_credited_once(accounts=2, at=0)
