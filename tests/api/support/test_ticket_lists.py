"""Lists of tickets: a customer's own, and the queues of the bank; and what the audit tells of them."""

import json

import boto3
import pytest

from tests.api.helpers.bank import STAGE, Api, Json, User, counted_calls
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream, audited
from tests.api.helpers.tickets import edit, listed, raised, resolve, write

SESSION = {"GetItem": 1}


@pytest.fixture
def three(client: Api, customer: User) -> list[str]:
    """Ids of three tickets of a customer, oldest first."""
    return [raised(client, customer, subject=f"number {number}")["id"] for number in range(3)]


def test_customers_see_their_own_newest_first(
    client: Api, customer: User, other_customer: User, three: list[str]
) -> None:
    other = raised(client, other_customer)["id"]
    with counted_calls() as calls:
        assert listed(client, customer) == three[::-1]
    assert calls == SESSION | {"Query": 1, "BatchGetItem": 1}
    assert listed(client, customer, "order=oldest") == three
    assert listed(client, customer, f"customer_id={customer.customer_id}") == three[::-1]
    assert listed(client, other_customer) == [other]
    path = f"/v1/tickets?customer_id={customer.customer_id}"
    client.get(path, token=other_customer.token).refused(404, "not_found")


def test_a_listed_ticket_is_the_ticket_without_what_was_written(client: Api, customer: User, teller: User) -> None:
    made = raised(client, customer)
    edit(client, teller, made, status="in_progress").ok()
    for user in (customer, teller):
        [one] = client.get("/v1/tickets", token=user.token).ok()["data"]
        whole = client.get(f"/v1/tickets/{made['id']}", token=user.token).ok()
        del whole["messages"]
        assert one == whole


def test_a_customers_list_by_status(client: Api, customer: User, teller: User, three: list[str]) -> None:
    resolve(client, teller, {"id": three[1]}).ok()
    assert listed(client, customer, "status=open") == [three[2], three[0]]
    assert listed(client, customer, "status=resolved") == [three[1]]
    page = client.get("/v1/tickets?status=resolved&limit=1", token=customer.token).ok()
    assert (page["data"], page["has_more"]) == ([], True), "a filtered page may be short"


def test_staff_see_everybodys_and_queues_by_status_and_age(
    client: Api, customer: User, other_customer: User, teller: User, manager: User, auditor: User, three: list[str]
) -> None:
    other = raised(client, other_customer)["id"]
    edit(client, teller, {"id": three[0]}, status="in_progress").ok()
    resolve(client, manager, {"id": three[1]}).ok()
    for user in (teller, manager, auditor):
        with counted_calls() as calls:
            assert listed(client, user) == [other, *three[::-1]]
        assert calls == SESSION | {"Query": 1, "BatchGetItem": 1, "PutItem": 1}  # the record of the read
    assert listed(client, teller, "status=open") == [other, three[2]]
    with counted_calls() as calls:
        assert listed(client, teller, "status=open&order=oldest") == [three[2], other]
    assert calls == SESSION | {"Query": 1, "BatchGetItem": 1, "PutItem": 1}
    assert listed(client, teller, "status=in_progress") == [three[0]]
    assert listed(client, teller, "status=resolved") == [three[1]]
    assert listed(client, teller, "status=closed") == []
    assert listed(client, teller, f"customer_id={other_customer.customer_id}") == [other]
    assert listed(client, teller, f"customer_id={customer.customer_id}&status=open") == [three[2]]


def test_a_ticket_changes_queues_with_its_status(client: Api, customer: User, teller: User) -> None:
    ticket = raised(client, customer)
    queues = ("open", "in_progress", "resolved", "closed")

    def where() -> list[str]:
        return [status for status in queues if listed(client, teller, f"status={status}")]

    assert where() == ["open"]
    edit(client, teller, ticket, status="in_progress").ok()
    assert where() == ["in_progress"]
    resolve(client, teller, ticket).ok()
    assert where() == ["resolved"]
    write(client, customer, ticket, "No.").ok(201)
    assert where() == ["open"]
    edit(client, customer, ticket, status="closed").ok()
    assert where() == ["closed"]


def test_tickets_by_whom_they_are_assigned_to(client: Api, teller: User, manager: User, three: list[str]) -> None:
    edit(client, teller, {"id": three[0]}, status="in_progress").ok()
    edit(client, manager, {"id": three[1]}, assigned_to=teller.user_id).ok()
    edit(client, manager, {"id": three[2]}, assigned_to=manager.user_id).ok()
    with counted_calls() as calls:
        assert listed(client, teller, f"assigned_to={teller.user_id}") == [three[1], three[0]]
    assert calls == SESSION | {"Query": 1, "BatchGetItem": 1, "PutItem": 1}
    assert listed(client, teller, f"assigned_to={teller.user_id}&order=oldest") == three[:2]
    assert listed(client, teller, f"assigned_to={teller.user_id}&status=in_progress") == [three[0]]
    edit(client, manager, {"id": three[1]}, assigned_to=manager.user_id).ok()
    assert listed(client, teller, f"assigned_to={teller.user_id}") == [three[0]]
    assert listed(client, teller, "assigned_to=nobody") == []


def test_lists_are_paged_in_both_orders(client: Api, customer: User, teller: User, three: list[str]) -> None:
    for user in (customer, teller):
        for order, expected in (("newest", three[::-1]), ("oldest", three)):
            first = client.get(f"/v1/tickets?limit=2&order={order}", token=user.token).ok()
            assert ([one["id"] for one in first["data"]], first["has_more"]) == (expected[:2], True)
            path = f"/v1/tickets?limit=2&order={order}&cursor={first['next_cursor']}"
            rest = client.get(path, token=user.token).ok()
            assert ([one["id"] for one in rest["data"]], rest["has_more"]) == (expected[2:], False)
    cursor = client.get("/v1/tickets?limit=1", token=teller.token).ok()["next_cursor"]
    for other in ("order=oldest", "status=open", f"customer_id={customer.customer_id}"):
        path = f"/v1/tickets?limit=1&{other}&cursor={cursor}"
        client.get(path, token=teller.token).refused(400, "invalid_cursor")


@pytest.mark.parametrize("query", ["status=done", "status=", "order=age", "limit=0", "limit=101", "sort=x"])
def test_queries_that_are_none(client: Api, teller: User, query: str) -> None:
    client.get(f"/v1/tickets?{query}", token=teller.token).refused(422, "validation_failed")


def test_what_happened_to_a_ticket_is_audited_without_a_word_of_it(
    client: Api, aws: object, new_audited_bank: Stream, customer: User, teller: User, auditor: User
) -> None:
    ticket = raised(client, customer, subject="SUBJECT-WORD", message="MESSAGE-WORD")
    edit(client, teller, ticket, status="in_progress").ok()
    write(client, customer, ticket, "CONVERSATION-WORD").ok(201)
    resolve(client, teller, ticket, "RESOLUTION-WORD").ok()
    edit(client, customer, ticket, status="closed").ok()
    new_audited_bank.deliver()
    records: list[Json] = client.get(f"/v1/audit?entity={ticket['id']}", token=auditor.token).ok()["data"]
    events = [record["event"] for record in records]
    assert sorted(events) == [
        "ticket.closed", "ticket.created", "ticket.in_progress", "ticket.resolved", "ticket.updated",
        "ticket_message.created", "ticket_message.created", "ticket_message.created",
    ]  # fmt: skip
    [resolved] = [record for record in records if record["event"] == "ticket.resolved"]
    assert (resolved["actor"], resolved["before"]["status"], resolved["changed"]) == (
        teller.user_id, "in_progress", ["resolution"]
    )  # fmt: skip
    [made] = [record for record in records if record["event"] == "ticket.created"]
    assert made["after"]["customer_id"] == customer.customer_id
    assert "-WORD" not in json.dumps(audited(), default=str)
    verdict = client.get("/v1/audit/verify", token=auditor.token).ok()
    assert verdict["ok"], verdict


@pytest.fixture
def new_audited_bank(bank: People, wholly_streamed_bank: None) -> Stream:
    """A bank whose stream is read from its very first item."""
    return Stream()


def test_a_ticket_altered_in_the_table_is_found(
    client: Api, new_audited_bank: Stream, customer: User, auditor: User
) -> None:
    ticket = raised(client, customer)
    new_audited_bank.deliver()
    key = {"pk": f"TICKET#{ticket['id']}", "sk": "TICKET"}
    boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank").update_item(
        Key=key, UpdateExpression="SET raised_by = :who", ExpressionAttributeValues={":who": "usr_x"}
    )
    broken = client.get("/v1/audit/verify", token=auditor.token).ok()["broken"]
    assert key["pk"] in broken["where"], broken
