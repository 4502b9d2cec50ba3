"""The steps of each command."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from tempfile import NamedTemporaryFile

from chalicelib import config_check
from chalicelib.environment import SettingError
from infra import catch_up, dev, logs, status
from infra.build import openapi, permissions
from infra.console.files import console_url
from infra.demo import invitation
from infra.demo.environment import variables_of
from infra.demo.invitation import Seeded
from infra.deploy import change_set, current, deployment, identity, teardown
from infra.deploy.base_url import bank_url
from infra.deploy.digest_setup import seal_now
from infra.deploy.first_admin import find_admin
from infra.deploy.first_requests import warm_up
from infra.emulator import checkout
from infra.errors import CommandError
from infra.maintenance import reporting
from infra.progress import say, step
from infra.settings import STAGES, Settings
from infra.targets import STOP_LOCALSTACK, Cloud, connect


def up(settings: Settings) -> None:
    """Start the bank on this machine, or update the running one."""
    if settings.target == "aws":
        raise CommandError("`make up` works on this machine only.", "For AWS, run: make deploy STAGE=dev")
    if settings.target == "embedded":
        with step(f"Emulator on 127.0.0.1:{settings.port}"):
            checkout.ensure_running(settings)
    cloud = connect(settings)
    if current.is_current(cloud, settings):
        identity.require_ours(cloud, settings)
        with step("Bank"):
            say("    unchanged")
            warm_up(cloud, settings)
    else:
        _deploy_all(settings)
    if not settings.is_brief:
        invite(settings)


def down(settings: Settings) -> None:
    """Stop the embedded emulator. LocalStack keeps running: another program started it."""
    if settings.target == "localstack":
        url = connect(settings).endpoint_url
        raise CommandError(f"LocalStack at {url} was not started by this command.", STOP_LOCALSTACK)
    _require_not_on_aws(settings)
    emulator = checkout.emulator_of(settings)
    if emulator.answers():
        # What still deploys would be saved half deployed, and never end.
        for stage in STAGES:
            change_set.wait_until_settled(connect(settings).client("cloudformation"), f"florin-{stage}")
        with step("Waiting for the consumers of the stream"):
            catch_up.require_caught_up(settings)
    with step("Stopping the emulator and saving its state (takes minutes for a large bank)"):
        if not emulator.stop():
            say("    it was not running")


def reset(settings: Settings) -> None:
    """Delete the local bank: its state, its admin, its packages."""
    if settings.target == "localstack":
        _remove(settings)
        return
    _require_not_on_aws(settings)
    with step("Deleting the emulator's state, with every stage in it"):
        emulator = checkout.emulator_of(settings)
        emulator.kill()
        emulator.wipe()
        for stage in STAGES:
            shutil.rmtree(replace(settings, stage=stage).stage_dir, ignore_errors=True)
        shutil.rmtree(settings.build_dir, ignore_errors=True)
    say("  Run `make up` to start a new bank.")


def package(settings: Settings) -> None:
    with step(f"Package for stage {settings.stage}"):
        say(f"    {_package(settings)}: {settings.package_dir}")


def deploy_stack(settings: Settings) -> None:
    """Package, deploy and bootstrap a stage at a target."""
    if settings.target == "embedded":
        checkout.ensure_running(settings)
    if settings.plan:
        _plan(settings)
        return
    _deploy_all(settings)
    status.print_status(connect(settings), settings)
    if find_admin(settings):
        say(f"# The admin's password is in {settings.stage_dir}, which only you can read.")


def _plan(settings: Settings) -> None:
    """Show the change set of a deployment, and how to execute it."""
    cloud = connect(settings)
    with step(f"Package for stage {settings.stage}"):
        say(f"    {_package(settings)}")
    with step(f"Change set of {settings.stack_name}"):
        arn = change_set.prepare(cloud, settings)
    say(f"CHANGE_SET={arn}" if arn else "Nothing would change.")


def describe_api(settings: Settings) -> None:
    for path in (openapi.write(settings.root), permissions.write(settings.root)):
        say(f"  wrote {path}")


def demo(settings: Settings) -> None:
    _tell(settings, "story")


def make_sandbox(settings: Settings) -> None:
    """Fill the bank with generated people, then rebuild reports and profiles: the stream has no backlog of them."""
    from infra.demo import sandbox

    sandbox.build(_running(settings), settings)
    trouble = CommandError(
        "The bank is filled, but its report totals and risk profiles are not built.", "Run: make rollups CAUGHT_UP=yes"
    )
    with step("Report totals and risk profiles"):
        try:
            _make_reports(replace(settings, caught_up=True), trouble)
        except KeyboardInterrupt:
            raise trouble from None


def show_status(settings: Settings) -> None:
    status.print_status(_running(settings), settings)


def show_logs(settings: Settings) -> None:
    logs.print_logs(_running(settings, is_whole=False), settings)


def verify(settings: Settings) -> None:
    """Verify the ledger and the audit trail, and name the first broken link."""
    code = _maintain(settings, "verify")
    if code == reporting.BROKEN:
        raise CommandError("The bank does not verify.", "The lines above name what is broken. Change nothing by hand.")
    if code != 0:
        problem = "The bank could not be verified: nothing is known to be broken."
        raise CommandError(problem, "The lines above say what could not be read. Run the same command again.")


def make_rollups(settings: Settings) -> None:
    """Rebuild report totals, risk profiles and customers' search keys while the bank runs."""
    advice = "Reports still use the earlier totals. Run the same command again."
    _make_reports(settings, CommandError("The report totals, risk profiles and search keys are not rebuilt.", advice))


def redrive(settings: Settings) -> None:
    """Handle what the consumers of the stream have set aside."""
    if _maintain(settings, "redrive") != 0:
        advice = "Mend what the lines above name, deploy if need be, and run the same command again: nothing is lost."
        raise CommandError("Records of the stream are still set aside.", advice)


def open_retained(settings: Settings) -> None:
    """Open what money-laundering law makes the bank keep of an erased customer. The audit records who, whom and why."""
    if not settings.customer_id or not settings.reason:
        raise CommandError(
            "Whose identity, and for what legal purpose?", 'Run: make open-retained CUSTOMER=cus_… REASON="Order 4 O 1"'
        )
    if _maintain(settings, "open_retained", settings.customer_id, settings.reason) != 0:
        raise CommandError(
            "Nothing was opened.", "The lines above say why. An attempt that got as far is in the audit."
        )


def restore_drill(settings: Settings) -> None:
    """Restore the tables beside the running bank, and verify them."""
    from infra.restore import drill

    drill.drill(_running(settings), settings)


def seal(settings: Settings) -> None:
    """Sign a digest of new entries now, without waiting for the schedule."""
    made = ", ".join(map(str, seal_now(_running(settings), settings.stack_name)))
    say(f"  Digest {made}" if made else "  Nothing to seal: there is no new entry that is at least a minute old.")


def rotate_webhook_key(settings: Settings) -> None:
    """Replace the key that signs webhook messages, in two runs; one that has leaked in one run."""
    _rotate(settings, "rotate_webhook_key")


def rotate_token_key(settings: Settings) -> None:
    """Replace the key that signs access tokens, in two runs; one that has leaked in one run."""
    _rotate(settings, "rotate_token_key")


def _rotate(settings: Settings, module: str) -> None:
    if _maintain(settings, module, *(["leaked"] if settings.is_leaked else [])) != 0:
        advice = "The lines above say why. A run that was cut off is repeated a minute later."
        raise CommandError("The key was not replaced.", advice)


def show_costs(settings: Settings) -> None:
    """Print what a stage costs: this month, if it is on AWS, in an idle month, and for a million of each operation."""
    from infra.cost import report

    if settings.target == "aws":
        report.print_month(connect(settings), settings)
    else:
        say("No account is asked what it has paid: TARGET=aws asks yours.")
    with step(f"Package for stage {settings.stage}"):
        say(f"    {_package(settings)}")
    report.print_idle(settings)
    report.print_per_million()


def issue_metrics_token(settings: Settings) -> None:
    """Print a token with which Prometheus reads the metrics."""
    if _maintain(settings, "metrics_token") != 0:
        raise CommandError("No token was made.", "The lines above say why.")


def _make_reports(settings: Settings, trouble: CommandError) -> None:
    if _maintain(settings, "rebuild", *(["--caught-up"] if settings.caught_up else [])) != 0:
        raise trouble


def _maintain(settings: Settings, module: str, *arguments: str) -> int:
    """Run a module of infra/maintenance on the tables of a stage. Return its exit code."""
    environment = _running(settings).environment(settings.stage)
    try:
        config_check.check(environment)
    except SettingError as error:
        raise CommandError("The settings of the deployed functions, or of this shell, are wrong.", str(error)) from None
    command = [sys.executable, "-m", f"infra.maintenance.{module}", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def _require_not_on_aws(settings: Settings) -> None:
    if settings.target == "aws":
        raise CommandError("This command works on the bank on this machine.", "Delete a bank on AWS in CloudFormation.")


def _remove(settings: Settings) -> None:
    """Remove this checkout's bank from LocalStack, and forget its admin. Other stacks there stay."""
    cloud = connect(settings)
    with step(f"Removing {settings.stack_name} from {cloud.endpoint_url}"):
        if identity.is_claimed(cloud, settings):
            identity.require_ours(cloud, settings)
        teardown.remove(cloud, settings)
        shutil.rmtree(settings.stage_dir, ignore_errors=True)
        shutil.rmtree(settings.build_dir, ignore_errors=True)
    say("  `make up TARGET=localstack` makes a new one.")


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


def _deploy_all(settings: Settings) -> None:
    cloud = connect(settings)
    with step(f"Package for stage {settings.stage}"):
        say(f"    {_package(settings)}")
    deployment.deploy(cloud, settings)


def _package(settings: Settings) -> str:
    from infra.build import package as build_package  # half a second of imports, which other commands need not

    return "packaged" if build_package.package(settings) else "unchanged"


def _running(settings: Settings, *, is_whole: bool = True) -> Cloud:
    """Return the cloud with this checkout's bank, which must be whole unless told otherwise. Raises CommandError."""
    if settings.target == "embedded":
        checkout.require_running(settings)
    cloud = connect(settings)
    identity.require_ours(cloud, settings)
    if is_whole:
        identity.require_whole(settings)
    return cloud


def _tell(settings: Settings, part: str, **variables: str) -> None:
    """Seed the demo bank, or play its story, over the public API only."""
    environment = os.environ | status.bank_variables(_running(settings), settings)
    environment |= variables_of(settings) | variables
    if "BANK_ADMIN_PASSWORD" not in environment:
        raise CommandError(
            "The admin's password is not on this machine.", "It is on the machine that deployed this bank first."
        )
    done = subprocess.run([sys.executable, "-m", "infra.demo", part], env=environment, check=False)
    if done.returncode != 0:
        raise CommandError(f"The demo ({part}) failed.", "See the functions' logs: make logs")


READING = frozenset({"demo", "dev", "logs", "openapi", "status", "verify"})
"""Commands that leave emulator, packages and stack as they are, or call others that do not."""

COMMANDS: dict[str, Callable[[Settings], None]] = {
    "cost": show_costs,
    "demo": demo,
    "deploy": deploy_stack,
    "dev": dev.develop,
    "down": down,
    "logs": show_logs,
    "metrics-token": issue_metrics_token,
    "open-retained": open_retained,
    "openapi": describe_api,
    "package": package,
    "redrive": redrive,
    "reset": reset,
    "restore-drill": restore_drill,
    "rollups": make_rollups,
    "rotate-token-key": rotate_token_key,
    "rotate-webhook-key": rotate_webhook_key,
    "sandbox": make_sandbox,
    "seal": seal,
    "status": show_status,
    "up": up,
    "verify": verify,
}
