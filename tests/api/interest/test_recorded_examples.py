"""Examples of interest in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from datetime import UTC, datetime

import pytest

from tests.api.helpers.november import have_partitions
from tests.api.helpers.recorder import Recorder
from tests.api.helpers.run_machine import RunMachine
from tests.api.helpers.tampering import lose_last_entry


def test_examples_of_interest_are_answers_of_the_api(
    recorder: Recorder, interest_machine: RunMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_partitions(monkeypatch, 1)
    recorder.set_clock(datetime(2026, 10, 1, 12, tzinfo=UTC))
    wanted = {"type": "savings", "initial_deposit": "1000.00"}
    accounts = [recorder.ask("open_account", "customer", wanted).ok(201) for _ in range(2)]
    lose_last_entry(accounts[1])
    recorder.set_clock(datetime(2026, 11, 1, 12, tzinfo=UTC))
    recorder.example("start_run", "manager", {"period": "2026-10"})
    recorder.example("get_run", "manager", period="2026-10")
    recorder.example("list_runs", "manager")
    recorder.example("list_failures", "manager", period="2026-10")
    recorder.set_clock(datetime(2026, 11, 21, 8, 30, tzinfo=UTC))
    rate = {"annual_rate": "0.0350", "effective_from": "2026-12-01"}
    recorder.example("put_rate", "manager", rate, account_type="savings")
    recorder.example("get_rate", "customer", account_type="savings")
    recorder.example("list_rates", "customer")
    recorder.example("list_rate_history", "manager", account_type="savings")
    recorder.example("get_interest", "customer", account_id=accounts[0]["id"])
    recorder.example("apply_interest", "manager", account_id=accounts[0]["id"])
    recorder.compare()
