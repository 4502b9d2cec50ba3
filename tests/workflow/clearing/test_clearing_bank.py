"""The simulated clearing bank as it is deployed, with IAM enforced: over its queue and by invocation."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

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
    assert invoke(stack, {})["sent"] == 0


def test_a_name_at_another_bank_is_verified_by_asking_the_clearing(customer: Client) -> None:
    def result() -> str | None:
        """Return the result; a cold function may be too slow for a payer, so the first one may be none."""
        body = {"iban": "DE89370400440532013000", "name": "Ben closematch Okafor"}
        made = customer.post("/v1/payee-verifications", body)
        assert made.status == 201, made
        return None if made.body["result"] == "not_possible" else f"{made.body['result']} {made.body['matched_name']}"

    assert eventually(result) == "close_match Ben Okafor"


def test_instant_payments_of_a_customer_are_settled_rejected_or_asked_after(stack: Stack, customer: Client) -> None:
    account = customer.open_account(currency="EUR", initial_deposit="100.00")

    def pay(name: str) -> str:
        body = {
            "from_account_id": account["id"],
            "to_iban": "DE89370400440532013000",
            "to_name": name,
            "amount": "10.00",
            "rail": "instant",
        }
        made = customer.post("/v1/transactions/transfer", body)
        assert made.status == 202, made
        return str(made.body["id"])

    def state(transaction_id: str) -> tuple[str, str, str | None]:
        body = customer.get(f"/v1/transactions/{transaction_id}").body
        return body["status"], body["payment"]["state"], (body["payment"]["reason"] or {}).get("code")

    with stack.configured("api", CLEARING="on"):
        good, bad, silent = pay("Ben Okafor"), pay("Ben reject:AC04"), pay("Ben silent")
        eventually(lambda: state(good) == ("posted", "settled", None))
        eventually(lambda: state(bad) == ("voided", "rejected", "AC04"))
        eventually(lambda: state(silent) == ("pending", "submitted", None))
        left = customer.get(f"/v1/accounts/{account['id']}").body
        assert (left["balance"], left["available"]) == ("90.00", "80.00")
        invoke(
            stack,
            {
                "command": "answer",
                "uetr": customer.get(f"/v1/transactions/{silent}").body["payment"]["uetr"],
                "status": "ACSC",
            },
        )
        eventually(lambda: state(silent) == ("posted", "settled", None))


def test_a_salary_from_another_bank_is_credited_once(stack: Stack, customer: Client) -> None:
    account = customer.open_account(currency="EUR")
    salary = {"command": "pay", "iban": account["iban"], "name": "Ada", "amount": "1500.00", "id": uuid4().hex}
    uetr = invoke(stack, salary)["uetr"]
    invoke(stack, salary | {"uetr": uetr})  # the same message again

    def balance() -> str:
        return str(customer.get(f"/v1/accounts/{account['id']}").body["balance"])

    eventually(lambda: balance() == "1500.00")
    unknown = salary | {"iban": "LV48FLRN0000000000001", "id": uuid4().hex}
    returned = invoke(stack, unknown)["uetr"]
    eventually(lambda: invoke(stack, {"command": "payment", "uetr": returned})["state"] == "returned")
    eventually(lambda: invoke(stack, {"command": "payment", "uetr": uetr})["state"] == "settled")
    assert balance() == "1500.00"
