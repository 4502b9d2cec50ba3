"""Events as they are read: by whom, in which order, and with which filters."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.events.catalogue import TYPES
from chalicelib.domain.permissions import system
from chalicelib.domain.time import timestamp
from chalicelib.models.events import subjects
from chalicelib.models.ledger import ledger
from tests.api.helpers.accounts import frozen, opened, transfer
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.clearing import connect
from tests.api.helpers.events import event_rows
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.payment_files import Group, Pay, made_of, write_file
from tests.api.helpers.risk import held_by_hand
from tests.api.helpers.risk import raised as raise_alert
from tests.api.helpers.stream import Stream

EVENTS = "/v1/events"


@pytest.fixture(autouse=True)
def read_stream(stream: Stream) -> Stream:
    return stream


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


@pytest.fixture
def moved(client: Api, customer: User, other_customer: User, account: Json, stream: Stream) -> Json:
    made: Json = transfer(client, customer, account, opened(client, other_customer), "1.00").ok(201)
    stream.deliver()
    return made


def listed(client: Api, user: User, query: str = "") -> list[Json]:
    """All pages of a list."""
    found, cursor = list[Json](), ""
    while True:
        page = client.get(f"{EVENTS}?{query}{cursor}", token=user.token).ok()
        found += page["data"]
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def names(events: list[Json]) -> list[str]:
    return [event["type"] for event in events]


def test_customers_see_their_own_events_staff_and_auditors_all(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, moved: Json
) -> None:
    everything = {row["id"] for row in event_rows()}
    for user in (teller, auditor):
        assert {event["id"] for event in listed(client, user)} == everything
    mine, others = listed(client, customer), listed(client, other_customer)
    subject = f"transactions/{moved['id']}"
    [paid], [received] = [[one for one in seen if one["subject"] == subject] for seen in (mine, others)]
    assert paid["id"] == received["id"]
    assert paid["data"]["entries"] != received["data"]["entries"]
    assert [entry["account_id"] for entry in paid["data"]["entries"]] == [moved["from_account_id"]]
    for seen, user in ((mine, customer), (others, other_customer)):
        assert {event["id"] for event in seen} == {row["id"] for row in event_rows(recipient=user.customer_id)}
    assert set(names(mine)) == {"customer.created", "account.opened", "transaction.posted"}


def test_an_event_of_others_does_not_exist(
    client: Api, customer: User, other_customer: User, teller: User, moved: Json
) -> None:
    [own] = listed(client, other_customer, "type=account.opened")
    path = f"{EVENTS}/{own['id']}"
    assert client.get(path, token=other_customer.token).ok() == own
    assert client.get(path, token=teller.token).ok()["id"] == own["id"]
    refused = client.get(path, token=customer.token).refused(404, "not_found")
    unknown = client.get(f"{EVENTS}/evt_{'0' * 26}", token=customer.token).refused(404, "not_found")
    assert refused.json["detail"].partition("evt_")[0] == unknown.json["detail"].partition("evt_")[0]
    for malformed in ("evt_x", "x", "txn_" + "0" * 26, "evt_" + "Z" * 26, "evt_" + "l" * 26):
        for user in (customer, teller):
            client.get(f"{EVENTS}/{malformed}", token=user.token).refused(404, "not_found")
    client.get(path).refused(401, "unauthorized")


def test_a_subject_of_others_tells_a_customer_nothing_not_even_that_there_is_more(
    client: Api, customer: User, other_customer: User, teller: User, account: Json, moved: Json, stream: Stream
) -> None:
    subject = f"accounts/{account['id']}"
    for _ in range(3):
        frozen(client, teller, account)
        client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "fine"}, token=teller.token).ok()
    stream.deliver()
    page = client.get(f"{EVENTS}?subject={subject}&limit=1", token=other_customer.token).ok()
    assert page == {"data": [], "has_more": False, "next_cursor": None}
    own = listed(client, customer, f"subject={subject}&limit=2")
    assert [one["sequence"] for one in own] == [7, 6, 5, 4, 3, 2, 1]
    assert listed(client, teller, f"subject={subject}&limit=1") == own
    assert names(listed(client, customer, f"subject={subject}&type=account.opened")) == ["account.opened"]
    cursor = client.get(f"{EVENTS}?subject={subject}&limit=1", token=customer.token).ok()["next_cursor"]
    stolen = client.get(f"{EVENTS}?subject={subject}&limit=1&cursor={cursor}", token=other_customer.token).ok()
    assert stolen == {"data": [], "has_more": False, "next_cursor": None}


def test_each_subject_names_the_item_that_its_events_are_made_of(moved: Json) -> None:
    of_owners = {"webhook-endpoints/{1}"}  # an endpoint's key has its owner, whom the subject does not name
    assert {one.shape.subject for one in TYPES} - of_owners == subjects.KEYS.keys()
    for row in event_rows():
        assert subjects.item_of(row["subject"]) == (row["item_pk"], row["item_sk"])
    for nonsense in ("", "transactions", "transactions/", "transactions/a/b", "x/y", "accounts/a#b", "accounts/*"):
        assert subjects.item_of(nonsense) is None


def test_subject_of_a_payment_file_lists_its_events_to_its_customer_and_staff_only(
    client: Api,
    customer: User,
    other_customer: User,
    teller: User,
    stream: Stream,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payer = opened(client, customer, "100.00", currency="EUR")
    connect(monkeypatch)
    file = made_of(client, customer, write_file(Group(payer["iban"], (Pay(),))))
    stream.deliver()
    [row] = event_rows(type="payment_file.completed", recipient=customer.customer_id)
    assert subjects.item_of(row["subject"]) == (row["item_pk"], row["item_sk"])
    subject = f"subject=payment-files/{file['id']}"
    for user in (customer, teller):
        assert names(listed(client, user, subject)) == ["payment_file.completed"]
    assert listed(client, other_customer, subject) == []
    assert client.get(f"{EVENTS}/{row['id']}", token=customer.token).ok()["subject"] == row["subject"]
    client.get(f"{EVENTS}/{row['id']}", token=other_customer.token).refused(404, "not_found")


@pytest.mark.parametrize("query", ["subject=nothing", "type=nothing", "from=x", "from=2026-01-02&to=2026-01-01", "a=b"])
def test_a_wrong_filter_is_refused(client: Api, customer: User, query: str) -> None:
    client.get(f"{EVENTS}?{query}", token=customer.token).refused(422, "validation_failed")


def test_pages_have_everything_once_newest_first_whatever_their_size(
    client: Api, customer: User, teller: User, moved: Json
) -> None:
    """Without `from`, a list ends 400 days ago, and the bank's looks at each day."""
    recent = f"from={timestamp(clock.now() - timedelta(days=1))}"
    for user in (customer, teller):
        whole = listed(client, user, "limit=100")
        ids = [one["id"] for one in whole]
        assert ids == sorted(set(ids), reverse=True)
        for query in ("limit=1", "limit=2", "limit=3"):
            assert [one["id"] for one in listed(client, user, f"{query}&{recent}")] == ids
        for name in ("account.opened", "customer.created", "ticket.created"):
            wanted = [one["id"] for one in whole if one["type"] == name]
            assert [one["id"] for one in listed(client, user, f"type={name}&limit=1&{recent}")] == wanted


def test_a_range_is_exact_to_the_microsecond(client: Api, customer: User, teller: User, moved: Json) -> None:
    for user in (customer, teller):
        whole = listed(client, user, f"limit=100&from={timestamp(clock.now() - timedelta(days=1))}")
        at = whole[0]["timestamp"]
        just = [one["id"] for one in whole if one["timestamp"] == at]
        assert [one["id"] for one in listed(client, user, f"from={at}&to={at}")] == just
        before = timestamp(clock.now() - timedelta(days=1))
        assert listed(client, user, f"to={before}&from=2026-01-01") == []
        assert listed(client, user, "from=9999-12-30") == []
        assert listed(client, user, "to=1960-01-01") == []


def test_a_cursor_of_another_list_is_refused(client: Api, customer: User, teller: User, moved: Json) -> None:
    for user in (customer, teller):
        cursor = client.get(f"{EVENTS}?limit=1", token=user.token).ok()["next_cursor"]
        for path in (f"{EVENTS}?limit=1&from=2026-01-01&cursor={cursor}", f"{EVENTS}?cursor={cursor}x"):
            client.get(path, token=user.token).refused(400, "invalid_cursor")
    cursor = client.get(f"{EVENTS}?limit=1", token=teller.token).ok()["next_cursor"]
    client.get(f"{EVENTS}?limit=1&cursor={cursor}", token=customer.token).refused(400, "invalid_cursor")


def test_a_former_holder_keeps_what_it_was_told_and_learns_no_more(
    client: Api, customer: User, new_customer: Callable[[], User], teller: User, account: Json, stream: Stream
) -> None:
    holder = new_customer()
    put_holder(client, teller, account, holder, "view").ok()
    frozen(client, teller, account)
    end_holder(client, teller, account, holder).ok(204)
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "fine"}, token=teller.token).ok()
    stream.deliver()
    assert names(listed(client, holder))[:3] == ["holder.removed", "account.frozen", "holder.added"]
    assert names(listed(client, holder, f"subject=accounts/{account['id']}")) == ["account.frozen"]


def test_staff_see_no_event_of_an_alert_about_themselves(
    client: Api, customer: User, admin: User, new_staff: Callable[[str], User], account: Json, stream: Stream
) -> None:
    suspect, colleague = new_staff("teller"), new_staff("teller")
    link = {"customer_id": customer.customer_id}
    client.patch(f"/v1/users/{suspect.user_id}", link, token=admin.token).ok()
    tokens = client.post("/v1/auth/login", {"email": suspect.email, "password": suspect.password}).ok()
    alert = raise_alert(customer, account, "high")
    stream.deliver()
    about = f"subject=reports/risk/{alert}"
    [event] = listed(client, colleague, about)
    anew = User(suspect.user_id, suspect.email, suspect.password, tokens["access_token"], "", None)
    assert listed(client, anew, about) == []
    recent = f"type=risk_alert.raised&limit=1&from={timestamp(clock.now() - timedelta(days=1))}"
    assert event["id"] not in [one["id"] for one in listed(client, anew, recent)]
    client.get(f"{EVENTS}/{event['id']}", token=anew.token).refused(404, "not_found")


def test_a_payee_does_not_see_a_payment_that_waits(
    client: Api, customer: User, other_customer: User, account: Json, stream: Stream
) -> None:
    held = held_by_hand(customer, account, opened(client, other_customer))
    stream.deliver()
    subject = f"subject=transactions/{held}"
    assert names(listed(client, customer, subject)) == ["transaction.pending"]
    assert listed(client, other_customer, subject) == []
    ledger.void(held, system("r"), "given up")
    stream.deliver()
    assert listed(client, other_customer, subject) == []


def test_the_catalogue_is_shown_whole(client: Api, customer: User) -> None:
    shown = client.get("/v1/event-types", token=customer.token).ok()["data"]
    assert [one["type"] for one in shown] == [one.name for one in TYPES]
    assert all(one["example"]["type"] == one["type"] for one in shown)
    webhooks = client.get("/v1/openapi.json").ok()["webhooks"]
    assert set(webhooks) == {one["type"] for one in shown}
    for one in shown:
        content = webhooks[one["type"]]["post"]["requestBody"]["content"]["application/json"]
        assert (content["schema"], content["example"]) == (one["json_schema"], one["example"])
