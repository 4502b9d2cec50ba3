"""The workflows of CI: actions are pinned by digest, deployments have no keys, prod executes what was shown."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")


def jobs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())["jobs"]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_action_is_pinned_by_a_digest(file: Path) -> None:
    used = [step["uses"] for job in jobs(file.name).values() for step in job["steps"] if "uses" in step]
    assert used
    assert [one for one in used if not PINNED.fullmatch(one)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_step_keeps_the_token_of_the_checkout(file: Path) -> None:
    steps = [step for job in jobs(file.name).values() for step in job["steps"]]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert [step for step in checkouts if step["with"] != {"persist-credentials": False}] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_expression_becomes_part_of_a_command(file: Path) -> None:
    commands = [step.get("run", "") for job in jobs(file.name).values() for step in job["steps"]]
    assert [command for command in commands if "${{" in command] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_workflow_may_only_read_unless_a_job_says_more(file: Path) -> None:
    assert yaml.safe_load(file.read_text())["permissions"] == {"contents": "read"}


def test_deployments_use_roles_and_no_keys() -> None:
    text = (ROOT / ".github" / "workflows" / "deploy.yml").read_text()
    assert "secrets." not in text
    for job in jobs("deploy.yml").values():
        assert job["permissions"]["id-token"] == "write"
        assert job["environment"]


def test_prod_executes_the_change_set_that_was_planned() -> None:
    deploy = jobs("deploy.yml")
    assert deploy["prod"]["needs"] == "plan"
    last = deploy["prod"]["steps"][-1]
    assert last["run"] == "make deploy STAGE=prod"
    assert last["env"] == {"CHANGE_SET": "${{ needs.plan.outputs.change-set }}"}
    assert deploy["plan"]["needs"] == "staging"
    assert deploy["staging"]["needs"] == "dev"
