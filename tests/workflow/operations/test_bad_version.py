"""A bad version gets no request: the hook's own code refuses it, on versions and aliases of deployed functions.

The test stands in for CodeDeploy, which no emulator has: it calls the hook, and moves the alias if the hook allows it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.deploy import hooks, staged
from tests.packages import append_to_module
from tests.stack import POLL_SECONDS, Stack, running_stack

BROKEN_FILE = "chalicelib/models/ledger/items.py"
LOSES_AN_ENTRY = "\n_whole = entries\ndef entries(made, decision):\n    return _whole(made, decision)[:1]\n"
"""A fault that the health of the API does not show."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bank of this file's own, because a bad version posts in it."""
    with running_stack(tmp_path_factory.mktemp("versions")) as stack:
        yield stack


class CodeDeploy:
    """Deploys versions of the function of transfers behind the alias, if the hook allows it."""

    def __init__(self, stack: Stack, monkeypatch: pytest.MonkeyPatch):
        self._lambda = stack.client("lambda")
        self._transfers, self._api = (f"florin-{stack.stage}-{name}" for name in ("transfer-task", "api"))
        self._statuses = list[str]()
        monkeypatch.setattr("boto3.client", {"lambda": self._lambda, "codedeploy": self}.__getitem__)
        monkeypatch.setenv("API", self._api)
        monkeypatch.setenv("HEALTH", json.dumps(hooks.HEALTH))
        self._environment = monkeypatch
        first = self._publish()
        self._lambda.create_alias(FunctionName=self._transfers, Name=staged.ALIAS, FunctionVersion=first)

    def deploy(self, package: bytes, deployment_id: str) -> str:
        """Publish a version, ask the hook, and return what it said."""
        self._lambda.update_function_code(FunctionName=self._transfers, ZipFile=package)
        version = self._publish()
        self._environment.setenv("TRANSFERS", f"{self._transfers}:{version}")
        space: dict[str, Any] = {}
        exec(hooks.HOOK_CODE, space)  # noqa: S102 — the code of the function, as the template has it
        space["handle"]({"DeploymentId": deployment_id, "LifecycleEventHookExecutionId": "hook"}, None)
        if self._statuses[-1] == "Succeeded":
            self._lambda.update_alias(FunctionName=self._transfers, Name=staged.ALIAS, FunctionVersion=version)
        return self._statuses[-1]

    def put_lifecycle_event_hook_execution_status(self, status: str, **_: str) -> None:
        self._statuses.append(status)

    def ask_live(self, probe_id: str) -> Any:
        """Return what the version that gets the requests says to a probe."""
        payload = json.dumps({"step": "probe", "id": probe_id})
        answer = self._lambda.invoke(FunctionName=f"{self._transfers}:{staged.ALIAS}", Payload=payload)
        return json.loads(answer["Payload"].read())["status"]

    def live_version(self) -> str:
        alias = self._lambda.get_alias(FunctionName=self._transfers, Name=staged.ALIAS)
        return str(alias["FunctionVersion"])

    def _publish(self) -> str:
        waiter = self._lambda.get_waiter("function_updated_v2")
        waiter.wait(FunctionName=self._transfers, WaiterConfig={"Delay": POLL_SECONDS})
        return str(self._lambda.publish_version(FunctionName=self._transfers)["Version"])


def test_bad_version_gets_no_request_and_a_good_one_does(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy = CodeDeploy(stack, monkeypatch)
    whole = stack.whole_package.read_bytes()
    before = deploy.live_version()
    assert deploy.deploy(append_to_module(whole, BROKEN_FILE, LOSES_AN_ENTRY), "bad") == "Failed"
    assert "the ledger has" in json.loads(capsys.readouterr().out)["error"]
    assert deploy.live_version() == before
    assert deploy.ask_live("after the bad one") == "posted"
    assert deploy.deploy(whole, "good") == "Succeeded"
    assert deploy.live_version() != before
    assert deploy.ask_live("after the good one") == "posted"
