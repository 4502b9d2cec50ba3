"""A file of payments on the deployed bank, as another project writes it: handed in, sent at the cut-off, answered."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from lxml import etree
from sepaxml import SepaTransfer

from chalicelib import clock
from chalicelib.domain.permissions import system
from chalicelib.domain.time import moment
from chalicelib.services.clearing import cycles
from tests.stack import Stack, eventually
from tests.workflow.bank import Client, http_session
from tests.workflow.clearing.test_clearing_bank import invoke

PAYMENTS = int(os.environ.get("PAYMENTS", "60"))
PATIENCE_SECONDS = 60 + PAYMENTS
RETURNED, REJECTED = 10, 20
"""Places in the file, from 0."""
XML = {"Content-Type": "application/xml"}
CLEARING = "gl.clearing.standard.EUR"


def cents_of(place: int) -> int:
    return 100 + place


def file_of(iban: str) -> bytes:
    """Return a pain.001, as another project writes it."""
    config = {"name": "Acme GmbH", "IBAN": iban, "BIC": "FLRNLV22XXX", "batch": False, "currency": "EUR"}
    writer = SepaTransfer(config, schema="pain.001.001.09", clean=True)
    words = {RETURNED: " return:2:MD07", REJECTED: " reject:AC04"}
    for place in range(PAYMENTS):
        writer.add_payment(
            {
                "name": f"Ben Okafor{words.get(place, '')}",
                "IBAN": "DE89370400440532013000",
                "BIC": "COBADEFFXXX",
                "amount": cents_of(place),
                "execution_date": date(2026, 11, 2),
                "description": f"Salary {place}",
                "endtoend_id": f"SALARY-{place}",
            }
        )
    written: bytes = writer.export(validate=True)
    return written


def send(client: Client, document: bytes, headers: dict[str, str] = XML) -> Any:
    given = {"Authorization": f"Bearer {client.token}", **headers}
    return http_session().post(f"{client.url}/v1/payment-files", data=document, headers=given, timeout=60)


def report_of(client: Client, file_id: str) -> Any:
    given = {"Authorization": f"Bearer {client.token}", "Accept": "application/xml"}
    path = f"{client.url}/v1/payment-files/{file_id}/status-report"
    answer = http_session().get(path, headers=given, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/xml"), answer.text
    return etree.fromstring(answer.content)


def cycle_of(stack: Stack, cycle: str) -> dict[str, Any]:
    key = {"pk": {"S": f"CLEARING#{cycle}"}, "sk": {"S": "CYCLE"}}
    table = stack.table_name("bank")
    return dict(stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)["Item"])


def balances(stack: Stack) -> dict[str, int]:
    """Return the balance of every account in EUR, in minor units, straight from the table."""
    pages = (
        stack.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=stack.table_name("bank"),
            FilterExpression="#type = :account AND currency = :euro",
            ExpressionAttributeNames={"#type": "type"},
            ExpressionAttributeValues={":account": {"S": "account"}, ":euro": {"S": "EUR"}},
            ConsistentRead=True,
        )
    )
    read = TypeDeserializer()
    every = [{name: read.deserialize(value) for name, value in one.items()} for page in pages for one in page["Items"]]
    return {str(one["id"]): int(one["balance"]) for one in every}


def own(stack: Stack, name: str) -> int:
    return sum(balance for account, balance in balances(stack).items() if account.startswith(name))


@pytest.fixture
def settlement(stack: Stack, at_the_tables: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process opens cycles as the sweep does, so that a test need not wait for the hour."""
    machines = stack.client("stepfunctions").list_state_machines()["stateMachines"]
    [arn] = [one["stateMachineArn"] for one in machines if one["name"].endswith("-settlement")]
    monkeypatch.setenv("SETTLEMENT_STATE_MACHINE_ARN", arn)


def pass_cut_off(submit_by: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Open the cycle of a cut-off and start its execution, as the sweep does then; return its id."""
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: moment(submit_by) + timedelta(seconds=1))
        cycle = cycles.open_due(system("payment-file-test"))
    assert cycle
    return str(cycle.id)


@pytest.fixture
def clearings_clock(stack: Stack) -> Iterator[None]:
    """What a test moves ahead is moved back after it."""
    before = datetime.fromisoformat(invoke(stack, {"command": "advance"})["now"])
    began = datetime.now(UTC)
    yield
    now = datetime.fromisoformat(invoke(stack, {"command": "advance"})["now"])
    ahead = (now - before) - (datetime.now(UTC) - began)
    invoke(stack, {"command": "advance", "seconds": -round(ahead.total_seconds())})


@dataclass
class Payer:
    """A customer with 100,000.00 EUR who has handed in a file."""

    client: Client
    account: dict[str, Any]
    file_id: str

    def file(self) -> dict[str, Any]:
        return dict(self.client.get(f"/v1/payment-files/{self.file_id}").body)

    def statuses(self) -> list[str]:
        report = report_of(self.client, self.file_id)
        return [str(one.text) for one in report.iterfind(".//{*}TxSts")]

    def money(self) -> tuple[str, str]:
        left = self.client.get(f"/v1/accounts/{self.account['id']}").body
        return left["balance"], left["held"]

    def submit_by(self) -> str:
        first = self.client.get(f"/v1/payment-files/{self.file_id}/payments?limit=1").body["data"][0]
        paid = self.client.get(f"/v1/transactions/{first['transaction_id']}").body
        return str(paid["payment"]["submit_by"])


def euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


@pytest.fixture
def payer(customer: Client) -> Payer:
    """Return a payer whose file the bank has worked on. The file is accepted once."""
    account = customer.open_account(currency="EUR", initial_deposit="100000.00")
    document = file_of(account["iban"])
    handed_in = send(customer, document)
    assert handed_in.status_code == 202, handed_in.text
    assert send(customer, document).json()["code"] == "duplicate_file"
    payer = Payer(customer, account, handed_in.json()["id"])
    eventually(lambda: payer.file()["status"] == "completed", PATIENCE_SECONDS)
    return payer


@pytest.mark.embedded
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("settlement", "clearings_clock")
def test_a_file_is_paid_settled_rejected_and_returned(
    stack: Stack, payer: Payer, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    total, nostro = sum(map(cents_of, range(PAYMENTS))), own(stack, "gl.nostro.EUR")
    open_before = own(stack, CLEARING)  # the bank is shared: other tests book at the clearing, too
    assert (payer.file()["accepted"], payer.file()["refused"]) == (PAYMENTS, 0)
    assert set(payer.statuses()) == {"ACSP"}
    assert payer.money() == ("100000.00", euros(total))

    cycle = pass_cut_off(payer.submit_by(), monkeypatch)
    eventually(lambda: cycle_of(stack, cycle)["status"]["S"] == "closed", PATIENCE_SECONDS)
    assert set(payer.statuses()) == {"ACSC", "RJCT"}
    assert [place for place, one in enumerate(payer.statuses()) if one == "RJCT"] == [REJECTED]
    settled = total - cents_of(REJECTED)
    eventually(lambda: own(stack, CLEARING) == open_before, PATIENCE_SECONDS)  # all of it is advised
    assert own(stack, "gl.nostro.EUR") == nostro + settled
    assert cycle_of(stack, cycle)["payments"]["N"] == str(PAYMENTS)

    invoke(stack, {"command": "advance", "days": 7})  # the return is due
    eventually(lambda: payer.statuses().count("RJCT") == 2)
    assert report_of(payer.client, payer.file_id).findtext(".//{*}GrpSts") == "PART"
    assert payer.money() == (euros(10_000_000 - settled + cents_of(RETURNED)), "0.00")
    eventually(lambda: own(stack, CLEARING) == open_before)
    assert sum(balances(stack).values()) == 0
    assert all(one["debit"] == one["credit"] for one in auditor.get("/v1/reports/trial-balance").body["totals"])


@pytest.mark.embedded
def test_five_megabytes_reach_the_bank_and_more_is_refused(customer: Client) -> None:
    account = customer.open_account(currency="EUR")
    document = file_of(account["iban"])
    most = 5 * 1024 * 1024
    large = document + b"\n" * (most - len(document))
    assert send(customer, large).status_code == 202
    for more in (1, 1024 * 1024):
        refused = send(customer, large + b"\n" * more)
        assert (refused.status_code, refused.json()["code"]) == (413, "payload_too_large")
    hostile = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert send(customer, hostile).json()["code"] == "validation_failed"
    utf_16 = document.decode().encode("utf-16")
    assert send(customer, utf_16).json()["code"] == "validation_failed"


@pytest.mark.embedded
def test_a_file_of_nineteen_megabytes_is_uploaded_by_its_link_and_confirmed_once(customer: Client) -> None:
    account = customer.open_account(currency="EUR")
    end = b"</CdtTrfTxInf>"
    content = file_of(account["iban"]).replace(end, end + b"\n" * (19 * 1024 * 1024 // PAYMENTS))
    sha256 = hashlib.sha256(content).hexdigest()
    upload = customer.post("/v1/payment-files/uploads", {"bytes": len(content), "sha256": sha256}).body
    put = http_session().put(upload["url"], data=content, headers=upload["headers"], timeout=60)
    assert put.status_code == 200, put.text
    path = f"/v1/payment-files/uploads/{upload['id']}/confirm"
    confirmed, again = (customer.post(path, {"sha256": sha256}) for _ in range(2))
    assert (confirmed.status, again.status) == (202, 202), confirmed
    assert confirmed.body["payments"] == PAYMENTS
    assert confirmed.body["id"] == again.body["id"]
    done = eventually(lambda: customer.get(f"/v1/payment-files/{confirmed.body['id']}").body, PATIENCE_SECONDS)
    assert done["error"] is None
