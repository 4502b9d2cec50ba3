"""Commands that fill the bank, and show what it does."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from tempfile import NamedTemporaryFile

from infra import running_bank, status
from infra.console.files import console_url
from infra.demo import invitation
from infra.demo.environment import variables_of
from infra.demo.invitation import Seeded
from infra.deploy import current
from infra.deploy.base_url import bank_url
from infra.deploy.first_admin import find_admin
from infra.errors import CommandError
from infra.maintenance import commands as maintenance
from infra.progress import step
from infra.settings import Settings
from infra.targets import Cloud, connect


def demo(settings: Settings) -> None:
    _tell(settings, "story")


def make_sandbox(settings: Settings) -> None:
    """Fill the bank with generated people, then rebuild reports and profiles: the stream has no backlog of them."""
    from infra.demo import sandbox

    sandbox.build(running_bank.find(settings), settings)
    failure = CommandError(
        "The bank is filled, but its report totals and risk profiles are not built.", "Run: make rollups CAUGHT_UP=yes"
    )
    with step("Report totals and risk profiles"):
        try:
            maintenance.make_reports(replace(settings, caught_up=True), failure)
        except KeyboardInterrupt:
            raise failure from None


def invite(settings: Settings) -> None:
    """Tell how to use the demo bank, which is made first if it is new, or if this version makes another one."""
    cloud, admin = connect(settings), find_admin(settings)
    facts = current.demo_facts(cloud, settings)
    if facts is None or admin is None:
        facts = _make_demo_bank(cloud, settings)
    if facts is not None and admin is not None:
        addresses = invitation.Addresses(console_url(cloud, settings), bank_url(cloud, settings))
        invitation.invite(addresses, admin.email, Seeded(**facts))


def _make_demo_bank(cloud: Cloud, settings: Settings) -> dict[str, str] | None:
    """Make what is missing of the demo bank. Return its facts, or None if it was changed by hand."""
    with NamedTemporaryFile("r") as made:
        _tell(settings, "seed", BANK_DEMO_FILE=made.name)
        text = made.read()
    if not text:
        return None
    facts: dict[str, str] = json.loads(text)
    current.remember_demo(cloud, settings, facts)
    return facts


def _tell(settings: Settings, part: str, **variables: str) -> None:
    """Seed the demo bank, or play its story, over the public API only."""
    environment = os.environ | status.bank_variables(running_bank.find(settings), settings)
    environment |= variables_of(settings) | variables
    if "BANK_ADMIN_PASSWORD" not in environment:
        raise CommandError(
            "The admin's password is not on this machine.", "It is on the machine that deployed this bank first."
        )
    done = subprocess.run([sys.executable, "-m", "infra.demo", part], env=environment, check=False)
    if done.returncode != 0:
        raise CommandError(f"The demo ({part}) failed.", "See the functions' logs: make logs")
