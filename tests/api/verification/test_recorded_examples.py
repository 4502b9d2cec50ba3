"""Examples of digests and proofs in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

import pytest

from tests.api.helpers.archive import seal
from tests.api.helpers.recorder import Recorder


@pytest.mark.usefixtures("archive")
def test_examples_of_verification_are_answers_of_the_api(recorder: Recorder) -> None:
    account = recorder.ask("open_account", "customer", {"type": "current", "initial_deposit": "125.50"}).ok(201)["id"]
    recorder.ask("withdraw", "customer", {"account_id": account, "amount": "40.00"}).ok(201)
    assert recorder.token("auditor")
    assert seal() == [1]
    recorder.example("list_digests", "auditor")
    recorder.example("prove_entry", "customer", query="seq=2", account_id=account)
    recorder.example("list_digest_keys", None)
    recorder.compare()
