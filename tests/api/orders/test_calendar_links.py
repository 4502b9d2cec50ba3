"""Secret links to the calendar of an account: who gets what by them, and when they stop working."""

import io
from datetime import date, timedelta
from typing import Any

import icalendar
import pytest

from chalicelib import clock
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.planted_orders import planted

WRONG = "A" * 43


def link(client: Api, user: User, account: Json) -> str:
    url: str = client.post(f"/v1/accounts/{account['id']}/calendar-link", token=user.token).ok(201)["url"]
    return url


def get(client: Api, url: str) -> Reply:
    """Without log-in."""
    return client.get(url)


def events(reply: Reply) -> dict[str, tuple[str, date]]:
    """The events by uid, as a library reads them."""
    calendar: Any = icalendar.Calendar.from_ical(reply.text)
    assert not calendar.errors
    return {str(one["UID"]): (str(one["SUMMARY"]), one["DTSTART"].dt) for one in calendar.walk("VEVENT")}


def day(number: int) -> date:
    return clock.now().date() + timedelta(days=number)


def test_the_calendar_has_what_the_forecast_has(client: Api, customer: User, other_customer: User) -> None:
    account, payee = opened(client, customer, "10.00"), opened(client, other_customer)
    order = planted(customer, account, payee["id"], 700, day(2).isoformat(), unit="week", times=2, memo="Rent, due")
    reply = get(client, link(client, customer, account))
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert events(reply) == {
        f"{order.id}-{day(2)}@florin": ("7.00 USD out: standing order", day(2)),
        f"{order.id}-{day(9)}@florin": ("7.00 USD out: standing order", day(9)),
        f"shortfall-{account['id']}@florin": ("The account is not covered", day(9)),
    }


def test_the_uid_of_a_date_stays_when_its_payment_moves(client: Api, customer: User) -> None:
    account, second = opened(client, customer, "10.00"), opened(client, customer)
    saturday = day(1) + timedelta(days=(5 - day(1).weekday()) % 7 + 28)
    order = planted(customer, account, second["id"], 1, saturday.isoformat(), business_days="preceding", times=1)
    order.start = day(0).isoformat()
    moved = events(get(client, link(client, customer, account)))
    assert list(moved) == [f"{order.id}-{saturday}@florin"]
    assert moved[f"{order.id}-{saturday}@florin"][1] != saturday


def test_a_new_link_replaces_the_last_one(client: Api, customer: User) -> None:
    account = opened(client, customer)
    first, second = link(client, customer, account), link(client, customer, account)
    assert (get(client, first).status, get(client, second).status) == (404, 200)


def test_a_revoked_link_stops_working(client: Api, customer: User) -> None:
    account = opened(client, customer)
    url, path = link(client, customer, account), f"/v1/accounts/{account['id']}/calendar-link"
    client.delete(path, token=customer.token).ok(204)
    assert get(client, url).status == 404
    client.delete(path, token=customer.token).refused(404, "not_found")
    assert get(client, link(client, customer, account)).status == 200


def test_a_link_dies_with_the_right_of_its_maker(
    client: Api, customer: User, other_customer: User, teller: User
) -> None:
    account = opened(client, customer, "10.00")
    put_holder(client, teller, account, other_customer, "view").ok()
    own, joint = link(client, customer, account), link(client, other_customer, account)
    assert (get(client, own).status, get(client, joint).status) == (200, 200)
    end_holder(client, customer, account, other_customer).ok(204)
    assert (get(client, own).status, get(client, joint).status) == (200, 404)
    client.delete(f"/v1/accounts/{account['id']}/calendar-link", token=other_customer.token).ok(204)


def test_a_link_dies_with_its_makers_user(client: Api, customer: User, admin: User) -> None:
    account = opened(client, customer)
    url = link(client, customer, account)
    client.send("PATCH", f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    assert get(client, url).status == 404


def test_a_joint_holders_link_tells_nothing_of_the_owners_other_accounts(
    client: Api, customer: User, other_customer: User, teller: User
) -> None:
    account, private = opened(client, customer, "10.00"), opened(client, customer, "90.00")
    put_holder(client, teller, account, other_customer, "view").ok()
    planted(customer, private, account["id"], 500, day(1).isoformat(), times=1)
    assert events(get(client, link(client, other_customer, account))) == {}
    assert len(events(get(client, link(client, customer, account)))) == 1


def test_a_token_opens_its_own_account_only(client: Api, customer: User) -> None:
    account, second = opened(client, customer), opened(client, customer)
    url = link(client, customer, account)
    link(client, customer, second)
    assert get(client, url.replace(account["id"], second["id"])).status == 404


def test_wrong_tokens_and_unknown_accounts_look_alike(client: Api, customer: User) -> None:
    with_link, without = opened(client, customer), opened(client, customer)
    link(client, customer, with_link)
    unknown = "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    replies = {
        name: get(client, f"/v1/accounts/{name}/calendar.ics?token={WRONG}").refused(404, "not_found").json["detail"]
        for name in (with_link["id"], without["id"], unknown, "none")
    }
    assert len({detail.replace(name, "") for name, detail in replies.items()}) == 1


def test_strangers_and_staff_cannot_make_links(client: Api, customer: User, other_customer: User, teller: User) -> None:
    path = f"/v1/accounts/{opened(client, customer)['id']}/calendar-link"
    client.post(path, token=other_customer.token).refused(404, "not_found")
    client.post(path, token=teller.token).refused(403, "forbidden")
    client.delete(path, token=other_customer.token).refused(404, "not_found")
    assert client.post(path).status == 401


def test_wrong_tokens_are_limited_and_do_not_lock_the_right_one(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = opened(client, customer)
    url = link(client, customer, account)
    monkeypatch.setenv("SOURCE_FAILURES_MAX", "2")
    wrong = [get(client, f"{url[:-43]}{WRONG}").status for _ in range(3)]
    assert wrong == [404, 404, 429]
    assert [get(client, url).status for _ in range(3)] == [200, 200, 429]


def test_the_token_is_stored_as_a_hash_and_never_logged(
    client: Api, customer: User, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    account = opened(client, customer)
    url = link(client, customer, account)
    token = url.partition("token=")[2]
    assert get(client, url).status == 200
    get(client, url + "x")
    written = log.getvalue() + "".join(capfd.readouterr())
    assert "calendar.ics" in written
    assert len(token) == 43
    assert token not in written
    assert token not in str(items())


def test_the_maker_gets_a_mail(client: Api, customer: User, mailbox: Mailbox) -> None:
    link(client, customer, opened(client, customer))
    assert [one["kind"] for one in mailbox.orders] == ["calendar_link_added"]
