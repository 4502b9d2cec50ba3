"""LocalStack's open runtime in host mode: a process on 127.0.0.1 that keeps nothing when it ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from infra.emulator import ports
from infra.errors import CommandError
from infra.localstack.install import Installation
from infra.targets import health

START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 30
POLL_SECONDS = 0.1


class LocalStack:
    """A LocalStack: a folder for its files and log, and a port."""

    def __init__(self, installation: Installation, folder: Path, port: int):
        self.folder = folder.absolute()
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log_file = self.folder / "localstack.log"
        self._installation = installation
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. Raises CommandError."""
        if ports.is_taken(self.port):
            raise CommandError(f"Port {self.port} is taken by {ports.owner(self.port)}.", "Choose another: PORT=4570")
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "tmp").mkdir(parents=True)
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [str(self._installation.python), "-m", "localstack.runtime.main"],
                env=self._environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while health(self.url) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self.log_file.read_text(errors="replace")[-2000:]
                raise CommandError("LocalStack does not start.", f"See {self.log_file}:\n{tail}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End it with its functions and its DynamoDB, which are of its process group, and delete its files."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS_MAX)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        for path in self.folder.glob("*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        """Nothing of this shell but its PATH: LocalStack has a hundred settings, and no test may depend on them."""
        here, temporary = str(self.folder), str(self.folder / "tmp")
        return {
            "PATH": os.environ["PATH"],
            "HOME": here,
            "XDG_CACHE_HOME": f"{here}/cache",
            "FILESYSTEM_ROOT": f"{here}/files",
            "TMPDIR": temporary,
            "GATEWAY_LISTEN": f"127.0.0.1:{self.port}",
            "LOCALSTACK_HOST": f"127.0.0.1:{self.port}",
            "GATEWAY_SERVER": "hypercorn",
            "OVERRIDE_IN_DOCKER": "0",
            "DNS_ADDRESS": "0",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "PROVIDER_OVERRIDE_DYNAMODB": "v2",
            "DYNAMODB_IN_MEMORY": "1",
            "DYNAMODB_LOCAL": str(self._installation.dynamodb_folder),
            "JAVA": str(self._installation.java),
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": "60",
            "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "1",
            "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_ERROR_SEC": "5",
            "S3_SKIP_SIGNATURE_VALIDATION": "0",
            # The functions' packages were built for the version of this Python; its own packages they do not see.
            "FUNCTION_PYTHON": str(Path(sys.base_prefix) / "bin" / Path(sys.executable).resolve().name),
        }
