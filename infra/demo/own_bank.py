"""A separate bank for a minute, whose clock can be set; the user's own bank keeps its clock."""

import io
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.build import package
from infra.demo.client import Admin, Client, Unexpected
from infra.demo.narrator import POLL_SECONDS
from infra.deploy import deployment, teardown
from infra.deploy.base_url import bank_url
from infra.deploy.change_set import outputs
from infra.emulator.clock import set_ahead
from infra.emulator.ministack import Emulator
from infra.emulator.ports import free_port
from infra.errors import CommandError
from infra.progress import step
from infra.settings import Settings
from infra.targets import Cloud, connect

RUN_SECONDS_MAX = 60


@dataclass(frozen=True)
class OwnBank:
    """A deployed bank, whose clock can be set ahead. Who was signed in then has to sign in again."""

    client: Client
    admin: Admin
    cloud: Cloud
    settings: Settings

    def be_at(self, moment: datetime) -> None:
        """Set the clock of all its functions to a moment in UTC."""
        set_ahead(self.cloud, self.settings, moment - datetime.now(UTC))

    def pay_orders_at(self, moment: datetime) -> None:
        """Let the schedule of standing orders come at a moment in UTC, and wait until its run is over.

        Only the function of the run has its clock set, which is much quicker. Raises Unexpected if the run fails.
        """
        set_ahead(self.cloud, self.settings, moment - datetime.now(UTC), only=self._orders_function)
        states: Any = self.cloud.client("stepfunctions")
        machine = outputs(self.cloud, self.settings.stack_name)["StandingOrdersStateMachineArn"]
        execution = states.start_execution(stateMachineArn=machine)["executionArn"]
        deadline = time.monotonic() + RUN_SECONDS_MAX
        while (status := states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
            if time.monotonic() > deadline:
                raise Unexpected(f"The run of standing orders takes longer than {RUN_SECONDS_MAX} s.")
            time.sleep(POLL_SECONDS)
        if status != "SUCCEEDED":
            raise Unexpected(f"The run of standing orders of {moment:%F} has ended: {status}.")

    def use_one_worker(self) -> None:
        """Let runs of orders work on one partition at a time: fewer processes start after each change of the clock."""
        functions: Any = self.cloud.client("lambda")
        found = functions.get_function_configuration(FunctionName=self._orders_function)["Environment"]["Variables"]
        variables = found | {"STANDING_ORDER_WORKERS": "1"}
        functions.update_function_configuration(
            FunctionName=self._orders_function, Environment={"Variables": variables}
        )

    @property
    def _orders_function(self) -> str:
        return f"florin-{self.settings.stage}-standing-order-task"


@contextmanager
def own_bank(home: Settings) -> Iterator[OwnBank]:
    """Deploy a bank beside `home`'s, while the block runs; then remove it.

    On LocalStack it has another account there, else an emulator on a free port.
    """
    with tempfile.TemporaryDirectory(prefix="florin-demo-") as folder:
        root = Path(folder)
        if home.target == "localstack":
            yield from _in_own_account(replace(home, stage="local", account_id=random_account(), state_root=root))
        else:
            settings = Settings(port=free_port(), build_root=root / "build", state_root=root / "state")
            yield from _on_own_emulator(settings)


def random_account() -> str:
    """Return an account of LocalStack that no other bank is likely to have."""
    return f"{secrets.randbelow(9 * 10**11) + 10**11}"


def _on_own_emulator(settings: Settings) -> Iterator[OwnBank]:
    emulator = Emulator(settings.emulator_dir, settings.port)
    try:
        with step(f"A separate small bank on 127.0.0.1:{settings.port}, whose clock can be set"):
            emulator.start()
            bank = _deploy(settings)
        yield bank
    finally:
        emulator.kill()


def _in_own_account(settings: Settings) -> Iterator[OwnBank]:
    cloud = connect(settings)
    try:
        with step(f"A separate small bank in another account of {cloud.endpoint_url}, whose clock can be set"):
            bank = _deploy(settings)
        yield bank
    finally:
        teardown.remove(cloud, settings)


def _deploy(settings: Settings) -> OwnBank:
    cloud = connect(settings)
    with redirect_stdout(io.StringIO()):  # its steps
        package.package(settings)
        _, admin = deployment.deploy(cloud, settings)
    if admin is None:
        raise CommandError("A new bank has an admin already.", "This is a bug in the demo; please report it.")
    _stop_schedules(cloud, settings)
    client = Client(bank_url(cloud, settings))
    return OwnBank(client, Admin(admin.email, admin.password), cloud, settings)


def _stop_schedules(cloud: Cloud, settings: Settings) -> None:
    """Stop the schedules: stories start the runs themselves, and a schedule must not be faster."""
    events: Any = cloud.client("events")
    for run in ("monthly-interest", "standing-orders"):
        for rule in events.list_rules(NamePrefix=f"florin-{settings.stage}-{run}")["Rules"]:
            events.disable_rule(Name=rule["Name"])
