"""A whole bank for tests: an emulator of its own on a free port, with the stack deployed and bootstrapped.

Every xdist worker has one, so no test disturbs another worker's, nor the bank that `make up` runs.
"""

import fcntl
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import boto3

from infra.build import package
from infra.deploy import change_set
from infra.deploy.bootstrap import bootstrap
from infra.deploy.first_admin import Admin
from infra.emulator.ministack import Emulator
from infra.emulator.ports import free_port
from infra.settings import ROOT, Settings
from infra.targets import Cloud, connect

PACKAGES = ROOT / "build" / "test"
POLL_SECONDS = 0.02
Answer = TypeVar("Answer")


class Stack:
    """One deployed bank. `url` is the API's; `client` gives AWS clients with the account's root credentials."""

    admin: Admin
    url: str

    def __init__(self, folder: Path, *, with_layer: bool = False):
        packaged = Settings(build_root=PACKAGES, with_layer=with_layer)
        self.folder = folder
        self.settings = replace(packaged, port=free_port(), build_root=folder / "build", state_root=folder / ".florin")
        package_once(packaged, copy_to=self.settings.package_dir)
        hash_cheaply(self.settings.package_dir / "sam.json")
        self.emulator = Emulator(self.settings.emulator_dir, self.settings.port)
        self.cloud: Cloud = connect(self.settings)
        self.client = cache(self.cloud.client)  # to make one takes more than most calls

    @property
    def port(self) -> int:
        return self.settings.port

    @property
    def stage(self) -> str:
        return self.settings.stage

    @property
    def session(self) -> boto3.Session:
        """Needs `endpoint_url=stack.emulator.url` at each client; `client` gives it."""
        return self.cloud.session

    def table_name(self, table: str) -> str:
        return f"florin-{self.stage}-{table}"

    def start(self) -> None:
        self.emulator.start()

    def stop(self) -> None:
        """End the emulator in order; its state is there again after `start`."""
        self.emulator.stop()

    def deploy(self) -> bool:
        """Deploy and bootstrap; False if the stack was as it should be already."""
        changed = change_set.deploy(self.cloud, self.settings)
        admin = bootstrap(self.cloud, self.settings)
        assert admin, "the admin's password is lost"
        self.admin = admin
        self.url = change_set.bank_url(self.cloud, self.settings.stack_name)
        return changed

    @contextmanager
    def configured(self, function: str, **variables: str) -> Iterator[None]:
        """Let a function (`api`, `sealer` …) have other settings while the block runs; its copies start anew."""
        before = self._configure(function, variables)
        try:
            yield
        finally:
            self._configure(function, before)

    def _configure(self, function: str, variables: Mapping[str, str | None]) -> dict[str, str | None]:
        """Set environment variables of a function, or take them away (None); what they were before."""
        functions, name = self.client("lambda"), f"florin-{self.stage}-{function}"
        found = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        changed = {key: value for key, value in (found | variables).items() if value is not None}
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
        return {key: found.get(key) for key in variables}


@contextmanager
def running_stack(folder: Path, *, with_layer: bool = False) -> Iterator[Stack]:
    """A bank that stands while the block runs, and leaves nothing behind: saving what is in it would only take time."""
    stack = Stack(folder, with_layer=with_layer)
    try:
        stack.start()
        stack.deploy()
        yield stack
    finally:
        stack.emulator.kill()
        shutil.rmtree(folder, ignore_errors=True)


def eventually(predicate: Callable[[], Answer], deadline_seconds: float = 10) -> Answer:
    """Wait until the predicate gives something true, and return that."""
    deadline = time.monotonic() + deadline_seconds
    while True:
        answer = predicate()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"still {answer!r} after {deadline_seconds} s"
        time.sleep(POLL_SECONDS)


def warm_up(call: Callable[[], object], clients: int) -> None:
    """Have as many copies of the functions behind a harmless call as so many clients at once will need.

    A burst of cold starts takes half a second of processor time each and would run into the functions' time limits;
    doubling the clients round by round starts only as many copies at once as were there before.
    """
    at_once = 1
    while at_once < clients:
        at_once = min(at_once * 2, clients)
        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(call) for _ in range(2 * at_once)]:
                done.result()


def hash_cheaply(template: Path) -> None:
    """Let functions hash passwords as cheaply as argon2 can: tests sign up and sign in by the hundred."""
    told = json.loads(template.read_text())
    for resource in told["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["Environment"]["Variables"] |= {"ARGON2_MEMORY_KIB": "8", "ARGON2_PASSES": "1"}
    template.write_text(json.dumps(told))


def package_once(settings: Settings, copy_to: Path | None = None) -> None:
    """Package for all workers of all runs, whoever comes first; the others wait for it."""
    settings.build_root.mkdir(parents=True, exist_ok=True)
    with (settings.build_root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        package.package(settings)
        if copy_to:
            shutil.copytree(settings.package_dir, copy_to)
