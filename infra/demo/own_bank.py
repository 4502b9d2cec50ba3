"""A separate bank for a minute, whose clock can be set; the user's own bank keeps its clock."""

import io
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.build import package
from infra.demo.client import Admin, Client
from infra.deploy import deployment, teardown
from infra.deploy.base_url import bank_url
from infra.emulator.clock import set_ahead
from infra.emulator.ministack import Emulator
from infra.emulator.ports import free_port
from infra.errors import CommandError
from infra.progress import step
from infra.settings import Settings
from infra.targets import Cloud, connect


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
    _stop_schedule(cloud, settings)
    client = Client(bank_url(cloud, settings))
    return OwnBank(client, Admin(admin.email, admin.password), cloud, settings)


def _stop_schedule(cloud: Cloud, settings: Settings) -> None:
    """Stop the schedule: the story starts the month's run itself, and the schedule must not be faster."""
    events: Any = cloud.client("events")
    for rule in events.list_rules(NamePrefix=f"florin-{settings.stage}-monthly-interest")["Rules"]:
        events.disable_rule(Name=rule["Name"])
