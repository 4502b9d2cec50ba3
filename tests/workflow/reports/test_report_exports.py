"""A report as a file on the running bank: asked for, written by the state machine, fetched from where it says."""

import pytest
import requests

from chalicelib.domain.permissions import Caller
from chalicelib.services.reports import report_exports
from chalicelib.services.reports.transaction_report import ReportQuery
from tests.csv_files import rows_of
from tests.stack import eventually
from tests.workflow.bank import Client, Json


@pytest.mark.usefixtures("at_the_tables")
def test_what_was_asked_for_is_written_and_can_be_fetched(customer: Client) -> None:
    account = customer.open_account(initial_deposit="100.00")
    customer.withdraw(account["id"], "1.00")
    user = customer.user
    caller = Caller(user["user_id"], "customer", "a-request", customer_id=user["customer_id"])
    export = report_exports.ask(caller, ReportQuery(account_id=account["id"]))

    def done() -> Json | None:
        told = customer.get(f"/v1/reports/exports/{export.id}").body
        assert told["status"] != "failed"
        return dict(told) if told["status"] == "done" else None

    told = eventually(done)
    assert told
    file = requests.get(told["url"], timeout=60)
    assert file.status_code == 200
    rows = rows_of(file.content.decode())
    assert [(row["type"], row["amount"]) for row in rows] == [("withdrawal", "1.00"), ("deposit", "100.00")]
    assert told["rows"] == 2
