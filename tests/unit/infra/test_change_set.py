"""What a deployment says after a failure, and when it has nothing to do."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from infra.deploy import change_set, failure, stack_events
from infra.deploy.artifacts import UploadedTemplate
from infra.errors import CommandError
from infra.settings import Settings

LOCALSTACK = Settings(target="localstack")


@pytest.mark.parametrize(
    ("status", "next_deployment"),
    [
        ("CREATE_FAILED", "it goes on from here"),
        ("UPDATE_FAILED", "it goes on from here"),
        ("UPDATE_ROLLBACK_COMPLETE", "the bank is as it was before"),
        ("ROLLBACK_COMPLETE", "it removes what is left of the stack and makes it anew"),
        ("ROLLBACK_FAILED", "it removes what is left of the stack and makes it anew"),
        ("DELETE_FAILED", "it removes what is left of the stack and makes it anew"),
    ],
)
def test_a_failure_says_what_the_next_deployment_does(status: str, next_deployment: str) -> None:
    assert failure.next_deployment(status) == next_deployment


class Stacks:
    """A LocalStack with one stack; it counts the change sets that are asked for."""

    endpoint_url: str | None = "http://127.0.0.1:4566"

    def __init__(self, status: str, deployed: object) -> None:
        self.deletions = 0
        self.status, self.deployed, self.change_sets = status, deployed, 0

    def client(self, _: str) -> Any:
        return SimpleNamespace(
            describe_stacks=lambda **_: {"Stacks": [{"StackStatus": self.status}]},
            get_template=lambda **_: {"TemplateBody": self.deployed},
            create_change_set=self._create,
            delete_stack=self._delete,
        )

    def _delete(self, **_: object) -> Any:
        self.deletions += 1
        raise NotImplementedError

    def _create(self, **_: object) -> Any:
        self.change_sets += 1
        raise NotImplementedError


def deploy(monkeypatch: pytest.MonkeyPatch, stacks: Stacks) -> bool:
    template = UploadedTemplate("http://bucket/t.json", {"Resources": {"A": {"Type": "B"}}})
    monkeypatch.setattr("infra.deploy.artifacts.upload", lambda *_: template)
    cloud: Any = stacks
    return change_set.deploy(cloud, LOCALSTACK)


@pytest.mark.parametrize("deployed", [{"Resources": {"A": {"Type": "B"}}}, '{"Resources": {"A": {"Type": "B"}}}'])
def test_localstack_is_asked_for_no_change_set_when_the_template_is_the_same(
    monkeypatch: pytest.MonkeyPatch, deployed: object
) -> None:
    stacks = Stacks("UPDATE_COMPLETE", deployed)
    assert deploy(monkeypatch, stacks) is False
    assert stacks.change_sets == 0


@pytest.mark.parametrize(
    ("status", "deployed"),
    [("UPDATE_COMPLETE", {"Resources": {}}), ("CREATE_FAILED", {"Resources": {"A": {"Type": "B"}}})],
)
def test_another_template_or_a_failed_stack_is_deployed(
    monkeypatch: pytest.MonkeyPatch, status: str, deployed: object
) -> None:
    stacks = Stacks(status, deployed)
    with pytest.raises(NotImplementedError):
        deploy(monkeypatch, stacks)
    assert stacks.change_sets == 1


def test_what_is_left_of_a_deletion_on_aws_is_never_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    stacks = Stacks("DELETE_FAILED", {})
    stacks.endpoint_url = None
    with pytest.raises(CommandError, match="deletion of florin-local has failed"):
        deploy(monkeypatch, stacks)
    assert (stacks.deletions, stacks.change_sets) == (0, 0)


def test_what_a_failed_deployment_left_on_localstack_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    stacks = Stacks("DELETE_FAILED", {})
    with pytest.raises(NotImplementedError):
        deploy(monkeypatch, stacks)
    assert (stacks.deletions, stacks.change_sets) == (1, 0)


OF_THE_STACK = {"ResourceStatus": "UPDATE_COMPLETE", "ResourceType": "AWS::CloudFormation::Stack"}


class Updating:
    """A stack that has one status after another; each look finds one more event of a resource, and one of the stack."""

    def __init__(self, *statuses: str, failing: int | None = None) -> None:
        self.statuses, self.events, self.failing = list(statuses), list[dict[str, str]](), failing
        self.meta = SimpleNamespace(endpoint_url="http://127.0.0.1:4566")

    def describe_stacks(self, **_: object) -> Any:
        status = self.statuses.pop(0)
        self.events.insert(0, self._event(len(self.events) // 2))
        self.events.insert(0, {"EventId": f"stack {status}", "LogicalResourceId": "florin-local", **OF_THE_STACK})
        return {"Stacks": [{"StackStatus": status}]}

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [{"StackEvents": list(self.events)}])

    def _event(self, number: int) -> dict[str, str]:
        status = "UPDATE_FAILED" if number == self.failing else "UPDATE_COMPLETE"
        at = {"EventId": str(number), "ResourceStatus": status, "ResourceType": "AWS::Lambda::Function"}
        return at | {"LogicalResourceId": f"Function{number % 2}"}


def test_update_is_followed_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    change_set.follow(Updating("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"), "florin-local", set())
    out, shown = capsys.readouterr()
    assert out == "    2 resources\n"
    assert shown.count("\n") == 0
    assert "2 resources, the last one is Function1" in shown
    assert shown.endswith("    \033[K\r"), "what is printed next would stand before the rest of the line"


def test_failure_is_printed_on_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    stack = Updating("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", failing=1)
    with pytest.raises(CommandError, match="UPDATE_ROLLBACK_COMPLETE") as raised:
        change_set.follow(stack, "florin-local", set())
    out, shown = capsys.readouterr()
    assert out == "    UPDATE_FAILED    Function1 (AWS::Lambda::Function)\n"
    assert shown.endswith("    \033[K\r")
    assert "Function1 (AWS::Lambda::Function): no reason given" in raised.value.advice


def test_failed_rollback_says_how_to_go_back() -> None:
    advice = failure.advice("florin-prod", "UPDATE_ROLLBACK_FAILED", [])
    assert "continue-update-rollback --stack-name florin-prod" in advice


def test_stack_whose_rollback_has_failed_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    stacks = Stacks("UPDATE_ROLLBACK_FAILED", {})
    with pytest.raises(CommandError, match="rollback of florin-local has failed") as raised:
        deploy(monkeypatch, stacks)
    assert "continue-update-rollback" in raised.value.advice
    assert (stacks.deletions, stacks.change_sets) == (0, 0)


def test_refused_version_says_where_the_reason_is() -> None:
    alias = "APIHandlerAliaslive (AWS::Lambda::Alias): Deployment d-1 failed"
    advice = failure.advice("florin-prod", "UPDATE_ROLLBACK_COMPLETE", ["Table (AWS::DynamoDB::Table): no", alias])
    assert "/aws/lambda/CodeDeployHook_florin-prod-pre-transfers" in advice
    assert "/aws/lambda/CodeDeployHook_florin-prod-pre-traffic" in advice
    assert "FORCE=1" in advice
    other = failure.advice("florin-prod", "UPDATE_ROLLBACK_COMPLETE", ["Table (AWS::DynamoDB::Table): no"])
    assert "CodeDeploy" not in other


def test_events_of_earlier_deployments_are_not_read_again() -> None:
    events = [{"EventId": str(number), "ResourceStatus": "UPDATE_COMPLETE"} for number in range(1000)]
    read: list[int] = []

    def paginate(**_: object) -> Iterator[dict[str, Any]]:
        for start in range(0, len(events), 100):
            read.append(start)
            yield {"StackEvents": events[start : start + 100]}

    stacks = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))
    seen = stack_events.latest_ids(stacks, "florin-local")
    assert stack_events.read_new(stacks, "florin-local", seen) == []
    assert read == [0, 0]
    events[:0] = [{"EventId": f"new {number}"} for number in range(149, -1, -1)]
    found = stack_events.read_new(stacks, "florin-local", seen)
    assert [event["EventId"] for event in found] == [f"new {number}" for number in range(150)]
    assert read == [0, 0, 0, 100]
    assert stack_events.read_new(stacks, "florin-local", seen) == []


def test_deployment_that_was_interrupted_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    stack = Updating("CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    assert change_set.wait_until_settled(stack, "florin-local") == "CREATE_COMPLETE"
    assert capsys.readouterr().out.count("an earlier deployment of florin-local is still running") == 1


@pytest.mark.parametrize("outputs", [{}, {"Outputs": []}])
def test_stack_without_outputs_is_told_and_no_traceback(outputs: dict[str, list[Any]]) -> None:
    stack = {"StackStatus": "CREATE_IN_PROGRESS", **outputs}
    unfinished = SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [stack]})
    cloud: Any = SimpleNamespace(client=lambda _: unfinished)
    with pytest.raises(CommandError, match=r"is not complete \(CREATE_IN_PROGRESS\)"):
        change_set.outputs(cloud, "florin-local")


@pytest.mark.parametrize(
    ("given", "before", "expected"),
    [(50, None, "50"), (0, "40", "40"), (50, "40", "50"), (0, None, "0")],
)
def test_budget_stays_as_the_stack_has_it_unless_the_command_says(
    given: int, before: str | None, expected: str
) -> None:
    stack = {"Parameters": [{"ParameterKey": "Budget", "ParameterValue": before}]} if before else None
    found = change_set.stack_parameters(Settings(stage="dev", target="aws", budget=given), stack, {"EdgeSecret": "s"})
    values = {one["ParameterKey"]: one["ParameterValue"] for one in found}
    assert (values["Budget"], values["Home"], values["EdgeSecret"]) == (expected, "aws", "s")


def test_emulator_gets_no_secret_of_a_distribution() -> None:
    found = change_set.stack_parameters(Settings(), None, {})
    assert "EdgeSecret" not in {one["ParameterKey"] for one in found}
