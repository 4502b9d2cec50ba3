"""Deploys the packaged stack through a CloudFormation change set, and shows its progress."""

import hashlib
import json
import time
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from infra import progress
from infra.alarms import parameters as alarms
from infra.deploy import approval, artifacts, concurrency, failure, stack_events
from infra.deploy.artifacts import UploadedTemplate
from infra.deploy.bank_keys import ensure_edge_secret
from infra.errors import CommandError
from infra.progress import say
from infra.settings import Settings
from infra.targets import Cloud

DEPLOY_SECONDS_MAX = 1800
STACK_TYPE = "AWS::CloudFormation::Stack"
"""A stack is one of its own events' resources."""

UNCHANGED = ("didn't contain changes", "No updates are to be performed")
NOT_YET = (None, "REVIEW_IN_PROGRESS")
WHOLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def deploy(cloud: Cloud, settings: Settings) -> bool:
    """Create or update the stack; False if it was as it should be already. In prod on AWS a person approves first.

    `settings.change_set` is one that `prepare` has shown and people have approved: exactly this is done.
    """
    cloudformation = cloud.client("cloudformation")
    change_set = settings.change_set or prepare(cloud, settings)
    if change_set is None:
        return False
    if cloud.endpoint_url is None and settings.stage == "prod" and not settings.change_set:
        approval.require(settings.stage)
    status = _status(cloudformation, settings.stack_name)
    seen = stack_events.latest_ids(cloudformation, settings.stack_name)
    # A first deployment that fails keeps what it made, and the next one goes on from there: rolling back would mean to
    # delete tables that are protected from deletion. A later one that fails is rolled back to the bank as it was.
    first = status in (*NOT_YET, "CREATE_FAILED")
    cloudformation.execute_change_set(ChangeSetName=change_set, DisableRollback=first)
    follow(cloudformation, settings.stack_name, seen)
    return True


def prepare(cloud: Cloud, settings: Settings) -> str | None:
    """Upload the package, and make a change set. Return its ARN, or None if nothing would change. On AWS show it."""
    cloudformation = cloud.client("cloudformation")
    status = wait_until_settled(cloudformation, settings.stack_name)
    if status == failure.HALFWAY_BACK:
        problem = f"The rollback of {settings.stack_name} has failed. Nothing was changed."
        raise CommandError(problem, failure.how_to_go_back(settings.stack_name))
    template = artifacts.upload(cloud, settings, _find(cloudformation, settings.stack_name))
    if cloud.endpoint_url is None:
        concurrency.require(cloud, settings, template.body)
    if status == "DELETE_FAILED" and cloud.endpoint_url is None:
        # On AWS only somebody's own deletion ends so, perhaps of a whole bank; on LocalStack a failed deployment does.
        raise CommandError(
            f"The deletion of {settings.stack_name} has failed, so it may still hold a bank's tables.",
            "Nothing was changed. See what is left of it, and complete or undo the deletion by hand.",
        )
    if status in failure.STILLBORN:
        say(f"    removing {settings.stack_name}, whose first deployment failed")
        delete(cloudformation, settings.stack_name)
        status = None
    if settings.target == "localstack" and status in WHOLE and _is_deployed(cloudformation, settings, template):
        return None
    kind = "CREATE" if status in NOT_YET else "UPDATE"
    proof = {"EdgeSecret": ensure_edge_secret(cloud, settings.stage)} if cloud.endpoint_url is None else {}
    change_set = _change_set(cloudformation, settings, template.url, kind, proof)
    if change_set is not None and cloud.endpoint_url is None:
        approval.show(cloudformation, change_set)
    return change_set


def stands(cloud: Cloud, stack_name: str) -> bool:
    """Return whether there is a stack of this name."""
    return _find(cloud.client("cloudformation"), stack_name) is not None


def stack_id(cloud: Cloud, stack_name: str) -> str | None:
    """Return the id of the stack, which another stack of the same name will not have, or None if there is no stack."""
    stack = _find(cloud.client("cloudformation"), stack_name)
    return None if stack is None else str(stack["StackId"])


def delete(cloudformation: Any, stack_name: str) -> None:
    """Delete a stack, and wait until it is gone. Raises CommandError."""
    cloudformation.delete_stack(StackName=stack_name)
    try:
        every_two_seconds = {"Delay": 2, "MaxAttempts": DEPLOY_SECONDS_MAX // 2}
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack_name, WaiterConfig=every_two_seconds)
    except WaiterError as error:
        raise CommandError(f"The stack {stack_name} cannot be deleted.", f"Delete it by hand: {error}") from error


def outputs(cloud: Cloud, stack_name: str) -> dict[str, str]:
    """Return the outputs of a stack. Raises CommandError if there is none."""
    try:
        stack = cloud.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"][0]
    except ClientError as error:
        raise CommandError(f"There is no stack {stack_name}.", "Deploy it first: make up, or make deploy.") from error
    if not stack.get("Outputs"):
        problem = f"The stack {stack_name} is not complete ({stack['StackStatus']})."
        raise CommandError(problem, "Deploy it again: make up, or make deploy.")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def stack_parameters(settings: Settings, stack: dict[str, Any] | None, given: dict[str, str]) -> list[dict[str, str]]:
    """Return the stack's parameters. What the command does not say of alarms and budget stays as the stack has it."""
    before = {one["ParameterKey"]: one["ParameterValue"] for one in (stack or {}).get("Parameters", [])}
    values = {
        "Home": "aws" if settings.target == "aws" else "emulator",
        "Budget": str(settings.budget or before.get("Budget", 0)),
        **given,
    }
    named = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
    return [*named, *alarms.of_deployment(settings, stack)]


def _change_set(
    cloudformation: Any, settings: Settings, template_url: str, kind: str, given: dict[str, str]
) -> str | None:
    """Return the change set's ARN when it is ready to execute, or None if nothing would change."""
    name = "florin-" + hashlib.sha256(f"{template_url}{time.time_ns()}".encode()).hexdigest()[:16]
    arn = cloudformation.create_change_set(
        StackName=settings.stack_name,
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateURL=template_url,
        Parameters=stack_parameters(settings, _find(cloudformation, settings.stack_name), given),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=[{"Key": "florin-stage", "Value": settings.stage}],
    )["Id"]
    deadline = time.monotonic() + DEPLOY_SECONDS_MAX
    while time.monotonic() < deadline:
        described = cloudformation.describe_change_set(ChangeSetName=arn)
        reason = described.get("StatusReason", "")
        if described["Status"] == "CREATE_COMPLETE":
            return str(arn)
        if described["Status"] == "FAILED" and any(words in reason for words in UNCHANGED):
            cloudformation.delete_change_set(ChangeSetName=arn)
            return None
        if described["Status"] == "FAILED":
            raise CommandError(
                f"CloudFormation refuses the change: {reason}", "Nothing was changed. Correct the template."
            )
        _wait(cloudformation)
    raise CommandError(
        "CloudFormation did not create the change set.", f"See the events of stack {settings.stack_name}."
    )


def follow(cloudformation: Any, stack_name: str, seen: set[str]) -> None:
    """Show the stack's progress in one line, and its failures, until it stands or has failed."""
    failures: list[str] = []
    done: set[str] = set()
    show, deadline = progress.live_line(), time.monotonic() + DEPLOY_SECONDS_MAX
    while time.monotonic() < deadline:
        status = _status(cloudformation, stack_name) or "DELETE_COMPLETE"
        for event in stack_events.read_new(cloudformation, stack_name, seen):
            line = f"{event['LogicalResourceId']} ({event['ResourceType']})"
            if event["ResourceStatus"].endswith("_FAILED"):
                failures.append(f"{line}: {event.get('ResourceStatusReason', 'no reason given')}")
                show("")
                say(f"    {event['ResourceStatus']:<16} {line}")
            elif event["ResourceStatus"].endswith("_COMPLETE") and event["ResourceType"] != STACK_TYPE:
                done.add(event["LogicalResourceId"])
                show(f"{len(done)} resources, the last one is {line}")
        if not status.endswith("_IN_PROGRESS"):
            show("")
        if status in WHOLE:
            say(f"    {len(done)} resources")
            return
        if not status.endswith("_IN_PROGRESS"):
            advice = failure.advice(stack_name, status, failures)
            raise CommandError(f"The stack {stack_name} failed ({status}).", advice)
        _wait(cloudformation)
    raise CommandError(
        f"Stack {stack_name} is not complete after {DEPLOY_SECONDS_MAX} s.", "Run the same command again."
    )


def _find(cloudformation: Any, stack_name: str) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise CommandError(f"CloudFormation refuses: {error}", "Check the deployer's permissions.") from error
    return stack


def _status(cloudformation: Any, stack_name: str) -> str | None:
    stack = _find(cloudformation, stack_name)
    return None if stack is None else str(stack["StackStatus"])


def wait_until_settled(cloudformation: Any, stack_name: str) -> str | None:
    """Return the stack's status when no deployment of it runs: one that was interrupted goes on by itself."""
    deadline, is_told = time.monotonic() + DEPLOY_SECONDS_MAX, False
    while (status := _status(cloudformation, stack_name)) not in NOT_YET and str(status).endswith("_IN_PROGRESS"):
        if time.monotonic() > deadline:
            raise CommandError(f"The deployment of {stack_name} that runs does not end.", "Run the same command again.")
        if not is_told:
            say(f"    an earlier deployment of {stack_name} is still running; waiting for its end …")
        is_told = True
        _wait(cloudformation)
    return status


def _is_deployed(cloudformation: Any, settings: Settings, template: UploadedTemplate) -> bool:
    """Whether the stack was made from this very template. LocalStack executes a change set without changes, too."""
    deployed = cloudformation.get_template(StackName=settings.stack_name, TemplateStage="Original")["TemplateBody"]
    return bool((json.loads(deployed) if isinstance(deployed, str) else deployed) == template.body)


def _wait(cloudformation: Any) -> None:
    """Wait between two requests: briefly for an emulator, longer for AWS."""
    time.sleep(3 if cloudformation.meta.endpoint_url.startswith("https") else 0.1)
