"""The simulated clearing bank as it is deployed, with IAM enforced: over its queue and by invocation."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.domain.clearing import pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.orders.business_calendar import TARGET
from infra.deploy.change_set import outputs
from tests.stack import Stack, eventually
from tests.workflow.bank import Client

ADA = Party("Ada Lovelace", "LV69FLRN0123456789005", "Riga", "LV")


def payment(payee: str) -> CreditTransfer:
    """Return an instant payment, which the clearing takes on any day."""
    uetr = str(uuid4())
    today = datetime.now(UTC).date()
    creditor = Party(payee, "DE89370400440532013000")
    return CreditTransfer(uetr, uetr[:35], "NOTPROVIDED", 10_00, "EUR", ADA, creditor, today, "instant")


def invoke(stack: Stack, event: dict[str, Any]) -> Any:
    name = outputs(stack.cloud, stack.settings.stack_name)["ClearingBankName"]
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


@pytest.mark.embedded
def test_the_clearing_settles_and_rejects_what_comes_by_its_queue(stack: Stack) -> None:
    good, bad = payment("Ben Okafor"), payment("Ben reject:AC04")
    text = pacs008.build(pacs008.Batch(good.uetr[:35], [good, bad], sender_bic="TESTLV22"), datetime.now(UTC))
    queue = outputs(stack.cloud, stack.settings.stack_name)["ClearingOutboxUrl"]
    for _ in range(2):  # what comes twice is done once
        stack.client("sqs").send_message(QueueUrl=queue, MessageBody=text)

    def states() -> list[str] | None:
        client = stack.client("dynamodb")
        keys = [{"pk": {"S": f"PAYMENT#{one.uetr}"}, "sk": {"S": "PAYMENT"}} for one in (good, bad)]
        found = [client.get_item(TableName=stack.table_name("clearing-bank"), Key=key).get("Item") for key in keys]
        return [one["state"]["S"] for one in found] if all(found) else None

    eventually(lambda: states() is not None)
    assert states() == ["settled", "rejected"]
    day = TARGET.following(good.settlement_date)  # the one on which the clearing books
    statement = invoke(stack, {"command": "statement", "day": day.isoformat()})
    assert statement["document"].count(f"<UETR>{good.uetr}</UETR>") == 1
    assert bad.uetr not in statement["document"]
    assert invoke(stack, {"command": "payment", "uetr": bad.uetr})["code"] == "AC04"
    assert invoke(stack, {}) == {"sent": 0}


@pytest.mark.embedded
def test_a_name_at_another_bank_is_verified_by_asking_the_clearing(customer: Client) -> None:
    def result() -> str | None:
        """Return the result; a cold function may be too slow for a payer, so the first one may be none."""
        body = {"iban": "DE89370400440532013000", "name": "Ben closematch Okafor"}
        made = customer.post("/v1/payee-verifications", body)
        assert made.status == 201, made
        return None if made.body["result"] == "not_possible" else f"{made.body['result']} {made.body['matched_name']}"

    assert eventually(result, 20) == "close_match Ben Okafor"
