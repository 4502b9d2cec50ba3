"""Examples of reports in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

import pytest

from chalicelib.services.reports import report_exports, transaction_report
from tests.api.helpers.export_machine import BUCKET, ExportMachine, new_bucket
from tests.api.helpers.recorder import Recorder
from tests.api.helpers.stream import Stream


def test_examples_of_reports_are_answers_of_the_api(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT_BUCKET_NAME", BUCKET)
    new_bucket()
    stream = Stream()
    payer, payee = (
        recorder.ask("open_account", name, {"type": "current", "initial_deposit": "1000.00"}).ok(201)["id"]
        for name in ("customer", "other_customer")
    )
    payment = {"from_account_id": payer, "to_account_id": payee, "amount": "850.00", "memo": "Rent November"}
    recorder.ask("transfer", "customer", payment | {"category": "housing"}).ok(201)
    recorder.ask("withdraw", "customer", {"account_id": payer, "amount": "40.00", "memo": "Cash"}).ok(201)
    stream.let_follow()
    recorder.example("get_transactions", "customer", query="limit=1&type=transfer")
    recorder.text_example("get_transactions", "customer", "text/csv", query="format=csv&bom=false")
    recorder.example("get_summary", "customer", query="by=month")
    recorder.example("get_trial_balance", "manager")
    monkeypatch.setattr(report_exports, "ROWS_AT_ONCE_MAX", 1)
    monkeypatch.setattr(transaction_report, "PAGE", 1)
    export = recorder.example("get_transactions", "customer", query="format=csv", status=202)["id"]
    ExportMachine().run(recorder.person("customer").user_id, export)
    recorder.example("get_export", "customer", export_id=export)
    recorder.compare()
