"""Examples of health and of the description itself: recorded from the API's responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from tests.api.helpers.recorder import Recorder


def test_examples_of_operations_are_answers_of_the_api(recorder: Recorder) -> None:
    recorder.example("health", None)
    described = recorder.example("openapi", None)
    recorder.found["openapi"]["200"] = {"openapi": described["openapi"], "info": described["info"]}
    recorder.compare()
