"""A whole bank for tests: an emulator of its own on a free port, with the stack deployed and bootstrapped.

With LOCALSTACK_PORT it is in an account of its own on the LocalStack at that port instead.
Every process of tests has one, so no test disturbs another worker's, nor the bank that `make up` runs.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import boto3

from infra.catch_up import is_caught_up
from infra.demo.own_bank import random_account
from infra.deploy import deployment, teardown
from infra.deploy.base_url import bank_url
from infra.deploy.first_admin import Admin, find_admin
from infra.emulator.ministack import Emulator
from infra.settings import Settings
from infra.targets import Cloud, connect
from tests.packages import PACKAGES, WHOLE_PACKAGE, hash_cheaply, import_from_one_folder, locked, package_once
from tests.ports import reserved_port

FORKED = "tests.forked.ministack"
"""The module of an emulator that starts functions quickly, and no run when an hour turns during a test."""
POLL_SECONDS, POLL_SECONDS_MAX = 0.02, 0.5
DEPLOYED_SECONDS_MAX = 900
"""A deployed bank is used again for so long: tests must not find it hours old."""
CATCH_UP_SECONDS_MAX = 60
WAIT_SECONDS_MAX = 60
LONG_WAIT_SECONDS_MAX = 150
"""Within the time of a test (`timeout` in pyproject.toml), so that the wait says what did not come."""
PATIENCE = 6 if "LOCALSTACK_PORT" in os.environ else 1
"""LocalStack polls streams every second at most, and takes ten times as long for a request as the embedded emulator."""
CLIENTS_MAX = 4 if "LOCALSTACK_PORT" in os.environ else 32
"""Each client needs functions of its own; there, a cold one takes some seconds of a core."""
Answer = TypeVar("Answer")


def _home() -> Settings:
    """Where the tests deploy: an emulator on a free port, or an own account of the LocalStack at LOCALSTACK_PORT."""
    port = os.environ.get("LOCALSTACK_PORT")
    if port is None:
        return Settings(port=reserved_port())
    return Settings(target="localstack", port=int(port), is_port_given=True, account_id=random_account())


class Stack:
    """One deployed bank. `url` is the API's; `client` gives AWS clients with the account's root credentials."""

    admin: Admin
    url: str

    def __init__(self, folder: Path, *, with_layer: bool = False):
        packaged = replace(_home(), build_root=PACKAGES, with_layer=with_layer)
        self.folder = folder
        self.settings = replace(packaged, build_root=folder / "build", state_root=folder / ".florin")
        package_once(packaged, copy_to=self.settings.package_dir)
        hash_cheaply(self.settings.package_dir)
        self.is_copied = not with_layer and not self.is_on_localstack
        if self.is_copied:
            import_from_one_folder(self.settings.package_dir)
        module = {"module": FORKED} if self.is_copied else {}
        self.emulator = Emulator(self.settings.emulator_dir, self.settings.port, **module)
        self.cloud: Cloud = connect(self.settings)
        self.client = cache(self.cloud.client)  # to make one takes more than most calls

    @property
    def whole_package(self) -> Path:
        """The zip with the code of all functions. What they import from it comes before the one folder."""
        whole = self.settings.package_dir / WHOLE_PACKAGE
        return whole if whole.exists() else self.settings.package_dir / "deployment.zip"

    @property
    def port(self) -> int:
        return self.settings.port

    @property
    def is_on_localstack(self) -> bool:
        return self.settings.target == "localstack"

    @property
    def endpoint_url(self) -> str:
        """The address of every AWS service."""
        assert self.cloud.endpoint_url
        return self.cloud.endpoint_url

    @property
    def stage(self) -> str:
        return self.settings.stage

    @property
    def session(self) -> boto3.Session:
        """Needs `endpoint_url=stack.endpoint_url` at each client; `client` gives it."""
        return self.cloud.session

    def table_name(self, table: str) -> str:
        return f"florin-{self.stage}-{table}"

    def start(self) -> None:
        if not self.is_on_localstack:
            self.emulator.start()

    def remove(self) -> None:
        """Leave nothing behind: saving what is in it would only take time."""
        if self.is_on_localstack:
            teardown.remove(self.cloud, self.settings)
        else:
            self.emulator.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        """End the emulator in order; its state is there again after `start`."""
        self.emulator.stop()

    def deploy(self) -> bool:
        """Deploy and bootstrap; False if the stack was as it should be already."""
        changed, admin = deployment.deploy(self.cloud, self.settings)
        assert admin, "the admin's password is lost"
        self.admin = admin
        self.url = bank_url(self.cloud, self.settings)
        return changed

    def find(self) -> None:
        """Find the admin and the URL of a bank that was deployed before."""
        admin = find_admin(self.settings)
        assert admin, "the admin's password is lost"
        self.admin = admin
        self.url = bank_url(self.cloud, self.settings)

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
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return {key: found.get(key) for key in variables}


@contextmanager
def running_stack(folder: Path, *, with_layer: bool = False) -> Iterator[Stack]:
    """Run a bank of its own while the block runs, and leave nothing behind.

    It starts from the saved state of a deployed bank. With the layer it is deployed, as it is for AWS; so it is on
    LocalStack, which saves no state.
    """
    stack = Stack(folder, with_layer=with_layer)
    try:
        if stack.is_copied:
            copy_deployed(stack.settings)
        stack.start()
        if stack.is_copied:
            stack.find()
        else:
            stack.deploy()
        yield stack
    finally:
        stack.remove()


def copy_deployed(settings: Settings) -> None:
    """Copy the state of a bank that was just deployed. The first worker that needs it deploys it, the others wait."""
    deployed, stamp = PACKAGES / "deployed", PACKAGES / "deployed" / "fingerprint"
    with locked(PACKAGES / "deployed.lock"):
        fingerprint = (settings.package_dir / "fingerprint").read_text()
        is_same = stamp.exists() and stamp.read_text() == fingerprint
        if not is_same or time.time() - stamp.stat().st_mtime > DEPLOYED_SECONDS_MAX:
            shutil.rmtree(deployed, ignore_errors=True)
            with TemporaryDirectory(dir=PACKAGES) as folder:
                deploy_to(Path(folder)).rename(deployed)
            stamp.write_text(fingerprint)
        shutil.copytree(deployed, settings.state_root)


def deploy_to(folder: Path) -> Path:
    """Deploy a bank, stop it, and return the folder with its state."""
    stack = Stack(folder)
    try:
        stack.start()
        stack.deploy()
        # A stream is not kept, so copies would never have the rest.
        assert is_caught_up(stack.cloud, stack.settings, CATCH_UP_SECONDS_MAX)
        stack.stop()
    finally:
        stack.emulator.kill()
    return stack.settings.state_root


def eventually(predicate: Callable[[], Answer], deadline_seconds: float = WAIT_SECONDS_MAX) -> Answer:
    """Wait until the predicate gives something true, and return that.

    The deadline costs nothing where the condition comes, so that it suits the slowest machine of CI.
    A predicate that reads whole tables leaves half of the time to what it waits for. The pauses grow with the time that
    has passed, up to half a second, so that a long wait takes little of the processor.
    """
    began = time.monotonic()
    seconds = max(deadline_seconds, min(deadline_seconds * PATIENCE, LONG_WAIT_SECONDS_MAX))
    while True:
        asked_at = time.monotonic()
        answer = predicate()
        if answer:
            return answer
        now = time.monotonic()
        assert now - began < seconds, f"still {answer!r} after {seconds} s"
        time.sleep(max(POLL_SECONDS, now - asked_at, min(POLL_SECONDS_MAX, (now - began) / 10)))


def warm_up(call: Callable[[], object], clients: int) -> None:
    """Have as many copies of the functions behind a harmless call as so many clients at once will need.

    A burst of cold starts takes half a second of processor time each and would run into the functions' time limits;
    doubling the clients round by round starts only as many copies at once as were there before.
    """
    at_once, clients = 1, min(clients, CLIENTS_MAX)
    while at_once < clients:
        at_once = min(at_once * 2, clients)
        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(call) for _ in range(2 * at_once)]:
                done.result()
