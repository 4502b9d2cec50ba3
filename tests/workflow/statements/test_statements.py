"""Statements on the deployed stack: made by their own function, with its own role, and fetched by a link."""

import io

import requests
from pypdf import PdfReader

from chalicelib import clock
from tests.stack import Stack
from tests.workflow.bank import Client


def test_a_statement_in_every_format(stack: Stack, customer: Client) -> None:
    account, other = customer.open_account(initial_deposit="100.00"), customer.open_account()
    assert customer.transfer(account["id"], other["id"], "12.34").status == 201
    path = f"{stack.url}/v1/accounts/{account['id']}/statements/{clock.now():%Y-%m}"
    signed_in = {"Authorization": f"Bearer {customer.token}"}

    def asked(form: str) -> requests.Response:
        return requests.get(f"{path}?format={form}", headers=signed_in, allow_redirects=False, timeout=60)

    told = asked("json").json()
    assert (told["closing_balance"], told["total_out"]) == ("87.66", "12.34")
    assert asked("csv").text.splitlines()[2].count("-12.34") == 1
    assert '<Amt Ccy="USD">12.34</Amt>' in asked("camt053").text
    links = [asked("pdf") for _ in range(2)]
    assert [link.status_code for link in links] == [303, 303]
    document = requests.get(links[0].headers["Location"], timeout=60)
    assert document.headers["Content-Type"] == "application/pdf"
    assert "87.66" in PdfReader(io.BytesIO(document.content)).pages[0].extract_text()
    stored = stack.client("s3").list_objects_v2(Bucket=links[0].headers["Location"].split("/")[3])["Contents"]
    assert len([one for one in stored if account["id"] in one["Key"]]) == 1
    forged = links[0].headers["Location"].replace(account["id"], other["id"])
    assert requests.get(forged, timeout=60).status_code == 403
