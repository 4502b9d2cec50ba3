"""A client's trace goes on from its request to the events that the request makes, and changes nothing else."""

from typing import Any

import boto3
import pytest

from chalicelib import clock
from chalicelib.domain.events.event import BANK
from chalicelib.domain.time import timestamp
from chalicelib.services import progress
from chalicelib.services.audit import audit_consumer
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.accounts import deposit, frozen, new_key, opened
from tests.api.helpers.bank import STAGE, Api, Json, User, items
from tests.api.helpers.events import event_rows
from tests.api.helpers.stream import Stream

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def read_stream(stream: Stream) -> Stream:
    return stream


def transfer_traced(client: Api, user: User, payer: Json, payee: Json, trace: str | None) -> Json:
    body = {"from_account_id": payer["id"], "to_account_id": payee["id"], "amount": "25.00"}
    headers = {"traceparent": trace} if trace else {}
    made: Json = client.post("/v1/transactions/transfer", body, token=user.token, key=new_key(), headers=headers).ok(
        201
    )
    return made


def tell(stream: Stream) -> None:
    audit_consumer.consume(stream.read())


def traces_of(transaction: Json) -> dict[str, str | None]:
    """Return the trace of each recipient's view of a transaction's event."""
    subject = f"transactions/{transaction['id']}"
    return {row["recipient"]: row.get("traceparent") for row in event_rows(subject=subject)}


def test_trace_of_a_request_is_that_of_its_events(
    client: Api, customer: User, other_customer: User, stream: Stream
) -> None:
    """Only the bank and the customer who named it are told: the payee learns nothing of the payer's systems."""
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    traced = transfer_traced(client, customer, payer, payee, TRACE)
    without = transfer_traced(client, customer, payer, payee, None)
    wrong = transfer_traced(client, customer, payer, payee, "00-zz-1-1")
    tell(stream)
    nobody = {customer.customer_id: None, other_customer.customer_id: None, BANK: None}
    assert traces_of(traced) == nobody | {customer.customer_id: TRACE, BANK: TRACE}
    assert [traces_of(one) for one in (without, wrong)] == [nobody, nobody]


def test_later_request_does_not_have_the_trace_of_an_earlier_one(
    client: Api, customer: User, teller: User, stream: Stream
) -> None:
    account = opened(client, customer)
    edited = client.patch(
        f"/v1/accounts/{account['id']}", {"nickname": "Trip"}, token=customer.token, headers={"traceparent": TRACE}
    ).ok()
    tell(stream)
    frozen(client, teller, edited)
    tell(stream)
    rows = event_rows(subject=f"accounts/{account['id']}", type="account.frozen")
    assert {row.get("traceparent") for row in rows} == {None}


def test_trace_changes_neither_entries_nor_what_is_verified(
    client: Api, customer: User, other_customer: User, auditor: User, stream: Stream
) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    traced = transfer_traced(client, customer, payer, payee, TRACE)
    without = transfer_traced(client, customer, payer, payee, None)
    tell(stream)
    ledger: Any = boto3.resource("dynamodb").Table(f"florin-{STAGE}-ledger")
    entries = ledger.scan()["Items"]
    fields = [{*one} for one in entries if one["transaction_id"] in (traced["id"], without["id"])]
    assert len(fields) == 4
    assert all(one == fields[0] for one in fields)
    assert TRACE not in str(entries)
    page = client.get(f"/v1/audit?entity={traced['id']}", token=auditor.token).ok()
    assert TRACE not in str(page)
    assert verify_bank(progress.ignore, timestamp(clock.now())).broken is None


def test_request_without_a_trace_stores_no_mark(client: Api, customer: User) -> None:
    deposit(client, customer, opened(client, customer), "5.00").ok(201)
    assert [one for one in items() if "trace_mark" in one] == []
