"""Announcements: published to their audience and for their time, edited, withdrawn, and kept where they are read."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.permissions import system
from chalicelib.domain.time import timestamp
from chalicelib.models import connection, transact
from chalicelib.models.support.announcement import Announcement
from chalicelib.services import reference_cache
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User, counted_calls, items
from tests.api.helpers.held_money import decide_approval
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream, audited

PATH = "/v1/announcements"
SESSION = {"GetItem": 1}
UNKNOWN = ("ann_01ARZ3NDEKTSV4RRFFQ69G5FAV", "ann_x", "x" * 3000)
Clock = Callable[[timedelta], None]


def publish(client: Api, user: User, title: str = "New opening hours", **fields: object) -> Json:
    body = {"title": title, "message": "From May on:\n8 to 16.", **fields}
    made: Json = client.post(PATH, body, token=user.token).ok(201)
    return made


@contextmanager
def items_read() -> Iterator[list[Json]]:
    """The items that DynamoDB answers by their keys, while the block runs."""
    read: list[Json] = []

    def answered(parsed: Json, **_: object) -> None:
        read.extend(item for found in parsed["Responses"].values() for item in found)

    events, name = connection.client().meta.events, "after-call.dynamodb.BatchGetItem"
    events.register(name, answered)
    try:
        yield read
    finally:
        events.unregister(name, answered)


def titles(client: Api, query: str = "") -> list[str]:
    """What anyone sees."""
    return [one["title"] for one in client.get(f"{PATH}?{query}").ok()["data"]]


def own_titles(client: Api, user: User) -> list[str]:
    return [one["title"] for one in client.get("/v1/user/announcements", token=user.token).ok()["data"]]


def edit(client: Api, user: User, announcement: Json, if_match: str | None = None, **edits: object) -> Reply:
    headers = {"If-Match": if_match} if if_match is not None else {}
    return client.patch(f"{PATH}/{announcement['id']}", edits, token=user.token, headers=headers)


def withdraw(client: Api, user: User, announcement: Json) -> Json:
    gone: Json = client.delete(f"{PATH}/{announcement['id']}", token=user.token).ok()
    return gone


def later(**distance: float) -> str:
    return timestamp(clock.now() + timedelta(**distance))


def test_what_staff_publish_anyone_reads(client: Api, teller: User) -> None:
    assert client.get(PATH).ok() == {"data": [], "has_more": False, "next_cursor": None}
    with counted_calls() as calls:
        made = publish(client, teller)
    assert calls == {"GetItem": 2, "Query": 1, "TransactWriteItems": 1}  # the session, twice; the policies
    assert made == {
        "id": made["id"],
        "title": "New opening hours",
        "message": "From May on:\n8 to 16.",
        "audience": "everyone",
        "status": "published",
        "published_from": made["created_at"],
        "published_until": None,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "version": 1,
    }
    assert client.get(PATH).ok()["data"] == [made]
    assert [item["updated_by"] for item in items(type="announcement")] == [teller.user_id]


def test_the_second_read_costs_no_call_of_dynamodb(client: Api, teller: User, at_time: Clock) -> None:
    publish(client, teller)
    at_time(timedelta(seconds=5))
    with counted_calls() as calls:
        first = client.get(PATH)
    assert calls == {"Query": 1, "BatchGetItem": 1}
    with counted_calls() as calls:
        assert client.get(PATH).ok()["data"] == first.ok()["data"] != []
        assert client.get(f"{PATH}?limit=1").status == 200
    assert not calls


def test_a_change_made_elsewhere_is_seen_within_the_cache_time(client: Api, teller: User, at_time: Clock) -> None:
    """By another process, of which this one hears nothing."""
    made = publish(client, teller)
    at_time(timedelta(seconds=5))
    assert titles(client) == ["New opening hours"]
    elsewhere = Announcement.by_id(made["id"])
    assert elsewhere
    action = elsewhere.change({"title": "Old opening hours"}, system("r"), timestamp(clock.now()))
    transact.commit([action], "r")
    assert titles(client) == ["New opening hours"]
    at_time(timedelta(seconds=35))
    assert titles(client) == ["Old opening hours"]


def test_whoever_has_it_already_is_told_so(client: Api, teller: User, customer: User, at_time: Clock) -> None:
    publish(client, teller)
    at_time(timedelta(seconds=5))
    ways = ((PATH, None, "public"), ("/v1/user/announcements", customer.token, "private"))
    for number, (path, token, cache_scope) in enumerate(ways, start=1):
        first = client.get(path, token=token)
        left = reference_cache.seconds_left()
        assert first.headers["Cache-Control"] == f"{cache_scope}, max-age={left}"
        known = {"If-None-Match": first.headers["ETag"]}
        with counted_calls() as calls:
            again = client.get(path, token=token, headers=known)
        assert (again.status, again.text, again.headers["ETag"]) == (304, "", first.headers["ETag"])
        assert calls == (SESSION if token else {})
        publish(client, teller, "Another")
        changed = client.get(path, token=token, headers=known)
        assert len(changed.ok()["data"]) == len(first.json["data"]) + 1 == number + 1
        assert changed.headers["ETag"] != first.headers["ETag"]


def test_each_audience_sees_its_own(
    client: Api,
    customer: User,
    teller: User,
    manager: User,
    auditor: User,
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")  # a window of 30 seconds may end in between
    for audience in ("everyone", "customers", "staff"):
        publish(client, teller, audience, audience=audience)
    assert titles(client) == ["everyone"]
    assert own_titles(client, customer) == ["customers", "everyone"]
    for user in (teller, manager, auditor, admin):
        assert own_titles(client, user) == ["staff", "customers", "everyone"]
    client.get("/v1/user/announcements").refused(401, "unauthorized")
    with counted_calls() as calls:
        own_titles(client, customer)
    assert calls == SESSION, "one reading serves all audiences"


def test_announcements_begin_and_end_by_themselves(
    client: Api, teller: User, at_time: Clock, log_in: Callable[[str], User]
) -> None:
    publish(client, teller, "always")
    publish(client, teller, "tomorrow", published_from=later(days=1), published_until=later(days=2))
    publish(client, teller, "today", published_until=later(hours=12))
    at_time(timedelta(seconds=1))
    assert titles(client) == ["today", "always"]
    at_time(timedelta(hours=12, seconds=1))
    assert titles(client) == ["always"]
    at_time(timedelta(days=1, seconds=1))
    assert titles(client) == ["tomorrow", "always"]
    states = {
        one["title"]: one["status"] for one in client.get(f"{PATH}/all", token=log_in(teller.email).token).ok()["data"]
    }
    assert states == {"always": "published", "tomorrow": "published", "today": "over"}
    at_time(timedelta(days=2, seconds=1))
    assert titles(client) == ["always"]


def test_it_begins_and_ends_to_the_moment_though_it_is_kept(client: Api, teller: User, at_time: Clock) -> None:
    begins = clock.now().timestamp() // 30 * 30 + 60 - clock.now().timestamp()
    publish(
        client, teller, "short", published_from=later(seconds=begins + 5), published_until=later(seconds=begins + 9)
    )
    shown = []
    for seconds in (1, 4, 6, 8, 10):
        at_time(timedelta(seconds=begins + seconds))
        shown.append(bool(titles(client)))
    assert shown == [False, False, True, True, False]


def test_what_is_over_costs_its_readers_nothing(client: Api, teller: User, at_time: Clock) -> None:
    for number in range(3):
        publish(client, teller, f"old {number}", published_until=later(hours=1))
    publish(client, teller, "new")
    at_time(timedelta(hours=2))
    with items_read() as read:
        assert titles(client) == ["new"]
    assert [item["title"]["S"] for item in read] == ["new"]


def test_the_public_list_is_paged(client: Api, teller: User) -> None:
    made = [publish(client, teller, f"number {number}")["title"] for number in range(5)]
    first = client.get(f"{PATH}?limit=2").ok()
    assert ([one["title"] for one in first["data"]], first["has_more"]) == (made[:2:-1], True)
    publish(client, teller, "in between")
    second = client.get(f"{PATH}?limit=2&cursor={first['next_cursor']}").ok()
    assert [one["title"] for one in second["data"]] == made[2:0:-1]
    last = client.get(f"{PATH}?limit=2&cursor={second['next_cursor']}").ok()
    assert ([one["title"] for one in last["data"]], last["has_more"], last["next_cursor"]) == ([made[0]], False, None)
    own = f"/v1/user/announcements?cursor={first['next_cursor']}"
    client.get(own, token=teller.token).refused(400, "invalid_cursor")
    client.get(f"{PATH}?cursor=x").refused(400, "invalid_cursor")
    for query in ("limit=0", "limit=101", "audience=staff", "limit=x"):
        client.get(f"{PATH}?{query}").refused(422, "validation_failed")


def test_staff_and_auditors_see_all_of_them(client: Api, customer: User, teller: User, auditor: User) -> None:
    past, future = later(days=-2), later(days=2)
    publish(client, teller, "over", published_from=past, published_until=later(days=-1))
    publish(client, teller, "scheduled", published_from=future)
    withdraw(client, teller, publish(client, teller, "withdrawn"))
    made = publish(client, teller, "published", audience="staff")
    for user in (teller, auditor):
        with counted_calls() as calls:
            page = client.get(f"{PATH}/all?limit=4", token=user.token).ok()
        assert calls == SESSION | {"Query": 1, "BatchGetItem": 1}
        assert [one["title"] for one in page["data"]] == ["published", "withdrawn", "scheduled", "over"]
        assert all(one["title"] == one["status"] for one in page["data"])
        reply = client.get(f"{PATH}/{made['id']}", token=user.token)
        assert (reply.ok(), reply.headers["ETag"]) == (made, '"1"')
    first = client.get(f"{PATH}/all?limit=3", token=teller.token).ok()
    rest = client.get(f"{PATH}/all?limit=3&cursor={first['next_cursor']}", token=teller.token).ok()
    assert [one["title"] for one in rest["data"]] == ["over"]
    for path in (f"{PATH}/all", f"{PATH}/{made['id']}"):
        client.get(path, token=customer.token).refused(403, "forbidden")
        client.get(path).refused(401, "unauthorized")


def test_an_edit_is_seen_at_once_where_it_was_made(client: Api, teller: User, manager: User) -> None:
    made = publish(client, teller, "Closed on Monday")
    assert titles(client) == ["Closed on Monday"]
    with counted_calls() as calls:
        reply = edit(client, manager, made, title="Closed on Tuesday", message="Sorry.")
    assert calls == {"GetItem": 4, "Query": 1, "TransactWriteItems": 1}
    assert reply.ok() == made | {
        "title": "Closed on Tuesday",
        "message": "Sorry.",
        "updated_at": reply.json["updated_at"],
        "version": 2,
    }
    assert (reply.headers["ETag"], titles(client)) == ('"2"', ["Closed on Tuesday"])
    assert edit(client, manager, made).ok()["version"] == 2
    edit(client, manager, made, audience="staff").ok()
    assert titles(client) == []


def test_the_end_is_set_moved_and_taken_away(client: Api, teller: User, at_time: Clock) -> None:
    made = publish(client, teller)
    until = later(minutes=5)
    assert edit(client, teller, made, published_until=until).ok()["published_until"] == until
    at_time(timedelta(minutes=6))
    assert titles(client) == []
    assert edit(client, teller, made, published_until=None).ok()["status"] == "published"
    assert titles(client) == ["New opening hours"]
    begun = edit(client, teller, made, published_from="2026-01-01T01:00:00+01:00").ok()
    assert begun["published_from"] == "2026-01-01T00:00:00.000000Z"


def test_withdrawing_is_for_good_and_removes_nothing(client: Api, teller: User, manager: User) -> None:
    made = publish(client, teller)
    assert titles(client) == ["New opening hours"]
    gone = withdraw(client, manager, made)
    assert (gone["status"], gone["version"]) == ("withdrawn", 2)
    assert titles(client) == []
    assert own_titles(client, teller) == []
    assert withdraw(client, manager, made) == gone, "again"
    edit(client, manager, made, title="Back").refused(409, "conflict")
    assert client.get(f"{PATH}/{made['id']}", token=teller.token).ok() == gone


def test_an_edit_of_what_has_moved_on_is_a_conflict(client: Api, teller: User, manager: User) -> None:
    made = publish(client, teller)
    assert edit(client, teller, made, if_match='"1"', title="One").ok()["version"] == 2
    edit(client, teller, made, if_match='"1"', title="Two").refused(409, "conflict")
    with just_before("TransactWriteItems", lambda: edit(client, manager, made, title="Three").ok()):
        edit(client, teller, made, if_match='"2"', title="Four").refused(409, "conflict")
    assert titles(client) == ["Three"]
    with just_before("TransactWriteItems", lambda: withdraw(client, manager, made)):
        edit(client, teller, made, title="Five").refused(409, "conflict")
    assert titles(client) == []


def test_edits_of_different_fields_at_once_are_both_kept(client: Api, teller: User, manager: User) -> None:
    made = publish(client, teller)
    with just_before("TransactWriteItems", lambda: edit(client, manager, made, title="Title").ok()):
        done = edit(client, teller, made, message="Message").ok()
    assert (done["title"], done["message"], done["version"]) == ("Title", "Message", 3)


def test_a_repeated_request_publishes_once(client: Api, teller: User) -> None:
    body, key = {"title": "t", "message": "m"}, new_key()
    first = client.post(PATH, body, token=teller.token, key=key)
    again = client.post(PATH, body, token=teller.token, key=key)
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (first.ok(201), "true")
    client.post(PATH, body | {"title": "u"}, token=teller.token, key=key).refused(409, "idempotency_key_reused")
    assert titles(client) == ["t"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": None}, ["title"]),
        ({"title": "x" * 201}, ["title"]),
        ({"title": "two\nlines"}, ["title"]),
        ({"message": ""}, ["message"]),
        ({"message": "x" * 4001}, ["message"]),
        ({"audience": "tellers"}, ["audience"]),
        ({"audience": None}, ["audience"]),
        ({"published_from": "tomorrow"}, ["published_from"]),
        ({"published_from": "2026-11-21"}, ["published_from"]),
        ({"published_until": "2026-11-21T08:00:00"}, ["published_until"]),
        ({"published_until": "2020-01-01T00:00:00Z"}, ["published_until"]),
        ({"published_from": "2099-01-02T00:00:00Z", "published_until": "2099-01-02T00:00:00Z"}, ["published_until"]),
        ({"id": "ann_x"}, ["id"]),
    ],
)
def test_what_is_wrong_with_an_announcement_is_named(client: Api, teller: User, fields: Json, named: list[str]) -> None:
    body = {"title": "t", "message": "m", **fields}
    reply = client.post(PATH, body, token=teller.token).refused(422, "validation_failed")
    assert reply.wrong_fields == named
    made = publish(client, teller)
    if "published_from" not in fields:
        assert edit(client, teller, made, **fields).refused(422, "validation_failed").wrong_fields == named
    assert [item["version"] for item in items(type="announcement")] == [1]


def test_a_beginning_after_the_end_is_refused_on_an_edit_too(client: Api, teller: User) -> None:
    made = publish(client, teller, published_until="2099-01-01T00:00:00Z")
    reply = edit(client, teller, made, published_from="2099-01-01T00:00:00Z").refused(422, "validation_failed")
    assert reply.wrong_fields == ["published_until"]
    reply = edit(client, teller, made, published_from=None).refused(422, "validation_failed")
    assert reply.wrong_fields == ["published_from"]


def test_only_staff_publish(client: Api, customer: User, auditor: User, teller: User) -> None:
    made = publish(client, teller)
    for user in (customer, auditor):
        client.post(PATH, {"title": "t", "message": "m"}, token=user.token).refused(403, "forbidden")
        edit(client, user, made, title="t").refused(403, "forbidden")
        client.delete(f"{PATH}/{made['id']}", token=user.token).refused(403, "forbidden")
    for method, path in (("POST", PATH), ("PATCH", f"{PATH}/{made['id']}"), ("DELETE", f"{PATH}/{made['id']}")):
        client.send(method, path, {}).refused(401, "unauthorized")


def test_unknown_announcements_are_not_found(client: Api, teller: User) -> None:
    for unknown in UNKNOWN:
        client.get(f"{PATH}/{unknown}", token=teller.token).refused(404, "not_found")
        edit(client, teller, {"id": unknown}, title="t").refused(404, "not_found")
        client.delete(f"{PATH}/{unknown}", token=teller.token).refused(404, "not_found")


@pytest.fixture
def stream(bank: People, wholly_streamed_bank: None) -> Stream:
    """A bank whose stream is read from its very first item."""
    return Stream()


def test_what_happened_to_an_announcement_is_audited_without_a_word_of_it(
    client: Api, stream: Stream, teller: User, auditor: User
) -> None:
    made = publish(client, teller, "TITLE-WORD", message="MESSAGE-WORD", published_until=later(days=1))
    edit(client, teller, made, title="OTHER-WORD", published_until=None).ok()
    withdraw(client, teller, made)
    stream.deliver()
    records = client.get(f"/v1/audit?entity={made['id']}", token=auditor.token).ok()["data"]
    gone, edited, created = records
    assert (gone["before"], gone["after"]) == ({"is_withdrawn": False}, {"is_withdrawn": True})
    assert (edited["before"], edited["after"], edited["changed"]) == (
        {"published_until": made["published_until"]}, {}, ["title"]
    )  # fmt: skip
    assert {record["actor"] for record in records} == {teller.user_id}
    assert created["after"]["audience"] == "everyone"
    assert "-WORD" not in json.dumps(audited(), default=str)
    verdict = client.get("/v1/audit/verify", token=auditor.token).ok()
    assert verdict["ok"], verdict


@pytest.mark.parametrize("until", ["2099-12-24T12:00:00+01:00", None])
def test_edit_that_was_approved_is_made_as_it_was_shown(
    client: Api, teller: User, manager: User, admin: User, until: str | None
) -> None:
    published = publish(client, teller, published_until="2098-01-01T00:00:00Z")
    client.put("/v1/approval-policies/announcement", {"control": "require"}, token=admin.token).ok()
    waiting = edit(client, teller, published, message="Closed.", published_until=until).ok(202)
    assert decide_approval(client, manager, waiting, "approve").ok()["status"] == "executed"
    shown = client.get(f"{PATH}/{published['id']}", token=teller.token).ok()
    assert {name: shown[name] for name in waiting["payload"]} == waiting["payload"]
    assert (shown["message"], shown["published_until"]) == ("Closed.", until and "2099-12-24T11:00:00.000000Z")
