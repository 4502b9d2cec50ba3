"""Forks functions from a process that has imported their libraries. See `tests/forked/ministack.py`."""

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
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


def serve(line: socket.socket) -> None:
    """Fork a function for each request until the other end is closed."""
    while True:
        size, descriptors, _, _ = socket.recv_fds(line, 4, 4)
        if not size:
            return
        request = b""
        while len(request) < int.from_bytes(size, "big"):
            request += line.recv(int.from_bytes(size, "big") - len(request))
        if os.fork() == 0:
            line.close()
            _watch(json.loads(request), descriptors[:3], socket.socket(fileno=descriptors[3]))
        for descriptor in descriptors:
            os.close(descriptor)


def _watch(request: dict[str, Any], pipes: list[int], status: socket.socket) -> None:
    """Fork once more; tell the other end the process id of the function, and how it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
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
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    script: str = request["script"]
    sys.argv = [script]
    sys.path[:0] = [str(Path(script).parent), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    code = 0
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
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    serve(socket.socket(fileno=int(sys.argv[1])))
