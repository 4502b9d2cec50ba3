"""`make logs` shows every function."""

import json

from infra import status
from infra.settings import ROOT


def test_logs_of_every_function_are_shown() -> None:
    named = json.loads((ROOT / ".chalice/config.json").read_text())["lambda_functions"]
    expected = {"api" if name == "api_handler" else name.replace("_", "-") for name in named}
    assert set(status.FUNCTIONS) == expected
