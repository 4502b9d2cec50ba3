"""Forks functions from a process that has imported what they import. See `tests/forked/ministack.py`."""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

LIBRARIES = (
    "aws_lambda_powertools.logging",
    "aws_lambda_powertools.metrics",
    "annotated_types",
    "argon2",
    "boto3",
    "boto3.session",
    "botocore.client",
    "botocore.endpoint",
    "botocore.httpsession",
    "botocore.parsers",
    "botocore.retries.standard",
    "botocore.signers",
    "cachetools",
    "chalice.app",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.ciphers.aead",
    "jwt",
    "pydantic",
    "pydantic._internal._generate_schema",
    "pydantic.json_schema",
    "pydantic.types",
    "pynamodb.attributes",
    "pynamodb.models",
    "pynamodb.indexes",
    "s3transfer.manager",
)
BANK = "chalicelib"
SERVICES = ("kms", "lambda", "s3", "ssm", "stepfunctions")
"""Those whose descriptions the bank's functions read, besides DynamoDB's."""


def serve(line: socket.socket) -> None:
    """Fork a function for each request until the other end is closed."""
    bank: tuple[str, str] | None = None
    while True:
        size, descriptors, _, _ = socket.recv_fds(line, 4, 4)
        if not size:
            return
        received = b""
        while len(received) < int.from_bytes(size, "big"):
            received += line.recv(int.from_bytes(size, "big") - len(received))
        request = json.loads(received)
        if bank is None:
            bank = _import_bank(request)
        if os.fork() == 0:
            line.close()
            if bank != _bank_of(request):
                _forget_bank()
            _watch(request, descriptors[:3], socket.socket(fileno=descriptors[3]))
        for descriptor in descriptors:
            os.close(descriptor)
        _reap()


def _bank_of(request: dict[str, Any]) -> tuple[str, str]:
    """Return what decides how the bank's modules are after their import: their folder, and the level of its logger.

    All other settings are read when they are needed.
    """
    env: dict[str, str] = request["env"]
    folders = [Path(folder) / BANK for folder in (request["cwd"], *env.get("PYTHONPATH", "").split(os.pathsep))]
    return next((str(folder.resolve()) for folder in folders if folder.is_dir()), ""), env.get("LOG_LEVEL", "")


def _import_bank(request: dict[str, Any]) -> tuple[str, str]:
    """Import all modules of the bank but `app`, as this function would. Return which bank it is."""
    folder, _ = bank = _bank_of(request)
    if not folder:
        return bank
    os.environ.update(request["env"])
    # A function's logger writes to where its standard error is.
    real_stdout, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, str(Path(folder).parent))
    package = importlib.import_module(BANK)
    for module in pkgutil.walk_packages(package.__path__, f"{BANK}."):
        importlib.import_module(module.name)
    _read_descriptions()
    sys.path.pop(0)
    sys.stdout = real_stdout
    gc.freeze()
    return bank


def _read_descriptions() -> None:
    """Let the bank read botocore's descriptions of services, which it keeps. No client is kept."""
    aws, connection = importlib.import_module(f"{BANK}.aws"), importlib.import_module(f"{BANK}.models.connection")
    connection.connection()
    connection.forget()
    for service in SERVICES:
        aws.client.__wrapped__(service)


def _forget_bank() -> None:
    """Let a function import the bank anew, for it has other code or another logger."""
    for name in [name for name in sys.modules if name == BANK or name.startswith(f"{BANK}.")]:
        del sys.modules[name]


def _reap() -> None:
    """Collect what has ended, so that its processor time counts as this process's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watch(request: dict[str, Any], pipes: list[int], status: socket.socket) -> None:
    """Fork once more; tell the other end the process id of the function, and how it has ended."""
    pid = os.fork()
    if pid == 0:
        status.close()
        _become(request, pipes)
    for descriptor in pipes:
        os.close(descriptor)
    status.sendall(str(pid).encode())
    _, ended = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        status.sendall(str(os.waitstatus_to_exitcode(ended)).encode())
    os._exit(0)


def _become(request: dict[str, Any], pipes: list[int]) -> None:
    """Run the function's script as Python would if it were started anew."""
    for number, descriptor in enumerate(pipes):
        os.dup2(descriptor, number)
        os.close(descriptor)
    # Standard error stays the object that the bank's logger has: Chalice silences a logger that writes elsewhere.
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    script: str = request["script"]
    sys.argv = [script]
    sys.path[:0] = [str(Path(script).parent), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    code = 0
    gc.enable()
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 — as Python itself ends a script
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    gc.disable()  # here nothing is garbage; a function looks for its own
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
