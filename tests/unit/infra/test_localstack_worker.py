"""The process that runs a function for LocalStack: bare, with Lambda's context and Lambda's failures."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.localstack.install import PLUGIN

Ask = Callable[[Any], dict[str, Any]]
TIMEOUT_SECONDS = 30
FUNCTION = """
import os
import sys

def handler(event, context):
    print("told", event)
    if event == "raise":
        raise KeyError("nothing")
    if event == "leave":
        sys.exit(3)
    if event == "pytest":
        import pytest
    return {
        "event": event,
        "left": context.get_remaining_time_in_millis(),
        "arn": context.invoked_function_arn,
        "id": context.aws_request_id,
        "memory": context.memory_limit_in_mb,
        "name": context.function_name,
        "trace": os.environ["_X_AMZN_TRACE_ID"],
    }
"""


class Worker:
    """A function in a process of its own."""

    def __init__(self, folder: Path, code: str) -> None:
        (folder / "task.py").write_text(code)
        self._log = folder / "log"
        environment = {
            "LAMBDA_TASK_ROOT": str(folder),
            "_HANDLER": "task.handler",
            "AWS_LAMBDA_FUNCTION_NAME": "florin-local-api",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(TIMEOUT_SECONDS),
            "AWS_LAMBDA_LOG_GROUP_NAME": "group",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        }
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(PLUGIN / "worker.py")],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ready(self) -> dict[str, Any]:
        """What it says of its start: nothing when it went well."""
        assert self.process.stdout
        return dict(json.loads(self.process.stdout.readline()))

    def ask(self, event: object) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        request = {"request_id": "r-1", "arn": "arn:1", "trace_id": "Root=1", "payload": json.dumps(event)}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return dict(json.loads(self.process.stdout.readline()))

    def logged(self) -> str:
        return self._log.read_text()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[str], Worker]]:
    workers: list[Worker] = []

    def start(code: str) -> Worker:
        workers.append(Worker(tmp_path, code))
        return workers[-1]

    yield start
    for worker in workers:
        worker.process.kill()
        worker.process.communicate()


def test_a_function_gets_lambdas_context_and_its_prints_are_its_log(started: Callable[[str], Worker]) -> None:
    worker = started(FUNCTION)
    assert worker.ready() == {}
    answered = worker.ask({"a": 1})
    assert answered["is_error"] is False
    told = json.loads(answered["payload"])
    assert 0 < told.pop("left") <= TIMEOUT_SECONDS * 1000
    assert told == {
        "event": {"a": 1}, "arn": "arn:1", "id": "r-1", "memory": 512, "name": "florin-local-api", "trace": "Root=1"
    }  # fmt: skip
    assert "told {'a': 1}" in worker.logged()


def test_what_a_function_raises_is_its_failure_and_it_goes_on(started: Callable[[str], Worker]) -> None:
    worker = started(FUNCTION)
    worker.ready()
    for event, name in (("raise", "KeyError"), ("leave", "SystemExit")):
        failed = worker.ask(event)
        assert failed["is_error"] is True
        told = json.loads(failed["payload"])
        assert told["errorType"] == name
        assert "handler" in "".join(told["stackTrace"])
        assert f"[ERROR] {name}" in worker.logged()
    assert worker.ask("again")["is_error"] is False


def test_a_function_sees_no_packages_but_its_own(started: Callable[[str], Worker]) -> None:
    """Here stands pytest; a function that LocalStack runs must bring its dependencies."""
    worker = started(FUNCTION)
    worker.ready()
    failed = worker.ask("pytest")
    assert json.loads(failed["payload"])["errorType"] == "ModuleNotFoundError"


def test_a_function_that_cannot_be_imported_says_why(started: Callable[[str], Worker]) -> None:
    told = started("import nowhere").ready()
    assert (told["errorType"], told["errorMessage"]) == ("ModuleNotFoundError", "No module named 'nowhere'")
