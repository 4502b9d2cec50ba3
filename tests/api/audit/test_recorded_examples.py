"""Examples of the audit in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

import pytest

from tests.api.helpers.recorder import Recorder
from tests.api.helpers.stream import Stream
from tests.api.helpers.verification_machine import VerificationMachine


def test_examples_of_the_audit_are_answers_of_the_api(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream()
    account = recorder.ask("open_account", "customer", {"type": "current", "initial_deposit": "125.50"}).ok(201)["id"]
    recorder.ask("freeze_account", "teller", {"reason": "Card reported stolen"}, account_id=account).ok()
    token = recorder.token("auditor")
    assert token
    stream.deliver()
    recorder.example("list_audit_records", "auditor", query=f"entity={account}&limit=1")
    recorder.example("list_logins", "auditor", query="limit=1")
    recorder.example("list_account_changes", "customer", query="limit=1", account_id=account)
    recorder.example("verify_bank", "auditor", query=f"account_id={account}")
    monkeypatch.setenv("VERIFY_REQUEST_SECONDS", "0")
    verification = recorder.example("verify_bank", "auditor", status=202)["id"]
    VerificationMachine().run(verification)
    recorder.example("get_verification", "auditor", verification_id=verification)
    recorder.compare()
