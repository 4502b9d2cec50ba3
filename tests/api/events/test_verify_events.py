"""`make verify` of events: a bank broken on purpose, and the first row that is missing, doubled, altered or forged."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.services import progress
from chalicelib.services.verification.verify import Verdict, verify_account, verify_bank
from chalicelib.services.webhooks import rights
from tests.api.helpers.accounts import frozen, opened, transfer
from tests.api.helpers.bank import STAGE, Api, Json, User
from tests.api.helpers.events import data_of, event_rows, event_table
from tests.api.helpers.holders import put_holder
from tests.api.helpers.stream import Stream, audited
from tests.api.helpers.tampering import uncount_events

THIEF = "cus_01KAK4XYEEMZCA9R4Q7Y3SKD5P"


def audit_table() -> Any:
    return boto3.resource("dynamodb").Table(f"florin-{STAGE}-audit")


def verdict() -> Verdict:
    """Verify the bank as it is now."""
    return verify_bank(progress.ignore, timestamp(clock.now()))


def found() -> str:
    broken = verdict().broken
    assert broken, "nothing is broken"
    return str(broken)


@pytest.fixture(autouse=True)
def account(
    client: Api,
    stream: Stream,
    customer: User,
    other_customer: User,
    new_customer: Callable[[], User],
    teller: User,
) -> Json:
    """An account with a joint holder, a transfer and a freeze: everything holds."""
    account = opened(client, customer, "100.00")
    put_holder(client, teller, account, new_customer(), "view").ok()
    transfer(client, customer, account, opened(client, other_customer), "1.00").ok(201)
    frozen(client, teller, account)
    stream.deliver()
    assert verdict().broken is None
    return account


def remove_rows(rows: list[Json]) -> None:
    for row in rows:
        event_table().delete_item(Key={"pk": row["pk"], "sk": row["sk"]})


def the_row(**wanted: object) -> Json:
    return event_rows(**wanted)[0]


@pytest.mark.parametrize("recipient", ["bank", "customer"])
def test_a_row_that_is_missing_is_named(customer: User, recipient: str) -> None:
    whose = "bank" if recipient == "bank" else customer.customer_id
    row = the_row(type="account.frozen", recipient=whose)
    event_table().delete_item(Key={"pk": row["pk"], "sk": row["sk"]})
    assert found() == f"event {row['id']} of {row['subject']}, told to {whose}: expected a row, found nothing"


def test_a_row_that_is_missing_is_named_by_the_verification_of_its_account(account: Json) -> None:
    row = the_row(type="account.frozen", recipient="bank")
    event_table().delete_item(Key={"pk": row["pk"], "sk": row["sk"]})
    broken = verify_account(account["id"], timestamp(clock.now())).broken
    assert broken
    assert broken.where.startswith(f"event {row['id']}")


def test_a_row_of_a_customers_endpoint_that_is_missing_is_named(client: Api, customer: User, stream: Stream) -> None:
    body = {"url": "http://127.0.0.1:9/hook", "events": ["*"]}
    made = client.post("/v1/webhook-endpoints", body, token=customer.token).ok(201)
    endpoint = WebhookEndpoint.by_id(str(customer.customer_id), made["id"])
    assert endpoint
    rights.disable(endpoint, "gone")
    stream.deliver()
    assert verdict().broken is None
    row = the_row(type="endpoint.disabled", recipient=customer.customer_id)
    remove_rows([row])
    assert found().startswith(f"event {row['id']} of webhook-endpoints/{made['id']}, told to {customer.customer_id}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", '{"amount":"9000.00"}'), ("sequence", 7), ("type", "transaction.failed"), ("subject", "accounts/x"),
        ("timestamp", "2026-01-01T00:00:00.000000Z"), ("recipient", THIEF), ("version", 9), ("item_pk", "TXN#x"),
        ("expires_at", 1), ("extra", "x"),
    ],
)  # fmt: skip
def test_a_row_that_was_altered_is_named(name: str, value: object) -> None:
    row = the_row(type="transaction.posted", recipient="bank")
    event_table().put_item(Item=row | {name: value})
    assert found().startswith(f"event {row['id']} of {row['subject']}, told to bank: {name}: expected ")


def test_a_row_that_somebody_wanted_is_not_altered() -> None:
    event_table().put_item(Item=the_row(type="transaction.posted") | {"wanted": True})
    assert verdict().broken is None


def test_a_row_for_a_customer_who_was_not_to_be_told_is_named(other_customer: User) -> None:
    row = the_row(type="account.frozen", recipient="bank")
    thief = str(other_customer.customer_id)
    event_table().put_item(Item=row | {"pk": f"CUSTOMER#{thief}", "recipient": thief})
    assert found() == (
        f"event {row['id']} of {row['subject']}, told to {thief}: expected no row, for no audit record explains it, "
        f"found one in CUSTOMER#{thief}"
    )


def test_a_doubled_row_is_named() -> None:
    row = the_row(type="account.frozen", recipient="bank")
    shard = f"{row['pk'][:-1]}{(int(row['pk'][-1]) + 1) % 4}"
    event_table().put_item(Item=row | {"pk": shard})
    assert found().endswith(f"expected no row, for no audit record explains it, found one in {shard}")


def test_an_invented_event_is_named() -> None:
    row = the_row(type="account.frozen", recipient="bank")
    invented = row["sk"][:-1] + ("0" if row["sk"][-1] != "0" else "1")
    event_table().put_item(Item=row | {"sk": invented, "id": invented})
    assert "for no audit record explains it" in found()


@pytest.mark.parametrize("counted", ["[7,1]", None, "[0,1]", "[1,2]", "[1]", "7"])
def test_a_count_that_was_altered_is_named(account: Json, counted: str | None) -> None:
    [record] = [one for one in audited() if one.get("event") == "account.frozen"]
    altered = {name: value for name, value in {**record, "counted": counted}.items() if value is not None}
    audit_table().put_item(Item=altered)
    assert found().startswith(f"audit of ACCOUNT#{account['id']} ACCOUNT, version {record['version']}: hash: ")


def test_an_event_and_its_count_taken_together_leave_a_gap_that_is_named(account: Json) -> None:
    """The chain's earlier records are counted, so that a later one must be."""
    [record] = [one for one in audited() if one.get("event") == "account.frozen"]
    uncount_events(f"ACCOUNT#{account['id']}", since_version=int(record["version"]))
    remove_rows(event_rows(type="account.frozen"))
    where = f"audit of ACCOUNT#{account['id']} ACCOUNT, version {record['version']}"
    assert found().startswith(f"{where}: event_count: expected 2, found None")


def test_a_bank_from_before_there_were_events_holds_and_is_counted_from_then_on(
    client: Api, teller: User, account: Json, stream: Stream
) -> None:
    uncount_events()
    remove_rows(event_rows())
    assert verdict().broken is None
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "fine"}, token=teller.token).ok()
    stream.deliver()
    assert verdict().broken is None
    [row] = event_rows(type="account.unfrozen", recipient="bank")
    assert (row["sequence"], data_of(row)["status"]) == (1, "active")
    event_table().delete_item(Key={"pk": row["pk"], "sk": row["sk"]})
    assert found().startswith(f"event {row['id']}")


def test_rows_that_are_yet_to_be_written_are_no_false_alarm(
    client: Api, teller: User, account: Json, stream: Stream
) -> None:
    """What is younger than the cut may still be under way."""
    cut = timestamp(clock.now())
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "fine"}, token=teller.token).ok()
    stream.deliver()
    remove_rows(event_rows(type="account.unfrozen"))
    assert verify_bank(progress.ignore, cut).broken is None
