"""Examples of health and of the description itself: recorded from the API's responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from chalicelib.services import reference_cache
from chalicelib.services.operations import gauges
from tests.api.helpers.recorder import Recorder


def test_examples_of_operations_are_answers_of_the_api(recorder: Recorder) -> None:
    recorder.example("health", None)
    gauges.take()
    reference_cache.forget()
    recorder.example("ready", "auditor")
    recorder.text_example("metrics", "auditor", "text/plain")
    openmetrics = "application/openmetrics-text"
    recorder.text_example("metrics", "auditor", openmetrics, accept=openmetrics)
    described = recorder.example("openapi", None)
    recorder.found["openapi"]["200"] = {"openapi": described["openapi"], "info": described["info"]}
    recorder.compare()
