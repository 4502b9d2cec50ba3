"""Rates of interest: set for a day, kept for ever, and of no effect before it."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest

from chalicelib import clock
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.interest import put_rate, rates, today
from tests.api.helpers.race import just_before

DAY = timedelta(days=1)


def history(client: Api, user: User, query: str = "", account_type: str = "savings") -> Json:
    page: Json = client.get(f"/v1/interest-rates/{account_type}/history?{query}", token=user.token).ok()
    return page


def test_until_a_rate_is_set_the_standard_ones_hold(client: Api, customer: User) -> None:
    standard = {"effective_from": None, "day_count": "ACT/365F", "next": None}
    assert rates(client, customer) == {
        "savings": {"type": "savings", "annual_rate": "0.0300", **standard},
        "current": {"type": "current", "annual_rate": "0.0000", **standard},
    }
    assert history(client, customer) == {"data": [], "has_more": False, "next_cursor": None}


def test_a_rate_holds_from_its_day_on(
    client: Api,
    customer: User,
    manager: User,
    at_time: Callable[[timedelta], None],
    log_in: Callable[[str], User],
) -> None:
    later = (today() + 10 * DAY).isoformat()
    made = put_rate(client, manager, "0.0425", later).ok()
    assert made == {
        "type": "savings",
        "annual_rate": "0.0425",
        "effective_from": later,
        "set_at": made["set_at"],
        "set_by": manager.user_id,
    }
    now = rates(client, customer)["savings"]
    assert (now["annual_rate"], now["effective_from"]) == ("0.0300", None)
    assert now["next"] == {"annual_rate": "0.0425", "effective_from": later}
    at_time(10 * DAY)
    customer = log_in(customer.email)
    now = rates(client, customer)["savings"]
    assert (now["annual_rate"], now["effective_from"], now["next"]) == ("0.0425", later, None)
    assert rates(client, customer)["current"]["annual_rate"] == "0.0000"


def test_a_rate_may_be_set_for_today(client: Api, customer: User, manager: User) -> None:
    put_rate(client, manager, "0.0100", today().isoformat(), account_type="current").ok()
    assert rates(client, customer)["current"]["annual_rate"] == "0.0100"


def test_of_two_rates_for_a_day_the_later_one_holds_and_both_are_kept(
    client: Api, customer: User, manager: User, admin: User, at_time: Callable[[timedelta], None]
) -> None:
    at_time(timedelta())
    day = today().isoformat()
    put_rate(client, manager, "0.0400", day).ok()
    at_time(timedelta(seconds=-30))  # another machine's clock
    put_rate(client, admin, "0.0600", day).refused(503, "clock_skew")
    at_time(timedelta(seconds=-4))
    put_rate(client, admin, "0.0500", day).ok()
    assert rates(client, customer)["savings"]["annual_rate"] == "0.0500"
    kept = history(client, customer)["data"]
    assert [(rate["annual_rate"], rate["set_by"]) for rate in kept] == [
        ("0.0500", admin.user_id),
        ("0.0400", manager.user_id),
    ]


def test_two_rates_of_one_microsecond_are_both_kept(
    client: Api, customer: User, manager: User, admin: User, at_time: Callable[[timedelta], None]
) -> None:
    at_time(timedelta())
    with just_before("TransactWriteItems", lambda: put_rate(client, admin, "0.0500", today().isoformat()).ok()):
        put_rate(client, manager, "0.0400", today().isoformat()).ok()
    assert [rate["annual_rate"] for rate in history(client, customer)["data"]] == ["0.0400", "0.0500"]


def test_the_history_is_paged_the_latest_day_first(client: Api, customer: User, manager: User) -> None:
    days = [(today() + number * DAY).isoformat() for number in range(5)]
    for number, day in enumerate(days):
        put_rate(client, manager, f"0.0{number}", day).ok()
    first = history(client, customer, "limit=3")
    assert [rate["effective_from"] for rate in first["data"]] == days[:1:-1]
    rest = history(client, customer, f"limit=3&cursor={first['next_cursor']}")
    assert ([rate["effective_from"] for rate in rest["data"]], rest["has_more"]) == (days[1::-1], False)
    client.get(f"/v1/interest-rates/current/history?cursor={first['next_cursor']}", token=customer.token).refused(
        400, "invalid_cursor"
    )


@pytest.mark.parametrize(
    "rate", ["3", "3.0", "0.2501", "-0.01", "0.03%", "3e-2", "0.0300001", "", " 0.03", "NaN", ".03", "0,03", 0.03, None]
)
def test_what_is_no_rate_is_refused(client: Api, manager: User, rate: object) -> None:
    reply = put_rate(client, manager, rate, today().isoformat()).refused(422, "validation_failed")
    assert reply.wrong_fields == ["annual_rate"]


def test_a_percentage_is_answered_with_the_rate_that_was_meant(client: Api, manager: User) -> None:
    detail = put_rate(client, manager, "3", today().isoformat()).json["detail"]
    assert 'for 3 % write "0.0300"' in detail


@pytest.mark.parametrize("day", ["2026-02-30", "20991231", "2099-W01-1", "tomorrow", "", "2099-12-31T00:00:00Z", 1])
def test_what_is_no_day_is_refused(client: Api, manager: User, day: object) -> None:
    reply = put_rate(client, manager, "0.0300", day).refused(422, "validation_failed")
    assert reply.wrong_fields == ["effective_from"]


def test_a_day_that_is_over_is_refused(client: Api, manager: User) -> None:
    reply = put_rate(client, manager, "0.0300", (today() - DAY).isoformat()).refused(422, "validation_failed")
    assert reply.wrong_fields == ["effective_from"]
    assert items(type="interest_rate") == []


def test_the_last_minute_of_a_day_is_too_late_for_its_rate(
    client: Api, manager: User, at_time: Callable[[timedelta], None], log_in: Callable[[str], User]
) -> None:
    tomorrow = today() + DAY
    at_time(datetime.combine(tomorrow, time(23, 59, 30), UTC) - clock.now())
    manager = log_in(manager.email)
    refused = put_rate(client, manager, "0.0200", tomorrow.isoformat()).refused(422, "validation_failed")
    assert refused.wrong_fields == ["effective_from"]
    put_rate(client, manager, "0.0200", (tomorrow + DAY).isoformat()).ok()


def test_only_managers_and_admins_set_rates(
    client: Api, customer: User, teller: User, auditor: User, manager: User, admin: User
) -> None:
    for user in (customer, teller, auditor):
        put_rate(client, user, "0.0400", today().isoformat()).refused(403, "forbidden")
        assert rates(client, user)["savings"]["annual_rate"] == "0.0300"
    for user in (manager, admin):
        put_rate(client, user, "0.0400", today().isoformat()).ok()
    client.get("/v1/interest-rates").refused(401, "unauthorized")


@pytest.mark.parametrize("account_type", ["general_ledger", "checking", "savings%23", "SAVINGS"])
def test_an_unknown_type_has_no_rate(client: Api, manager: User, account_type: str) -> None:
    put_rate(client, manager, "0.0300", today().isoformat(), account_type=account_type).refused(404, "not_found")
    client.get(f"/v1/interest-rates/{account_type}/history", token=manager.token).refused(404, "not_found")


def test_how_a_product_counts_days_is_a_setting(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAY_COUNT_SAVINGS", "30E/360")
    monkeypatch.setenv("DAY_COUNT_CURRENT", "ACT/ACT")
    assert {name: rate["day_count"] for name, rate in rates(client, customer).items()} == {
        "savings": "30/360",
        "current": "ACT/ACT",
    }
