"""Staff at the clearing: lists, inquiries and messages sent again, and who may not."""

from collections import Counter

import pytest

from chalicelib.domain.clearing import pacs028
from chalicelib.services import reference_cache
from chalicelib.services.operations import gauges, readiness
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.clearing import IBAN, Clearing, answer, pay, stored, submit_instant

PAYMENTS, CYCLES = "/v1/clearing/payments", "/v1/clearing/cycles"


@pytest.fixture
def silent(client: Api, customer: User, payer: Json, clearing: Clearing) -> Json:
    """Return an instant payment that was sent, and not answered."""
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    return payment


def act(client: Api, user: User, payment: Json, how: str, key: str | None = None) -> Reply:
    return client.post(f"{PAYMENTS}/{payment['id']}/{how}", token=user.token, key=key or new_key())


def listed(client: Api, user: User, query: str) -> list[str]:
    """Return the ids on all pages of a list."""
    found, cursor = list[str](), ""
    while True:
        page = client.get(f"{PAYMENTS}?{query}{cursor}", token=user.token).ok()
        found += [one["transaction_id"] for one in page["data"]]
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_every_payment_is_listed_once_under_its_state(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    payments = [pay(client, customer, payer, "1.00") for _ in range(7)]
    instant = pay(client, customer, payer, "1.00", rail="instant")
    every = {one["id"] for one in (*payments, instant)}
    for limit in (1, 3, 100):
        found = listed(client, manager, f"state=queued&limit={limit}")
        assert len(found) == len(every)
        assert set(found) == every
    assert listed(client, manager, "state=queued&rail=instant") == [instant["id"]]
    clearing.cut_off(payments[0])
    answer(clearing, "ACSC", *payments[:2])
    assert set(listed(client, manager, "state=settled&limit=1")) == {one["id"] for one in payments[:2]}
    assert set(listed(client, manager, "limit=2")) == {one["id"] for one in (*payments[2:], instant)}
    assert listed(client, manager, "state=queued") == []


def test_a_list_names_no_payee(client: Api, manager: User, silent: Json) -> None:
    [one] = client.get(PAYMENTS, token=manager.token).ok()["data"]
    assert (one["transaction_id"], one["state"], one["amount"]) == (silent["id"], "submitted", "10.00")
    assert "Müller" not in str(one)
    assert IBAN[:8] not in str(one)


def test_a_cursor_of_another_state_is_refused(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    for _ in range(3):
        pay(client, customer, payer, "1.00")
    cursor = client.get(f"{PAYMENTS}?state=queued&limit=1", token=manager.token).ok()["next_cursor"]
    for query in ("state=settled", "state=queued&rail=standard"):
        asked = client.get(f"{PAYMENTS}?{query}&cursor={cursor}", token=manager.token)
        asked.refused(400, "invalid_cursor")


def test_cycles_are_listed_the_newest_first(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    cycle = clearing.cut_off(pay(client, customer, payer))
    [one] = client.get(CYCLES, token=manager.token).ok()["data"]
    assert (one["id"], one["status"], one["closed_at"]) == (cycle, "collecting", None)


def test_an_inquiry_by_hand_is_sent_once_in_five_minutes(
    client: Api, manager: User, admin: User, clearing: Clearing, silent: Json
) -> None:
    asked = act(client, manager, silent, "inquire", "k")
    assert [one["what"] for one in asked.ok()["trace"]] == ["queued", "submitted", "inquired"]
    assert clearing.names()[-1] == pacs028.NAME
    assert act(client, manager, silent, "inquire", "k").ok()["trace"] == asked.ok()["trace"]
    refused = act(client, admin, silent, "inquire").refused(429, "too_many_attempts")
    assert int(refused.headers["Retry-After"]) <= 300
    assert clearing.names().count(pacs028.NAME) == 1
    with clearing.later(minutes=5):
        act(client, admin, silent, "inquire").ok()
    assert clearing.names().count(pacs028.NAME) == 2


def test_an_inquiry_that_the_queue_refuses_is_not_noted(
    client: Api, manager: User, clearing: Clearing, silent: Json
) -> None:
    clearing.fails = True
    act(client, manager, silent, "inquire", "k").refused(503, "unavailable")
    clearing.fails = False
    act(client, manager, silent, "inquire", "k").ok()
    assert clearing.names().count(pacs028.NAME) == 1


def test_a_message_is_sent_again_as_it_was_and_who_did_it_is_in_the_audit(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    payments = [pay(client, customer, payer, "1.00") for _ in range(2)]
    clearing.cut_off(payments[0])
    before = list(clearing.sent)
    act(client, manager, payments[0], "send").ok()
    assert clearing.sent[-1] in before
    act(client, manager, payments[0], "send").refused(429, "too_many_attempts")
    assert stored(payments[0]).updated_by == manager.user_id
    assert [one["what"] for one in stored(payments[0]).trace][-1] == "sent_again"


def test_a_message_that_has_arrived_is_not_sent_again(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    payments = [pay(client, customer, payer, "1.00") for _ in range(9)]
    clearing.cut_off(payments[0])
    [first, second, *_] = next(
        [one for one in payments if stored(one).message_id == name]
        for name, number in Counter(stored(one).message_id for one in payments).items()
        if number > 1
    )
    answer(clearing, "ACSC", first)
    refused = act(client, manager, second, "send").refused(409, "conflict")
    assert "Ask about this one" in refused.json["detail"]
    act(client, manager, second, "inquire").ok()


@pytest.mark.parametrize("how", ["inquire", "send"])
def test_what_waits_for_no_answer_is_refused(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing, silent: Json, how: str
) -> None:
    queued = pay(client, customer, payer)
    act(client, manager, queued, how).refused(409, "conflict")
    answer(clearing, "ACSC", silent)
    act(client, manager, silent, how).refused(409, "conflict")


@pytest.mark.parametrize("how", ["inquire", "send"])
def test_only_managers_and_admins_act(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, silent: Json, how: str
) -> None:
    for user in (customer, other_customer, teller, auditor):
        act(client, user, silent, how).refused(403, "forbidden")
    for user in (teller, auditor):
        client.get(PAYMENTS, token=user.token).ok()
        client.get(CYCLES, token=user.token).ok()
    client.get(PAYMENTS, token=customer.token).refused(403, "forbidden")


def test_gauges_say_when_the_first_payment_is_to_be_sent(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    assert gauges.take()["queued_first_due_at"] is None
    payment = pay(client, customer, payer)
    assert gauges.take()["queued_first_due_at"] == payment["payment"]["submit_by"]
    with clearing.at_cut_off(payment), clearing.later(hours=1):
        reference_cache.forget()
        assert {one.name: one.is_good for one in readiness.checks()}["clearing.due"] is False
    clearing.cut_off(payment)
    assert gauges.take()["queued_first_due_at"] is None
