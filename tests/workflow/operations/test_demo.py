"""What a newcomer sees first: the demo bank, the lines to paste, and the story."""

import json
import subprocess
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.demo import clearing_story, commands, interest, own_bank, seed, standing_order, story
from infra.demo.client import Admin, Client
from infra.deploy import current
from infra.emulator.ministack import Emulator
from tests.packages import package_quickly
from tests.stack import FORKED, Stack


@pytest.fixture
def admin_of_the_demo(stack: Stack) -> Admin:
    return Admin(stack.admin.email, stack.admin.password)


@pytest.fixture
def quick_own_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start the functions of a story's own bank as quickly as those of the stack."""
    monkeypatch.setattr(own_bank, "Emulator", partial(Emulator, module=FORKED))
    monkeypatch.setattr(own_bank, "package", SimpleNamespace(package=package_quickly))


def test_the_demo_bank_is_made_once(stack: Stack, admin_of_the_demo: Admin, capsys: pytest.CaptureFixture[str]) -> None:
    assert current.demo_facts(stack.cloud, stack.settings) is None
    commands.invite(stack.settings)
    seeded = capsys.readouterr().out
    commands.invite(stack.settings)
    recalled = capsys.readouterr().out
    assert "Demo bank" not in recalled
    assert recalled.split("Open the bank")[1] == seeded.split("Open the bank")[1]
    assert recalled.splitlines()[1].endswith("/console/"), "the console's address comes first"
    again = seed.seed(Client(stack.url), admin_of_the_demo)
    assert again
    assert current.demo_facts(stack.cloud, stack.settings) == asdict(again)


def test_the_lines_work_when_pasted_into_a_new_shell(
    stack: Stack, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    commands.invite(stack.settings)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("TOKEN=")]
    answers = [
        json.loads(subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True).stdout)
        for line in lines
    ]
    accounts, deposit, transfer = answers
    assert {account["type"] for account in accounts["data"]} == {"current", "savings"}
    assert (deposit["type"], deposit["status"], transfer["type"], transfer["status"]) == (
        "deposit",
        "posted",
        "transfer",
        "posted",
    )


def test_the_story_is_true(stack: Stack, admin_of_the_demo: Admin, capsys: pytest.CaptureFixture[str]) -> None:
    with stack.configured("api", CLEARING="on"):
        story.tell(Client(stack.url), admin_of_the_demo)
    assert "To another bank" in capsys.readouterr().out


def test_the_story_of_payments_to_other_banks_is_true(
    stack: Stack, admin_of_the_demo: Admin, capsys: pytest.CaptureFixture[str]
) -> None:
    clearing_story.tell(Client(stack.url), admin_of_the_demo, stack.cloud, stack.stage)
    assert "18 responses, all as expected" in capsys.readouterr().out


@pytest.mark.usefixtures("quick_own_bank")
def test_the_story_of_interest_is_true(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """It deploys a bank of its own, whose clock it sets ahead, and takes it away again."""
    interest.tell(stack.settings)
    told = capsys.readouterr().out
    assert "16 responses, all as expected" in told


@pytest.mark.usefixtures("quick_own_bank")
def test_the_story_of_a_standing_order_is_true(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """It lives through some months, in a bank of its own."""
    standing_order.tell(stack.settings, months=8)
    told = capsys.readouterr().out
    assert "13 responses, all as expected" in told
    assert told.count("00:10: the run pays the rent") == 7, "one is paid in the afternoon"
