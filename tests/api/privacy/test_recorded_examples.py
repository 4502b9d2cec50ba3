"""Examples of privacy in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

import pytest

from chalicelib.services.privacy import erasure
from tests.api.helpers.recorder import Recorder
from tests.api.helpers.stream import Stream


def test_examples_of_privacy_are_answers_of_the_api(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = str(recorder.person("customer").customer_id)
    recorder.example("export_customer", "customer", query="limit=2", customer_id=customer)
    stream = Stream()
    recorder.ask("get_customer", "teller", customer_id=customer).ok()
    stream.let_follow()
    recorder.example("list_reads", "auditor", customer_id=customer)
    assert recorder.token("manager")
    with monkeypatch.context() as no_time:
        no_time.setattr(erasure, "SECONDS_MAX", -1)
        recorder.example("erase_customer", "manager", status=202, customer_id=customer)
    recorder.example("erase_customer", "manager", customer_id=customer)
    recorder.compare()
