"""Runs Lambda functions as processes beside LocalStack, which by itself runs them in containers.

Each copy of a function is a process of the bare Python that `FUNCTION_PYTHON` names, under the function's time limit.
Part of the package `florin_localstack`, which infra/localstack/runtime.py installs beside LocalStack.
"""

import contextlib
import json
import os
import selectors
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any

from localstack import config
from localstack.services.lambda_.invocation.execution_environment import RuntimeExecutor
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

from .shared_code import shared_folder

WORKER = Path(__file__).with_name("worker.py")
INIT_SECONDS_MAX = 60
HOST = "127.0.0.1"


class ProcessExecutor(RuntimeExecutor):
    """A copy of a function. After a time-out its process is replaced at the next invocation, as Lambda does."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 — LocalStack's name
        super().__init__(id, function_version)
        self._environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 — open as long as the environment
        self._in_use = threading.Lock()

    def start(self, env_vars: dict[str, str]) -> None:
        root = str(shared_folder(self.function_version.config.code))
        inherited = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        given = {name: str(value) for name, value in env_vars.items()}
        self._environment = inherited | given | {"LAMBDA_TASK_ROOT": root}
        self._start_process()

    def stop(self) -> None:
        """End the process after its running invocation, as Lambda does when a function is configured anew."""
        with self._in_use:
            self._kill()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        with self._in_use:
            return self._invoke(payload)

    def _invoke(self, payload: dict[str, str]) -> InvocationResult:
        if self._process is None or self._process.poll() is not None:
            self._start_process()
        request_id, begun = payload["invoke-id"], time.monotonic()
        request = {
            "request_id": request_id,
            "arn": payload["invoked-function-arn"],
            "trace_id": payload["trace-id"],
            "payload": payload["payload"],
        }
        limit = float(self.function_version.config.timeout)
        answered = self._ask(request, limit)
        milliseconds = (time.monotonic() - begun) * 1000
        if answered is None:
            self._kill()
            message = f"{request_id} Task timed out after {limit:.2f} seconds"
            answered = {"payload": json.dumps({"errorMessage": message}), "is_error": True}
        logs = f"START RequestId: {request_id}\n{self._read_log()}END RequestId: {request_id}\n"
        logs += f"REPORT RequestId: {request_id} Duration: {milliseconds:.2f} ms\n"
        return InvocationResult(request_id, answered["payload"].encode(), answered["is_error"], logs)

    def get_address(self) -> str:
        return HOST

    def get_endpoint_from_executor(self) -> str:
        return HOST

    def get_runtime_endpoint(self) -> str:
        return f"http://{HOST}:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self) -> str:
        return self._read_log()

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        shared_folder(function_version.config.code)

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """The unzipped code is removed with LocalStack's own folder."""

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _start_process(self) -> None:
        self._kill()
        self._process = subprocess.Popen(
            [os.environ["FUNCTION_PYTHON"], "-I", "-S", str(WORKER)],
            env=self._environment,
            cwd=self._environment["LAMBDA_TASK_ROOT"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        failed = self._read(INIT_SECONDS_MAX)
        if failed is None or failed:
            self._kill()
            told = failed or {"errorMessage": f"Init needs more than {INIT_SECONDS_MAX} seconds, or ended"}
            raise StatusErrorException(f"{told}\n{self._read_log()}", payload=json.dumps(told).encode())

    def _ask(self, request: dict[str, str], seconds_max: float) -> dict[str, Any] | None:
        """Return the worker's answer; None if it took longer."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        answered = self._read(seconds_max)
        if answered is None and self._process.poll() is not None:
            code = self._process.returncode
            told = {"errorType": "Runtime.ExitError", "errorMessage": f"Runtime exited with status {code}"}
            return {"payload": json.dumps(told), "is_error": True}
        return answered

    def _read(self, seconds_max: float) -> dict[str, Any] | None:
        """Return the next line that the worker writes; None if there is none in this time, or it has ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(seconds_max):
                return None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            return None
        answered: dict[str, Any] = json.loads(line)
        return answered

    def _read_log(self) -> str:
        """Return what the function has written since the last invocation."""
        self._log.seek(0)
        written = self._log.read().decode(errors="replace")
        self._log.seek(0)
        self._log.truncate()
        return written if not written or written.endswith("\n") else written + "\n"


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *_args: Any, **_kwargs: Any) -> type[ProcessExecutor]:
        return ProcessExecutor
