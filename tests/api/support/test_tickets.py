"""Tickets: raised, conversed in, taken up, resolved, reopened and closed."""

from collections.abc import Callable, Iterator

import pytest

from tests.api.helpers.accounts import new_key, opened
from tests.api.helpers.bank import Api, Json, User, counted_calls, items
from tests.api.helpers.race import just_before
from tests.api.helpers.tickets import MESSAGE, SUBJECT, edit, raised, read, resolve, words, write

SESSION = {"GetItem": 1}
UNKNOWN = ("tkt_01ARZ3NDEKTSV4RRFFQ69G5FAV", "tkt_x", "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x" * 3000)


@pytest.fixture
def ticket(client: Api, customer: User) -> Json:
    return raised(client, customer)


def test_a_customer_raises_a_ticket(client: Api, customer: User) -> None:
    account = opened(client, customer)
    with counted_calls() as calls:
        made = raised(client, customer, account_id=account["id"])
    assert calls == {"GetItem": 3, "TransactWriteItems": 1}  # the session, twice, and the account
    [message] = made["messages"]["data"]
    assert made == {
        "id": made["id"],
        "subject": SUBJECT,
        "status": "open",
        "customer_id": customer.customer_id,
        "account_id": account["id"],
        "assigned_to": None,
        "resolution": None,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "resolved_at": None,
        "closed_at": None,
        "version": 1,
        "messages": {"data": [message], "has_more": False, "next_cursor": None},
    }
    assert message == {
        "id": f"{made['id']}-1",
        "ticket_id": made["id"],
        "number": 1,
        "author": "customer",
        "author_id": customer.user_id,
        "kind": "message",
        "message": MESSAGE,
        "created_at": made["created_at"],
    }
    with counted_calls() as calls:
        reply = client.get(f"/v1/tickets/{made['id']}", token=customer.token)
    assert (reply.ok(), reply.headers["ETag"]) == (made, '"1"')
    assert calls == SESSION | {"Query": 1}


def test_lines_end_alike_however_they_were_sent(client: Api, customer: User) -> None:
    assert words(raised(client, customer, message="one\r\ntwo\n\tthree 💶")) == ["one\ntwo\n\tthree 💶"]


def test_a_repeated_request_raises_no_other_ticket(client: Api, customer: User) -> None:
    body, key = {"subject": SUBJECT, "message": MESSAGE}, new_key()
    first = client.post("/v1/tickets", body, token=customer.token, key=key)
    again = client.post("/v1/tickets", body, token=customer.token, key=key)
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (first.ok(201), "true")
    assert "Idempotent-Replayed" not in first.headers
    other = {**body, "subject": "Another"}
    client.post("/v1/tickets", other, token=customer.token, key=key).refused(409, "idempotency_key_reused")
    assert len(items(type="ticket")) == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"subject": None}, ["subject"]),
        ({"subject": "x" * 201}, ["subject"]),
        ({"subject": "two\nlines"}, ["subject"]),
        ({"message": "x" * 4001}, ["message"]),
        ({"message": " \n "}, ["message"]),
        ({"message": "\u202eturned"}, ["message"]),
        ({"message": "a\rb"}, ["message"]),
        ({"message": 1, "subject": ""}, ["subject", "message"]),
        ({"status": "open"}, ["status"]),
        ({"account_id": ""}, ["account_id"]),
    ],
)
def test_what_is_wrong_with_a_ticket_is_named(client: Api, customer: User, fields: Json, named: list[str]) -> None:
    body = {"subject": SUBJECT, "message": MESSAGE, **fields}
    reply = client.post("/v1/tickets", body, token=customer.token).refused(422, "validation_failed")
    assert reply.wrong_fields == named
    assert not items(type="ticket")


def test_a_ticket_is_about_an_account_of_ones_own(client: Api, customer: User, other_customer: User) -> None:
    foreign = opened(client, other_customer)["id"]
    for fields in ({"account_id": foreign}, {"account_id": "acc_x"}, {"customer_id": other_customer.customer_id}):
        body = {"subject": SUBJECT, "message": MESSAGE, **fields}
        client.post("/v1/tickets", body, token=customer.token).refused(404, "not_found")
    assert raised(client, customer, customer_id=customer.customer_id)["customer_id"] == customer.customer_id


def test_staff_raise_one_for_a_customer(client: Api, customer: User, other_customer: User, teller: User) -> None:
    account = opened(client, customer)["id"]
    for fields in ({"account_id": account}, {"customer_id": customer.customer_id}):
        made = raised(client, teller, **fields)
        assert made["customer_id"] == customer.customer_id
        [message] = made["messages"]["data"]
        assert (message["author"], message["author_id"]) == ("staff", teller.user_id)
        [message] = read(client, customer, made)["messages"]["data"]
        assert (message["author"], message["author_id"]) == ("staff", None)
    body = {"subject": SUBJECT, "message": MESSAGE}
    reply = client.post("/v1/tickets", body, token=teller.token).refused(422, "validation_failed")
    assert reply.wrong_fields == ["customer_id"]
    for fields in (
        {"customer_id": "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"customer_id": "nobody"},
        {"customer_id": other_customer.customer_id, "account_id": account},
    ):
        client.post("/v1/tickets", {**body, **fields}, token=teller.token).refused(404, "not_found")


def test_a_ticket_of_somebody_else_is_not_there(client: Api, other_customer: User, ticket: Json) -> None:
    for one in (ticket, *({"id": unknown} for unknown in UNKNOWN)):
        path = f"/v1/tickets/{one['id']}"
        client.get(path, token=other_customer.token).refused(404, "not_found")
        client.get(f"{path}/messages", token=other_customer.token).refused(404, "not_found")
        edit(client, other_customer, one, status="closed").refused(404, "not_found")
        write(client, other_customer, one, "mine").refused(404, "not_found")
    assert [item["version"] for item in items(type="ticket")] == [1]


def test_auditors_read_and_change_nothing(client: Api, auditor: User, ticket: Json) -> None:
    assert read(client, auditor, ticket)["id"] == ticket["id"]
    body = {"subject": SUBJECT, "message": MESSAGE}
    client.post("/v1/tickets", body, token=auditor.token).refused(403, "forbidden")
    edit(client, auditor, ticket, status="closed").refused(403, "forbidden")
    write(client, auditor, ticket, "seen").refused(403, "forbidden")


def test_nobody_comes_in_without_a_token(client: Api, ticket: Json) -> None:
    path = f"/v1/tickets/{ticket['id']}"
    for method, where in (
        ("GET", "/v1/tickets"), ("POST", "/v1/tickets"), ("GET", path), ("PATCH", path),
        ("GET", f"{path}/messages"), ("POST", f"{path}/messages"),
    ):  # fmt: skip
        client.send(method, where, {}).refused(401, "unauthorized")


def test_from_open_to_closed(client: Api, customer: User, teller: User, ticket: Json) -> None:
    taken = edit(client, teller, ticket, status="in_progress")
    assert (taken.ok()["status"], taken.ok()["assigned_to"], taken.headers["ETag"]) == (
        "in_progress", teller.user_id, '"2"'
    )  # fmt: skip
    assert read(client, customer, ticket)["assigned_to"] is None, "customers do not see who"
    write(client, teller, ticket, "Which card is it?").ok(201)
    write(client, customer, ticket, "The blue one.").ok(201)
    solved = resolve(client, teller, ticket, "The blue card\nis unlocked.").ok()
    assert (solved["status"], solved["resolution"]) == ("resolved", "The blue card\nis unlocked.")
    assert solved["resolved_at"] == solved["updated_at"] > ticket["created_at"]
    closed = edit(client, customer, ticket, status="closed").ok()
    assert (closed["status"], closed["resolution"], closed["closed_at"]) == (
        "closed", "The blue card\nis unlocked.", closed["updated_at"]
    )  # fmt: skip
    assert words(closed) == ["The blue card\nis unlocked.", "The blue one.", "Which card is it?", MESSAGE]
    assert [one["kind"] for one in closed["messages"]["data"]] == ["resolution", "message", "message", "message"]
    assert [one["author"] for one in closed["messages"]["data"]] == ["staff", "customer", "staff", "customer"]


def test_calls_of_a_step_and_of_a_message(client: Api, customer: User, teller: User, ticket: Json) -> None:
    with counted_calls() as calls:
        edit(client, teller, ticket, status="in_progress").ok()
    assert calls == {"GetItem": 3, "TransactWriteItems": 1, "Query": 1, "PutItem": 1}
    with counted_calls() as calls:
        edit(client, teller, ticket, assigned_to=teller.user_id).ok()
    assert calls == {"GetItem": 4, "TransactWriteItems": 1, "Query": 1, "PutItem": 1}
    with counted_calls() as calls:
        write(client, customer, ticket, "Hello?").ok(201)
    assert calls == {"GetItem": 3, "TransactWriteItems": 1}


@pytest.mark.parametrize("steps", [[], ["in_progress"], ["in_progress", "open"]])
def test_a_customer_withdraws_what_is_not_resolved_and_the_bank_does_not(
    client: Api, customer: User, teller: User, ticket: Json, steps: list[str]
) -> None:
    for status in steps:
        edit(client, teller, ticket, status=status).ok()
    reply = edit(client, teller, ticket, status="closed").refused(409, "conflict")
    assert "resolved" in reply.json["detail"]
    assert edit(client, customer, ticket, status="closed").ok()["resolution"] is None


def test_an_illegal_step_is_a_conflict(client: Api, customer: User, teller: User, ticket: Json) -> None:
    edit(client, teller, ticket, status="open").refused(409, "conflict")
    resolve(client, teller, ticket).ok()
    resolve(client, teller, ticket, "Again.").refused(409, "conflict")
    edit(client, teller, ticket, status="in_progress").refused(409, "conflict")
    edit(client, teller, ticket, status="closed").ok()
    before = items()
    for status in ("open", "in_progress", "closed"):
        edit(client, teller, ticket, status=status).refused(409, "conflict")
    resolve(client, teller, ticket).refused(409, "conflict")
    for status in ("open", "closed"):
        edit(client, customer, ticket, status=status).refused(409, "conflict")
    edit(client, teller, ticket, assigned_to=teller.user_id).refused(409, "conflict")
    write(client, customer, ticket, "Still broken.").refused(409, "conflict")
    write(client, teller, ticket, "Are you sure?").refused(409, "conflict")
    assert items() == before


def test_what_only_staff_do(client: Api, customer: User, teller: User, ticket: Json) -> None:
    edit(client, customer, ticket, status="in_progress").refused(403, "forbidden")
    resolve(client, customer, ticket).refused(403, "forbidden")
    for user_id in (customer.user_id, teller.user_id, None):
        edit(client, customer, ticket, assigned_to=user_id).refused(403, "forbidden")
    client.get("/v1/tickets?assigned_to=x", token=customer.token).refused(403, "forbidden")
    assert [item["version"] for item in items(type="ticket")] == [1]


def test_resolving_takes_words_and_only_resolving(client: Api, teller: User, ticket: Json) -> None:
    wrong: list[Json] = [
        {"status": "resolved"},
        {"status": "resolved", "resolution": None},
        {"status": "resolved", "resolution": ""},
        {"status": "resolved", "resolution": "x" * 4001},
        {"status": "in_progress", "resolution": "done"},
        {"resolution": "done"},
    ]
    for edits in wrong:
        reply = edit(client, teller, ticket, **edits).refused(422, "validation_failed")
        assert reply.wrong_fields == ["resolution"], edits
    for status in ("done", None, 1):
        reply = edit(client, teller, ticket, status=status).refused(422, "validation_failed")
        assert reply.wrong_fields == ["status"]
    assert edit(client, teller, ticket, subject="x").refused(422, "validation_failed").wrong_fields == ["subject"]


def test_a_customer_reopens_and_what_was_said_stays(client: Api, customer: User, teller: User, ticket: Json) -> None:
    resolve(client, teller, ticket, "Unlocked.").ok()
    again = edit(client, customer, ticket, status="open").ok()
    assert (again["status"], again["resolution"], again["resolved_at"]) == ("open", None, None)
    assert words(again) == ["Unlocked.", MESSAGE]
    resolve(client, teller, ticket, "Now it is.").ok()
    write(client, teller, ticket, "Does it work?").ok(201)
    assert read(client, customer, ticket)["status"] == "resolved", "staff may add to what they resolved"
    write(client, customer, ticket, "No.").ok(201)
    existing = read(client, customer, ticket)
    assert (existing["status"], existing["resolution"]) == ("open", None), "a customer's message reopens it"
    assert words(existing) == ["No.", "Does it work?", "Now it is.", "Unlocked.", MESSAGE]


def test_a_ticket_is_assigned_and_taken_back(
    client: Api, teller: User, manager: User, admin: User, ticket: Json
) -> None:
    assert edit(client, manager, ticket, assigned_to=teller.user_id).ok()["assigned_to"] == teller.user_id
    taken = edit(client, manager, ticket, status="in_progress").ok()
    assert taken["assigned_to"] == teller.user_id, "who has it already keeps it"
    moved = edit(client, manager, ticket, status="open", assigned_to=admin.user_id).ok()
    assert (moved["status"], moved["assigned_to"]) == ("open", admin.user_id)
    assert edit(client, manager, ticket, assigned_to=None).ok()["assigned_to"] is None
    [item] = items(type="ticket")
    assert "gsi2pk" not in item


def test_only_active_staff_are_assigned(
    client: Api, customer: User, teller: User, auditor: User, admin: User, ticket: Json
) -> None:
    for user_id in (customer.user_id, auditor.user_id, "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "me"):
        edit(client, admin, ticket, assigned_to=user_id).refused(404, "not_found")
    client.patch(f"/v1/users/{teller.user_id}", {"status": "disabled"}, token=admin.token).ok()
    edit(client, admin, ticket, assigned_to=teller.user_id).refused(409, "conflict")


def test_an_edit_of_what_has_moved_on_is_a_conflict(client: Api, customer: User, teller: User, ticket: Json) -> None:
    for right in ('"1"', "*", '"9", "1"'):
        assert edit(client, teller, ticket, if_match=right).ok()["version"] == 1
    edit(client, teller, ticket, if_match='W/"1"').refused(409, "conflict")
    write(client, customer, ticket, "It works again!").ok(201)
    edit(client, teller, ticket, if_match='"1"', status="in_progress").refused(409, "conflict")
    edit(client, teller, ticket, if_match='"1"').refused(409, "conflict")
    assert edit(client, teller, ticket, if_match='"2"', status="in_progress").ok()["version"] == 3


def test_two_staff_take_one_ticket_and_one_has_it(client: Api, teller: User, manager: User, ticket: Json) -> None:
    with just_before("TransactWriteItems", lambda: edit(client, manager, ticket, status="in_progress").ok()):
        reply = edit(client, teller, ticket, status="in_progress").refused(409, "conflict")
    assert "in_progress" in reply.json["detail"]
    assert read(client, teller, ticket)["assigned_to"] == manager.user_id


def test_nobody_resolves_what_the_customer_has_just_added_to(
    client: Api, customer: User, teller: User, ticket: Json
) -> None:
    fields = {"status": "resolved", "resolution": "Done."}
    with just_before("TransactWriteItems", lambda: write(client, customer, ticket, "One thing more.").ok(201)):
        edit(client, teller, ticket, if_match='"1"', **fields).refused(409, "conflict")
    with just_before("TransactWriteItems", lambda: write(client, customer, ticket, "And another.").ok(201)):
        done = edit(client, teller, ticket, **fields).ok()
    assert (done["status"], words(done)) == ("resolved", ["Done.", "And another.", "One thing more.", MESSAGE])


def test_two_messages_at_once_are_both_kept(client: Api, customer: User, teller: User, ticket: Json) -> None:
    with just_before("TransactWriteItems", lambda: write(client, teller, ticket, "first").ok(201)):
        assert write(client, customer, ticket, "second").ok(201)["number"] == 3
    assert words(read(client, customer, ticket)) == ["second", "first", MESSAGE]


def test_a_message_on_its_way_does_not_enter_what_was_closed(
    client: Api, customer: User, teller: User, ticket: Json
) -> None:
    with just_before("TransactWriteItems", lambda: edit(client, customer, ticket, status="closed").ok()):
        write(client, teller, ticket, "Which card?").refused(409, "conflict")
    assert words(read(client, customer, ticket)) == [MESSAGE]


def test_a_repeated_message_is_written_once(client: Api, customer: User, teller: User, ticket: Json) -> None:
    key = new_key()
    first = write(client, customer, ticket, "Hello?", key)
    edit(client, customer, ticket, status="closed").ok()
    again = write(client, customer, ticket, "Hello?", key)
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (first.ok(201), "true")
    write(client, customer, ticket, "Hello!", key).refused(409, "idempotency_key_reused")
    assert words(read(client, customer, ticket)) == ["Hello?", MESSAGE]


def test_one_message_sent_twice_at_once_is_written_once(client: Api, customer: User, ticket: Json) -> None:
    key = new_key()
    with just_before("TransactWriteItems", lambda: write(client, customer, ticket, "Hello?", key).ok(201)):
        assert write(client, customer, ticket, "Hello?", key).ok(201)["number"] == 2
    assert words(read(client, customer, ticket)) == ["Hello?", MESSAGE]


def test_a_long_conversation_is_paged(client: Api, customer: User, ticket: Json) -> None:
    for number in range(2, 25):
        write(client, customer, ticket, f"message {number}").ok(201)
    told = [f"message {number}" for number in range(24, 1, -1)] + [MESSAGE]
    first = read(client, customer, ticket)
    assert (words(first), first["messages"]["has_more"]) == (told[:20], True)
    path = f"/v1/tickets/{ticket['id']}/messages"
    rest = client.get(f"{path}?cursor={first['messages']['next_cursor']}", token=customer.token).ok()
    assert ([one["message"] for one in rest["data"]], rest["has_more"]) == (told[20:], False)
    pages = list(_pages(client, customer, f"{path}?limit=7"))
    assert [len(page) for page in pages] == [7, 7, 7, 3]
    assert [one["message"] for page in pages for one in page] == told
    assert [one["number"] for page in pages for one in page] == list(range(24, 0, -1))


def test_calls_of_a_page_of_messages(client: Api, customer: User, ticket: Json) -> None:
    write(client, customer, ticket, "Hello?").ok(201)
    path = f"/v1/tickets/{ticket['id']}/messages?limit=1"
    with counted_calls() as calls:
        cursor = client.get(path, token=customer.token).ok()["next_cursor"]
    assert calls == SESSION | {"Query": 1}
    with counted_calls() as calls:
        last = client.get(f"{path}&cursor={cursor}", token=customer.token).ok()
    assert calls == SESSION | {"GetItem": 2, "Query": 1}
    assert ([one["number"] for one in last["data"]], last["has_more"]) == ([1], False)


def test_a_cursor_of_another_ticket_is_none(
    client: Api, customer: User, new_customer: Callable[[], User], ticket: Json
) -> None:
    write(client, customer, ticket, "Hello?").ok(201)
    path = f"/v1/tickets/{ticket['id']}/messages?limit=1"
    cursor = client.get(path, token=customer.token).ok()["next_cursor"]
    other = raised(client, customer)
    client.get(f"/v1/tickets/{other['id']}/messages?cursor={cursor}", token=customer.token).refused(
        400, "invalid_cursor"
    )
    client.get(f"{path}&cursor=x", token=customer.token).refused(400, "invalid_cursor")
    client.get(f"{path}&cursor={cursor}", token=new_customer().token).refused(404, "not_found")


def _pages(client: Api, user: User, path: str) -> Iterator[list[Json]]:
    page = client.get(path, token=user.token).ok()
    yield page["data"]
    while page["has_more"]:
        page = client.get(f"{path}&cursor={page['next_cursor']}", token=user.token).ok()
        yield page["data"]
