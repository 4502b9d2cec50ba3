"""The monthly run, with its state machine: whoever starts it, it credits every account and tells what it came to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.handlers.functions import scheduled_run_task
from chalicelib.services.interest import run_partition
from tests.api.helpers.accounts import closed, frozen, new_key, withdraw
from tests.api.helpers.bank import User, items
from tests.api.helpers.november import DUE, OCTOBER, RUNS, November, balanced, counts, credited, of, posted


def test_the_schedule_credits_every_account_and_the_totals_are_the_ledger_s(november: November) -> None:
    plain, second = november.savings(), november.savings("2000.00")
    november.savings("300000", currency="JPY")
    icy, empty, gone = november.savings(), november.savings(None), november.savings(None)
    admin = november.signed_in()
    frozen(november.client, admin, icy)
    closed(november.client, admin, gone)
    assert november.machine.execute({})["status"] == "completed"
    run = november.run()
    assert counts(run) == of(accounts=6, credited=4, nothing=1, closed=1, frozen=1)
    assert run["total"] == [{"currency": "JPY", "amount": "764"}, {"currency": "USD", "amount": "10.20"}]
    assert (credited("USD"), credited("JPY")) == (1020, 764)
    assert (run["status"], run["attempt"], run["started_by"]) == ("completed", 1, "system")
    assert run["partitions"] == {"done": 2, "of": 2}
    balances = {account["id"]: account["balance"] for account in (plain, second, icy, empty)}
    now = {name: november.client.get(f"/v1/accounts/{name}", token=admin.token).ok()["balance"] for name in balances}
    assert list(now.values()) == ["1002.55", "2005.10", "1002.55", "0.00"]
    paid = {item["interest_paid_through"] for item in items(type="account") if "customer_id" in item}
    assert paid == {"2026-10-31"}
    assert balanced()


def test_it_is_due_at_two_on_the_first_and_once(november: November) -> None:
    november.savings()
    november.set_clock(DUE - timedelta(seconds=1))
    assert november.machine.execute({})["period"] == "2026-09"
    assert posted() == []
    november.set_clock(DUE)
    assert november.machine.execute({}) == {"status": "completed", "period": OCTOBER, "attempt": 1}
    november.machine.states.clear()
    assert november.machine.execute({}) == {"status": "not_due", "period": OCTOBER}
    assert november.machine.states == ["Open", "IsDue", "NotDue"]
    assert len(posted()) == 1


def test_a_run_that_was_missed_is_made_up_for(november: November) -> None:
    november.savings()
    november.set_clock(datetime(2026, 11, 29, 17, tzinfo=UTC))
    assert november.machine.execute({})["status"] == "completed"
    assert credited() == 255


def test_a_manager_starts_a_run_for_a_period(november: November, new_staff: Callable[[str], User]) -> None:
    november.savings()
    manager = new_staff("manager")
    reply = november.client.post(RUNS, {"period": OCTOBER}, token=manager.token, key="k")
    assert reply.ok(202)["period"] == OCTOBER
    run = november.run()
    assert (run["status"], run["started_by"], counts(run)) == (
        "completed",
        manager.user_id,
        of(accounts=1, credited=1),
    )
    again = november.client.post(RUNS, {"period": OCTOBER}, token=manager.token, key="k")
    assert (again.ok(202)["attempt"], again.headers["Idempotent-Replayed"]) == (1, "true")
    november.client.post(RUNS, {"period": "2026-09"}, token=manager.token, key="k").refused(
        409, "idempotency_key_reused"
    )
    assert len(november.machine.names) == 1


@pytest.mark.parametrize("period", [None, "", "2026-11", "2026-12", "2126-01", "2026-13", "2026-1", "october", 202610])
def test_a_period_that_is_none_or_not_over_is_refused(november: November, period: object) -> None:
    body = {} if period is None else {"period": period}
    reply = november.client.post(RUNS, body, token=november.signed_in().token)
    assert reply.refused(422, "validation_failed").wrong_fields == ["period"]
    told = november.machine.execute({"period": period})
    assert (told["status"], told["period"]) == ("rejected", str(period))
    assert items(type="interest_run") == []


def test_who_may(november: November, new_staff: Callable[[str], User], log_in: Callable[[str], User]) -> None:
    november.machine.execute({})
    for role in ("teller", "auditor"):
        user = new_staff(role)
        november.client.post(RUNS, {"period": OCTOBER}, token=user.token).refused(403, "forbidden")
        november.client.get(f"{RUNS}/{OCTOBER}", token=user.token).ok()
        assert [run["period"] for run in november.client.get(RUNS, token=user.token).ok()["data"]] == [OCTOBER]
    customer = log_in(november.customer.email)
    for path in (RUNS, f"{RUNS}/{OCTOBER}"):
        november.client.get(path, token=customer.token).refused(403, "forbidden")
    november.client.post(RUNS, {"period": OCTOBER}, token=customer.token).refused(403, "forbidden")
    for unknown in ("2026-09", "x", "2026-1"):
        november.client.get(f"{RUNS}/{unknown}", token=new_staff("auditor").token).refused(404, "not_found")


def test_runs_are_listed_by_period(november: November) -> None:
    for period in ("2026-08", OCTOBER, "2026-09"):
        november.machine.execute({"period": period})
    admin = november.signed_in()
    first = november.client.get(f"{RUNS}?limit=2", token=admin.token).ok()
    rest = november.client.get(f"{RUNS}?limit=2&cursor={first['next_cursor']}", token=admin.token).ok()
    assert [run["period"] for run in first["data"] + rest["data"]] == [OCTOBER, "2026-09", "2026-08"]
    assert not rest["has_more"]
    assert "failures" not in first["data"][0]


def test_a_run_shows_how_far_it_is(november: November) -> None:
    november.savings()
    november.machine.silent = True
    november.client.post(RUNS, {"period": OCTOBER}, token=november.signed_in().token).refused(503, "outcome_unknown")
    seen = [november.run()]
    for number in range(2):
        november.machine.task("work", {"period": OCTOBER, "attempt": 1, "partition": number})
        seen.append(november.run())
    assert [run["partitions"] for run in seen] == [{"done": done, "of": 2} for done in range(3)]
    assert [run["status"] for run in seen] == ["running"] * 3
    assert (counts(seen[0]), counts(seen[2])) == (of(), of(accounts=1, credited=1))
    assert (seen[0]["total"], seen[2]["total"]) == ([], [{"currency": "USD", "amount": "2.55"}])
    assert november.machine.task("close", {"period": OCTOBER, "attempt": 1})["status"] == "completed"


def test_a_partition_continues_over_several_invocations(november: November, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has time for one account only."""
    for _ in range(5):
        november.savings("1000.00")
    monkeypatch.setattr(scheduled_run_task, "RESERVE_MILLISECONDS", 10**9)
    assert november.machine.execute({})["status"] == "completed"
    assert counts(november.run()) == of(accounts=5, credited=5)
    assert credited() == 5 * 255


def test_pages_of_accounts_follow_each_other(november: November, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_partition, "ACCOUNTS_AT_ONCE", 2)
    for _ in range(5):
        november.savings("1000.00")
    november.machine.execute({})
    assert counts(november.run()) == of(accounts=5, credited=5)


def test_run_twice_it_credits_once(november: November) -> None:
    for _ in range(3):
        november.savings()
    admin = november.signed_in()
    for attempt in (1, 2):
        november.client.post(RUNS, {"period": OCTOBER}, token=admin.token).ok(202)
        run = november.run()
        assert (run["attempt"], counts(run)) == (attempt, of(accounts=3, credited=3))
        assert run["total"] == [{"currency": "USD", "amount": "7.65"}]
    assert credited() == 765


def test_after_a_credit_by_hand_the_run_pays_the_rest(november: November) -> None:
    account = november.savings()
    november.set_clock(datetime(2026, 10, 16, 9, tzinfo=UTC))
    path = f"/v1/accounts/{account['id']}/apply_interest"
    by_hand = november.client.post(path, token=november.signed_in().token, key=new_key()).ok(201)
    assert (by_hand["from"], by_hand["to"], by_hand["amount"]) == ("2026-10-01", "2026-10-15", "1.23")
    november.set_clock(DUE)
    november.machine.execute({})
    run = november.run()
    # 16 days on 1001.23, and what rounding left: 1000 × 0.03 × 15 / 365 − 1.23 + 1001.23 × 0.03 × 16 / 365 = 1.3196
    assert run["total"] == [{"currency": "USD", "amount": "1.32"}]
    assert credited() == 123 + 132
    assert balanced()


def test_an_account_that_closed_after_it_was_paid_stays_in_the_totals(november: November) -> None:
    account = november.savings()
    november.machine.execute({})
    admin = november.signed_in()
    withdraw(november.client, admin, account, "1002.55").ok(201)
    closed(november.client, admin, account)
    november.machine.execute({"period": OCTOBER})
    assert counts(november.run()) == of(accounts=1, credited=1)
