"""Says how to go on after a deployment that has failed."""

from infra.deploy.hooks import REQUESTS, TRANSFERS

STILLBORN = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")
"""States of a stack that was never whole. CloudFormation updates none of them: it can only be deleted."""
ALIAS_TYPE = "AWS::Lambda::Alias"
"""The resource that fails if CodeDeploy goes back to the version before."""
FAILURES_SHOWN_MAX = 5
HALFWAY_BACK = "UPDATE_ROLLBACK_FAILED"
"""The state of a stack whose rollback has failed, too. CloudFormation updates it only after it has gone back."""


def advice(stack_name: str, status: str, failures: list[str]) -> str:
    """Return the first failures of resources, where to look for the reason, and what the next deployment does."""
    lines = failures[:FAILURES_SHOWN_MAX] or ["CloudFormation named no resource."]
    if any(ALIAS_TYPE in line for line in failures):
        lines = [*lines, explain_refusal(stack_name)]
    if status == HALFWAY_BACK:
        return "\n".join([*lines, how_to_go_back(stack_name)])
    return "\n".join([*lines, f"Correct this, then run the same command again: {next_deployment(status)}."])


def explain_refusal(stack_name: str) -> str:
    """Return where to look if a new version of a function got no requests."""
    logs = " and ".join(f"/aws/lambda/CodeDeployHook_{stack_name}-{hook.name}" for hook in (TRANSFERS, REQUESTS))
    return (
        f"A new version of a function was refused. What the probe has found is in the logs {logs},"
        " which alarm has rung in the deployment at CodeDeploy.\n"
        "An alarm that rang before the deployment would refuse each: FORCE=1 leaves alarms out."
    )


def how_to_go_back(stack_name: str) -> str:
    """Return what an operator does with a stack that is between two versions."""
    return (
        "Some resources are of the new version, some of the one before. Correct what has kept them, then run:\n"
        f"aws cloudformation continue-update-rollback --stack-name {stack_name}\n"
        "When the stack is UPDATE_ROLLBACK_COMPLETE, the bank is as it was before; then deploy again."
    )


def next_deployment(status: str) -> str:
    """Return what the same command does after a failure. LocalStack rolls back a first deployment, too."""
    if status in STILLBORN:
        return "it removes what is left of the stack and makes it anew"
    return "the bank is as it was before" if "ROLLBACK" in status else "it goes on from here"
