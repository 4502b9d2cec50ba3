"""What is there unchanged is not made again; what was not completed, or was made anew beneath its record, is."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.build import fingerprint
from infra.console import files
from infra.deploy import change_set, current, deployment, first_admin
from infra.deploy.first_admin import Admin
from infra.errors import CommandError
from infra.settings import Settings

FIRST_ITEMS = "chalicelib/services/operations/bootstrap.py"
DEMO = "infra/demo/seed.py"
FACTS = {"ada_current_id": "acc_1", "ben_current_number": "2"}


class Target:
    """An emulator with parameters, and a stack that `deploy` makes or changes."""

    endpoint_url = "http://127.0.0.1:4566"

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}
        self.stack_id: str | None = None
        self.made = 0

    def client(self, _: str) -> Any:
        return SimpleNamespace(
            get_parameter=self._get,
            put_parameter=self._put,
            describe_stacks=self._describe,
            exceptions=SimpleNamespace(),
        )

    def deploy(self, *_: object) -> bool:
        if self.stack_id is None:
            self.made += 1
            self.stack_id = f"stack/{self.made}"
        return True

    def _get(self, Name: str) -> Any:
        if Name not in self.parameters:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        return {"Parameter": {"Value": self.parameters[Name]}}

    def _put(self, Name: str, Value: str, **_: object) -> None:
        self.parameters[Name] = Value

    def _describe(self, **_: object) -> Any:
        if self.stack_id is None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        return {"Stacks": [{"StackId": self.stack_id, "StackStatus": "UPDATE_COMPLETE"}]}


@pytest.fixture
def target() -> Any:
    return Target()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("app.py", FIRST_ITEMS, "infra/maintenance/bootstrap.py", DEMO):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    return Settings(root=tmp_path, build_root=tmp_path / "build", state_root=tmp_path / ".florin")


@pytest.fixture
def deploy(target: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Package and deploy today's sources."""
    monkeypatch.setattr(change_set, "deploy", target.deploy)
    monkeypatch.setattr(files, "upload", lambda *_: None)
    for name in ("ensure_keys", "retire_secrets"):
        monkeypatch.setattr(deployment, name, lambda *_: None)

    def bootstrap(*_: object) -> Admin:
        admin = Admin("admin@florin.example", "secret")
        first_admin.remember(settings, admin)
        return admin

    monkeypatch.setattr(deployment, "bootstrap", bootstrap)

    def deploy() -> None:
        settings.package_dir.mkdir(parents=True, exist_ok=True)
        fingerprint.stamp_file(settings).write_text(fingerprint.of_sources(settings))
        deployment.deploy(target, settings)

    return deploy


def found(target: Any, settings: Settings) -> tuple[bool, bool, bool]:
    """Return whether the bank is current, and has the first items and the demo bank of today's code."""
    demo = current.demo_facts(target, settings)
    return current.is_current(target, settings), current.has_first_items(target, settings), demo == FACTS


def test_bank_is_current_until_a_source_changes(target: Any, settings: Settings, deploy: Callable[[], None]) -> None:
    assert found(target, settings) == (False, False, False)
    deploy()
    assert found(target, settings) == (True, True, False)
    current.remember_demo(target, settings, FACTS)
    assert found(target, settings) == (True, True, True)
    (settings.root / "app.py").write_text("2")
    assert found(target, settings) == (False, True, True)
    deploy()
    assert found(target, settings) == (True, True, True)


@pytest.mark.parametrize(("changed", "kept"), [(FIRST_ITEMS, (False, False, True)), (DEMO, (False, True, False))])
def test_what_other_code_would_make_is_made_again(
    target: Any, settings: Settings, deploy: Callable[[], None], changed: str, kept: tuple[bool, bool, bool]
) -> None:
    deploy()
    current.remember_demo(target, settings, FACTS)
    (settings.root / changed).write_text("2")
    assert found(target, settings) == kept


def test_bank_without_its_admin_is_not_current(target: Any, settings: Settings, deploy: Callable[[], None]) -> None:
    deploy()
    first_admin.forget(settings)
    assert not current.is_current(target, settings)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), CommandError("The stack failed.")])
def test_bank_is_not_current_after_a_deployment_that_did_not_end(
    target: Any, settings: Settings, deploy: Callable[[], None], monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """The sources are as they were before it, but the stack may have those of the interrupted one."""
    deploy()
    current.remember_demo(target, settings, FACTS)

    def end(*_: object) -> None:
        raise error

    (settings.root / "app.py").write_text("2")
    monkeypatch.setattr(change_set, "deploy", end)
    with pytest.raises(type(error)):
        deploy()
    (settings.root / "app.py").write_text("1")
    assert found(target, settings) == (False, True, True)


@pytest.mark.parametrize("stack_id", [None, "stack/2"])
def test_record_of_a_stack_that_was_deleted_is_not_that_of_a_new_one(
    target: Any, settings: Settings, deploy: Callable[[], None], stack_id: str | None
) -> None:
    deploy()
    current.remember_demo(target, settings, FACTS)
    target.stack_id = stack_id
    assert found(target, settings) == (False, False, False)
    deploy()
    assert found(target, settings) == (True, True, False)


def test_bank_of_an_earlier_or_later_version_is_deployed(
    target: Any, settings: Settings, deploy: Callable[[], None]
) -> None:
    deploy()
    name = current.parameter_name(settings.stage)
    record = json.loads(target.parameters.pop(name))
    assert found(target, settings) == (False, False, False)
    target.parameters[name] = json.dumps({**record, "sources": "others", "of a later version": 1})
    assert found(target, settings) == (False, True, False)
