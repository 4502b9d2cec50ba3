"""Examples of statements in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from datetime import UTC, datetime

import pytest

from tests.api.helpers.november import have_partitions
from tests.api.helpers.recorder import Recorder
from tests.api.helpers.run_machine import RunMachine
from tests.api.helpers.tampering import lose_last_entry


def test_examples_of_statements_are_answers_of_the_api(
    recorder: Recorder, statement_machine: RunMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_partitions(monkeypatch, 1)
    recorder.set_clock(datetime(2026, 10, 10, 12, tzinfo=UTC))
    wanted = {"type": "current", "initial_deposit": "1000.00"}
    accounts = [recorder.ask("open_account", "customer", wanted).ok(201) for _ in range(2)]
    for account in accounts:
        recorder.ask("edit_account", "customer", {"statements": "monthly"}, account_id=account["id"]).ok()
    lose_last_entry(accounts[1])
    account_id = accounts[0]["id"]
    recorder.ask("withdraw", "customer", {"account_id": account_id, "amount": "40.00", "memo": "Cash"}).ok(201)
    recorder.set_clock(datetime(2026, 11, 1, 12, tzinfo=UTC))
    recorder.example("start_statement_run", "manager", {"period": "2026-10"})
    recorder.example("get_statement_run", "manager", period="2026-10")
    recorder.example("list_statement_runs", "manager")
    recorder.example("list_statement_failures", "manager", period="2026-10")
    recorder.example("list_statements", "customer", account_id=account_id)
    recorder.example("get_statement", "customer", account_id=account_id, month="2026-10")
    for format_, kind in (("csv", "text/csv"), ("camt053", "application/xml")):
        query = f"format={format_}" + ("&bom=false" if format_ == "csv" else "")
        recorder.text_example("get_statement", "customer", kind, query=query, account_id=account_id, month="2026-10")
    recorder.link_example("get_statement", "customer", query="format=pdf", account_id=account_id, month="2026-10")
    recorder.compare()
