"""Who read whom: whatever shows personal fields to staff leaves a record, one write for each request."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError

from chalicelib import clock
from chalicelib.domain.permissions import PERMISSIONS, Role
from chalicelib.handlers.http.operation import Operation
from chalicelib.services.events import event_consumer
from chalicelib.services.verification.verify import verify_bank
from tests.api.conftest import PASSWORD
from tests.api.helpers import persons
from tests.api.helpers.accounts import deposit, opened
from tests.api.helpers.bank import STAGE, Api, Json, User, counted_calls, items
from tests.api.helpers.branches import HEAD_OFFICE
from tests.api.helpers.clearing import connect
from tests.api.helpers.customers import Addresses, edit, read
from tests.api.helpers.persons import AGENT, EMAIL, SEALED, registered
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.received_recalls import credit
from tests.api.helpers.requests import GUARDED, QUERIES
from tests.api.helpers.risk import raised
from tests.api.helpers.statement_function import StatementFunction
from tests.api.helpers.stream import Stream
from tests.api.helpers.tickets import raised as raise_ticket

NO_PERSON = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


def records(**wanted: object) -> list[Json]:
    return items(type="personal_read", **wanted)


def reads_of(client: Api, user: User, customer: User, query: str = "") -> Json:
    page: Json = client.get(f"/v1/customers/{customer.customer_id}/reads?{query}", token=user.token).ok()
    return page


@pytest.fixture
def person(client: Api, stream: Stream, log_in: Callable[[str], User]) -> User:
    registered(client, PASSWORD)
    user = log_in(EMAIL)
    client.post("/v1/auth/login", {"email": EMAIL, "password": "not right"}, headers={"User-Agent": AGENT})
    return user


@pytest.fixture
def path_values(client: Api, person: User, admin: User) -> dict[str, str]:
    """A value for each parameter of the paths, of what the person has."""
    account = opened(client, person)
    ticket = raise_ticket(client, person, subject=SEALED[-3], message=SEALED[-2])
    said = client.post("/v1/announcements", {"title": "t", "message": "m"}, token=admin.token).ok(201)
    return {
        "account_id": account["id"],
        "transaction_id": deposit(client, person, account, "1.00").ok(201)["id"],
        "ticket_id": ticket["id"],
        "announcement_id": said["id"],
        "user_id": person.user_id,
        "customer_id": str(person.customer_id),
        "address_id": Addresses(client, person).stored()[0],
        "alert_id": raised(person, account, "low"),
        "branch_id": HEAD_OFFICE,
        "account_type": "savings",
        "period": "2026-10",
        "month": f"{clock.now():%Y-%m}",
        "date": f"{clock.now():%Y-%m-%d}",
        "export_id": "exp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "verification_id": "ver_1",
        "approval_id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "action": "customer.erase",
        "endpoint_id": "wep_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "delivery_id": "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "event_id": "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "beneficiary_id": "ben_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "order_id": "sto_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "payment_id": "sch_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    }


QUERIES_HERE = {
    **QUERIES,
    "audit.audit.list_audit_records": "?entity={customer_id}",
    "audit.audit.verify_bank": "?account_id=none",
}


def readable(role: Role) -> Iterator[Operation]:
    """Yield what a role may GET."""
    for operation in GUARDED:
        permission = operation.route.permission
        if operation.route.method == "GET" and permission and role in PERMISSIONS[permission]:
            yield operation


def test_every_response_with_personal_fields_leaves_a_record_and_no_other_does(
    client: Api,
    stream: Stream,
    person: User,
    path_values: dict[str, str],
    teller: User,
    manager: User,
    auditor: User,
    admin: User,
) -> None:
    """Every GET as everybody who may ask it."""
    stream.deliver()
    showing = set[str]()
    staff: dict[Role, User] = {"teller": teller, "manager": manager, "auditor": auditor, "admin": admin}
    for role, user in staff.items():
        for operation in readable(role):
            route = operation.route
            known = {one["id"] for one in records()}
            path = (route.path + QUERIES_HERE.get(route.view, "")).format(**path_values)
            reply = client.get(path, token=user.token)
            is_shown = any(word.lower() in reply.text.lower() for word in SEALED)
            new = [one for one in records() if one["id"] not in known]
            assert len(new) == is_shown, (role, path, reply, new)
            showing |= {route.view} if is_shown else set()
            for record in new:
                assert (record["updated_by"], record["role"]) == (user.user_id, role)
                assert record["operation"] == f"GET {route.path}"
                assert str(person.customer_id) in record["customer_ids"]
    assert showing == {
        "accounts.holders.list_holders",
        "audit.audit.list_logins",
        "customers.customers.get_address",
        "customers.customers.get_customer",
        "customers.customers.list_addresses",
        "customers.customers.list_customers",
        "identity.users.get_user",
        "privacy.privacy.export_customer",
        "support.tickets.get_ticket",
        "support.tickets.list_messages",
        "support.tickets.list_tickets",
    }


def test_a_printed_statement_is_a_read_of_the_names_in_it(
    client: Api, customer: User, teller: User, statement_function: StatementFunction
) -> None:
    """Another function decrypts them."""
    path = f"/v1/accounts/{opened(client, customer)['id']}/statements/{clock.now():%Y-%m}"
    assert client.get(f"{path}?format=csv", token=teller.token).status == 200  # it has no name
    assert records() == []
    for _ in ("made", "stored"):
        assert client.get(f"{path}?format=pdf", token=teller.token).status == 303
    assert client.get(f"{path}?format=pdf", token=customer.token).status == 303
    assert [str(customer.customer_id) in one["customer_ids"] for one in records()] == [True, True]


@pytest.mark.parametrize("form", ["csv", "json", "camt053"])
def test_long_statement_is_a_read_of_those_who_paid_from_other_banks(
    client: Api,
    customer: User,
    teller: User,
    statement_function: StatementFunction,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    account = opened(client, customer, currency="EUR")
    credit(connect(monkeypatch), account["iban"])
    path = f"/v1/accounts/{account['id']}/statements/{clock.now():%Y-%m}?format={form}"
    assert "Acme GmbH" in client.get(path, token=teller.token).text
    monkeypatch.setattr("chalicelib.handlers.statements.statements.ENTRIES_AT_ONCE_MAX", 0)
    for _ in ("made", "stored"):
        assert client.get(path, token=teller.token).status == 303
    assert [json.loads(one["customer_ids"]) for one in records()] == [[customer.customer_id]] * 3


def test_changes_by_staff_show_the_person_and_are_reads_too(client: Api, customer: User, teller: User) -> None:
    edit(client, teller, customer.customer_id, phone="+442071234567").ok()
    [record] = records()
    assert record["operation"] == "PATCH /v1/customers/{customer_id}"


def test_head_leaves_a_record_as_get_does(client: Api, customer: User, teller: User) -> None:
    client.send("HEAD", f"/v1/customers/{customer.customer_id}", token=teller.token)
    assert len(records(updated_by=teller.user_id)) == 1


def test_customers_and_reads_of_colleagues_leave_no_record(
    client: Api, customer: User, admin: User, teller: User
) -> None:
    read(client, customer, customer.customer_id)
    client.get("/v1/user/profile", token=teller.token).ok()
    client.get(f"/v1/users/{teller.user_id}", token=admin.token).ok()
    client.get("/v1/users", token=admin.token).ok()
    client.get(f"/v1/customers/{customer.customer_id}", token="x")
    client.get(f"/v1/customers/{NO_PERSON}", token=teller.token).refused(404, "not_found")
    assert records() == []


def test_a_page_of_customers_is_one_write(client: Api, customer: User, other_customer: User, teller: User) -> None:
    with counted_calls() as calls:
        client.get("/v1/customers?limit=100", token=teller.token).ok()
    assert calls["PutItem"] == 1
    [record] = records()
    assert set(json.loads(record["customer_ids"])) == {customer.customer_id, other_customer.customer_id}


def unreachable() -> None:
    raise ConnectTimeoutError(endpoint_url="http://dynamodb")


def test_what_cannot_be_recorded_is_not_shown(client: Api, customer: User, teller: User) -> None:
    with just_before("PutItem", unreachable):
        reply = client.get(f"/v1/customers/{customer.customer_id}", token=teller.token).refused(503, "unavailable")
    assert customer.email not in reply.text
    assert records() == []
    assert read(client, teller, customer.customer_id)["email"] == customer.email


def test_a_change_whose_response_cannot_be_recorded_has_an_unknown_outcome(
    client: Api, customer: User, teller: User
) -> None:
    with just_before("PutItem", unreachable):
        reply = edit(client, teller, customer.customer_id, phone="+442071234567").refused(503, "outcome_unknown")
    assert "+442071234567" not in reply.text
    assert read(client, teller, customer.customer_id)["phone"] == "+442071234567"


def test_auditors_and_admins_list_who_read_a_customer(
    client: Api, stream: Stream, customer: User, other_customer: User, teller: User, auditor: User, admin: User
) -> None:
    client.get("/v1/customers", token=teller.token).ok()
    read(client, auditor, customer.customer_id)
    delivered = stream.let_follow()
    event_consumer.consume(delivered)  # the stream delivers a batch again
    page = reads_of(client, auditor, customer)
    by_auditor, by_teller = page["data"]
    assert page["has_more"] is False
    assert (by_teller["read_by"], by_teller["role"], by_teller["operation"]) == (
        teller.user_id, "teller", "GET /v1/customers"
    )  # fmt: skip
    assert (by_auditor["read_by"], by_auditor["customer_id"]) == (auditor.user_id, customer.customer_id)
    [of_other] = reads_of(client, admin, other_customer)["data"]
    assert (of_other["id"], of_other["request_id"]) == (by_teller["id"], by_teller["request_id"])
    for user in (customer, teller):
        client.get(f"/v1/customers/{customer.customer_id}/reads", token=user.token).refused(403, "forbidden")


def test_a_page_of_reads_is_one_query(client: Api, stream: Stream, customer: User, teller: User, auditor: User) -> None:
    for _ in range(5):
        read(client, teller, customer.customer_id)
    stream.let_follow()
    found, cursor = list[str](), ""
    while True:
        with counted_calls() as calls:
            page = reads_of(client, auditor, customer, f"limit=2{cursor}")
        assert calls == {"GetItem": 2, "Query": 1}  # the session and the customer
        found += [one["at"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(found) == 5
    assert found == sorted(found, reverse=True)


def test_reads_are_listed_for_three_years(
    client: Api,
    stream: Stream,
    customer: User,
    admin: User,
    log_in: Callable[[str], User],
    at_time: Callable[[timedelta], None],
) -> None:
    read(client, admin, customer.customer_id)
    stream.let_follow()
    for days, count in ((1095, 1), (1097, 0)):
        at_time(timedelta(days=days))
        assert len(reads_of(client, log_in(admin.email), customer)["data"]) == count


def test_a_customer_learns_when_and_for_what_after_a_month_and_not_by_whom(
    client: Api,
    stream: Stream,
    customer: User,
    teller: User,
    log_in: Callable[[str], User],
    at_time: Callable[[timedelta], None],
) -> None:
    """The dates and purposes of consultations, as GDPR art. 15 has it; at once, an investigation could be watched."""

    def told(user: User) -> list[Json]:
        return [data for kind, data in persons.exported(client, user, customer.customer_id, 1) if kind == "read"]

    for _ in range(2):
        read(client, teller, customer.customer_id)
    stream.let_follow()
    assert told(customer) == []
    at_time(timedelta(days=29))
    read(client, log_in(teller.email), customer.customer_id)
    stream.let_follow()
    at_time(timedelta(days=31))
    known = told(log_in(customer.email))
    assert [one.keys() == {"at", "operation"} for one in known] == [True, True]
    assert {one["operation"] for one in known} == {"GET /v1/customers/{customer_id}"}
    assert teller.user_id not in str(known)


def test_a_record_that_is_removed_by_hand_is_missed(
    client: Api, stream: Stream, customer: User, teller: User, auditor: User
) -> None:
    read(client, teller, customer.customer_id)
    stream.deliver()
    page = client.get(f"/v1/audit?actor={teller.user_id}", token=auditor.token).ok()
    [told] = [one for one in page["data"] if one["event"] == "personal_read.created"]
    assert told["after"]["customer_ids"] == [customer.customer_id]
    assert verify_bank(lambda _: None).broken is None
    [record] = records()
    boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank").delete_item(Key={"pk": record["pk"], "sk": record["sk"]})
    stream.deliver()
    assert verify_bank(lambda _: None).broken is not None
