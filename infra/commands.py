"""The steps of each command. Those of maintenance and of the demo are in folders of their own."""

import shutil
from collections.abc import Callable
from dataclasses import replace

from infra import catch_up, dev, logs, running_bank, status
from infra.build import openapi, permissions
from infra.demo import commands as demo
from infra.deploy import change_set, current, deployment, identity, teardown
from infra.deploy.first_admin import find_admin
from infra.deploy.first_requests import warm_up
from infra.emulator import checkout
from infra.errors import CommandError
from infra.maintenance import commands as maintenance
from infra.progress import say, step
from infra.settings import STAGES, Settings
from infra.targets import STOP_LOCALSTACK, connect


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
        demo.invite(settings)


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


def show_status(settings: Settings) -> None:
    status.print_status(running_bank.find(settings), settings)


def show_logs(settings: Settings) -> None:
    logs.print_logs(running_bank.find(settings, is_whole=False), settings)


def show_costs(settings: Settings) -> None:
    """Print what a stage costs: this month, if it is on AWS, in an idle month, and for a million of each operation."""
    from infra.cost import report

    if settings.target == "aws":
        report.print_month(connect(settings), settings)
    else:
        say("With TARGET=aws this also prints what your account was billed this month.")
    with step(f"Package for stage {settings.stage}"):
        say(f"    {_package(settings)}")
    report.print_idle(settings)
    report.print_per_million()


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


def _deploy_all(settings: Settings) -> None:
    cloud = connect(settings)
    with step(f"Package for stage {settings.stage}"):
        say(f"    {_package(settings)}")
    deployment.deploy(cloud, settings)


def _package(settings: Settings) -> str:
    from infra.build import package as build_package  # half a second of imports, which other commands need not

    return "packaged" if build_package.package(settings) else "unchanged"


READING = frozenset({"demo", "dev", "logs", "openapi", "status", "verify"})
"""Commands that leave emulator, packages and stack as they are, or call others that do not."""

COMMANDS: dict[str, Callable[[Settings], None]] = {
    "cost": show_costs,
    "demo": demo.demo,
    "deploy": deploy_stack,
    "dev": dev.develop,
    "down": down,
    "logs": show_logs,
    "metrics-token": maintenance.issue_metrics_token,
    "open-retained": maintenance.open_retained,
    "openapi": describe_api,
    "package": package,
    "redrive": maintenance.redrive,
    "reset": reset,
    "restore-drill": maintenance.restore_drill,
    "rollups": maintenance.make_rollups,
    "rotate-token-key": maintenance.rotate_token_key,
    "rotate-webhook-key": maintenance.rotate_webhook_key,
    "sandbox": demo.make_sandbox,
    "seal": maintenance.seal,
    "status": show_status,
    "up": up,
    "verify": maintenance.verify,
}
