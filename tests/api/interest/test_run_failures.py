"""Accounts of which a monthly run can make nothing: they are named, and stop nobody."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain import permissions
from chalicelib.domain.errors import Contention
from chalicelib.handlers.functions import scheduled_run_task
from chalicelib.models import pauses, transact
from chalicelib.models.item import Action
from chalicelib.services.interest import credit, run_partition
from tests.api.helpers.accounts import closed, deposit, withdraw
from tests.api.helpers.bank import Json, User, items
from tests.api.helpers.november import DUE, OCTOBER, RUNS, November, balanced, counts, credited, of
from tests.api.helpers.tampering import last_entry, lose_last_entry, table


def in_order(accounts: list[Json]) -> list[str]:
    """Ids as a run comes to them."""
    return sorted(account["id"] for account in accounts)


def say_of_last_entry(account: Json, balance_after: int) -> None:
    """Change what an account's last entry says, around the bank."""
    table("ledger").put_item(Item=last_entry(account) | {"balance_after": balance_after})


def test_a_bad_account_is_recorded_with_its_reason_and_stops_nobody(november: November) -> None:
    bad, *_ = [november.savings() for _ in range(3)]
    november.set_clock(datetime(2026, 10, 2, 12, tzinfo=UTC))
    withdraw(november.client, november.signed_in(), bad, "1.00").ok(201)
    november.set_clock(DUE)
    say_of_last_entry(bad, 1)
    assert november.machine.execute({})["status"] == "completed"
    run = november.run()
    assert counts(run) == of(accounts=3, credited=2, failed=1)
    [failure] = run["failures"]
    assert failure["account_id"] == bad["id"]
    assert failure["reason"].startswith("unavailable: The entries of account ")
    say_of_last_entry(bad, 99900)
    november.client.post(RUNS, {"period": OCTOBER}, token=november.signed_in().token).ok(202)
    run = november.run()
    assert (run["attempt"], run["failures"]) == (2, [])
    assert counts(run) == of(accounts=3, credited=3)
    assert run["total"] == [{"currency": "USD", "amount": "7.65"}]
    assert credited() == 765
    assert balanced()


def test_an_account_of_which_an_entry_is_gone_stops_nobody(november: November, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "SECONDS_UNTIL_SEEN", (0.0,))
    bad, *_ = [november.savings() for _ in range(3)]
    lose_last_entry(bad)
    assert november.machine.execute({})["status"] == "completed"
    run = november.run()
    assert counts(run) == of(accounts=3, credited=2, failed=1)
    [failure] = run["failures"]
    assert (failure["account_id"], failure["reason"].split(":")[0]) == (bad["id"], "unavailable")


def test_failures_are_listed_page_by_page(november: November, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "SECONDS_UNTIL_SEEN", (0.0,))
    accounts = [november.savings() for _ in range(4)]
    for account in accounts[:3]:
        lose_last_entry(account)
    november.machine.execute({})
    token, path = november.signed_in().token, f"{RUNS}/{OCTOBER}/failures?limit=2"
    first = november.client.get(path, token=token).ok()
    last = november.client.get(f"{path}&cursor={first['next_cursor']}", token=token).ok()
    assert (len(first["data"]), first["has_more"], last["has_more"]) == (2, True, False)
    listed = first["data"] + last["data"]
    assert [failure["account_id"] for failure in listed] == sorted(account["id"] for account in accounts[:3])
    assert november.run()["failures"] == listed
    november.client.get(f"{RUNS}/2026-09/failures", token=token).refused(404, "not_found")


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
    november: November, contended: set[str], which: int, reserve_milliseconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stands in the list, and however little time there is."""
    monkeypatch.setattr(scheduled_run_task, "RESERVE_MILLISECONDS", reserve_milliseconds)
    ids = in_order([november.savings() for _ in range(3)])
    contended.add(ids[which])
    assert november.machine.execute({})["status"] == "completed"
    run = november.run()
    assert counts(run) == of(accounts=3, credited=2, failed=1)
    [failure] = run["failures"]
    assert (failure["account_id"], failure["reason"].split(":")[0]) == (ids[which], "contention")
    contended.clear()
    assert november.machine.execute({"period": OCTOBER})["status"] == "completed"
    assert counts(november.run()) == of(accounts=3, credited=3)
    assert credited() == 765


def test_an_account_with_an_entry_of_tomorrow_stops_nobody(november: November, log_in: Callable[[str], User]) -> None:
    """Some worker's clock was ahead. The account is paid when its time has come."""
    accounts = [november.savings() for _ in range(3)]
    november.set_clock(DUE + timedelta(days=1))
    deposit(november.client, log_in(november.customer.email), accounts[1], "5.00").ok(201)
    november.set_clock(DUE)
    assert november.machine.execute({})["status"] == "completed"
    [failure] = november.run()["failures"]
    assert (failure["account_id"], failure["reason"].split(":")[0]) == (accounts[1]["id"], "clock_skew")
    assert counts(november.run()) == of(accounts=3, credited=2, failed=1)
    november.set_clock(DUE + timedelta(days=1))
    assert november.machine.execute({"period": OCTOBER})["status"] == "completed"
    assert counts(november.run()) == of(accounts=3, credited=3)
    assert credited() == 765


@pytest.mark.parametrize("between", ["nobody", "closed", "paid before"])
def test_when_the_next_one_is_contended_too_nobody_has_failed(
    november: November, contended: set[str], between: str
) -> None:
    """An account for which nothing was written in between proves nothing."""
    accounts = [november.savings(None if between == "closed" else "1000.00") for _ in range(4)]
    [first, second, third, last] = in_order(accounts)
    contended |= {second, last} if between != "nobody" else {second, third}
    if between == "closed":
        closed(november.client, november.signed_in(), {"id": third})
    assert november.machine.task("open", {"period": OCTOBER})["status"] == "opened"
    if between == "paid before":
        system = permissions.system("earlier")
        idempotency_key = run_partition.idempotency_key_of(third, OCTOBER, system)
        credit.credit(third, date(2026, 10, 31), idempotency_key, system)
    partition = {"period": OCTOBER, "attempt": 1, "partition": 0}
    for _ in range(2):
        with pytest.raises(Contention):
            november.machine.task("work", partition)
        run = november.run()
        assert (run["accounts"], run["failed"], run["closed"]) == (1, 0, 0)
        [part] = items(type="interest_partition")
        assert (part["cursor"], part["status"]) == (first, "running")
    contended.clear()
    assert november.machine.task("work", partition)["status"] == "done"
    run = november.run()
    assert (run["accounts"], run["failed"], run["closed"]) == (4, 0, int(between == "closed"))


def test_a_clock_that_is_behind_is_no_account_s_fault(november: November) -> None:
    november.savings()
    november.set_clock(datetime(2026, 11, 1, tzinfo=UTC))
    assert november.machine.task("open", {"period": OCTOBER})["status"] == "opened"
    november.set_clock(datetime(2026, 11, 1, tzinfo=UTC) - timedelta(seconds=1))
    for number in range(2):
        with pytest.raises(RuntimeError, match="not over"):
            november.machine.task("work", {"period": OCTOBER, "attempt": 1, "partition": number})
    assert counts(november.run()) == of()
