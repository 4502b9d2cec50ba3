"""Where dependencies travel: in layers, in each function's zip, or nowhere."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.build import fingerprint, package
from infra.build.fingerprint import STATEMENT_REQUIREMENTS
from infra.build.template import merged_fragments
from infra.deploy import current, first_admin
from infra.deploy.first_admin import Admin
from infra.settings import ROOT, Settings

BOTH = (ROOT / "requirements.txt").read_text(), (ROOT / STATEMENT_REQUIREMENTS).read_text()


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_a_zip_for_localstack_has_every_dependency_and_the_stack_no_layer(stage: str) -> None:
    settings = Settings(stage=stage, target="localstack")
    assert all(part in package._requirements(settings) for part in BOTH)
    assert "StatementLayer" not in merged_fragments(settings)["Resources"]


@pytest.mark.parametrize("target", ["aws", "embedded"])
def test_a_stage_on_aws_has_its_dependencies_in_layers(target: str) -> None:
    settings = Settings(stage="dev", target=target)
    assert package._requirements(settings) == BOTH[0]
    assert "StatementLayer" in merged_fragments(settings)["Resources"]


def test_the_embedded_stage_local_packs_no_dependency() -> None:
    settings = Settings()
    assert package._requirements(settings) == ""
    assert "StatementLayer" not in merged_fragments(settings)["Resources"]


def test_packages_of_the_homes_are_kept_apart() -> None:
    """One must not be deployed in the other's place; the admin of one is none of the other's."""
    homes = [Settings(), Settings(with_layer=True), Settings(target="localstack")]
    assert len({one.package_dir for one in homes}) == 3
    assert Settings(target="localstack").stage_dir != Settings().stage_dir


def test_bank_is_current_until_a_source_changes(tmp_path: Path) -> None:
    for name in ("app.py", "chalicelib/services/operations/bootstrap.py", "infra/maintenance/bootstrap.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    settings = Settings(root=tmp_path, build_root=tmp_path / "build", state_root=tmp_path / ".florin")
    stored: dict[str, str] = {}
    parameters = SimpleNamespace(
        put_parameter=lambda **given: stored.update({given["Name"]: given["Value"]}),
        get_parameter=lambda **given: {"Parameter": {"Value": stored.get(given["Name"], "")}},
    )
    cloud: Any = SimpleNamespace(client=lambda _: parameters)
    first_admin.remember(settings, Admin("admin@florin.example", "secret"))
    assert not current.is_current(cloud, settings)
    settings.package_dir.mkdir(parents=True)
    fingerprint.stamp_file(settings).write_text(fingerprint.of_sources(settings))
    current.remember(cloud, settings)
    assert current.is_current(cloud, settings)
    assert current.has_first_items(cloud, settings)
    (tmp_path / "app.py").write_text("2")
    assert not current.is_current(cloud, settings)
    assert current.has_first_items(cloud, settings)
    (tmp_path / "chalicelib/services/operations/bootstrap.py").write_text("2")
    assert not current.has_first_items(cloud, settings)
    (tmp_path / "app.py").write_text("1")
    (tmp_path / "chalicelib/services/operations/bootstrap.py").write_text("1")
    first_admin.forget(settings)
    assert not current.is_current(cloud, settings)
