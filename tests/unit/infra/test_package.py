"""Where dependencies travel: in layers, in each function's zip, or nowhere."""

import json
import shutil
from pathlib import Path

import pytest

from chalicelib.handlers.http import description
from infra.build import fingerprint, package
from infra.build.fingerprint import STATEMENT_REQUIREMENTS
from infra.build.template import merged_fragments
from infra.settings import ROOT, Settings

BOTH = (ROOT / "requirements.txt").read_text(), (ROOT / STATEMENT_REQUIREMENTS).read_text()


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_a_zip_for_localstack_has_every_dependency_and_the_stack_no_layer(stage: str) -> None:
    settings = Settings(stage=stage, target="localstack")
    assert all(part in package.requirements_text(settings) for part in BOTH)
    assert "StatementLayer" not in merged_fragments(settings)["Resources"]


@pytest.mark.parametrize("target", ["aws", "embedded"])
def test_a_stage_on_aws_has_its_dependencies_in_layers(target: str) -> None:
    settings = Settings(stage="dev", target=target)
    assert package.requirements_text(settings) == BOTH[0]
    assert "StatementLayer" in merged_fragments(settings)["Resources"]


def test_the_embedded_stage_local_packs_no_dependency() -> None:
    settings = Settings()
    assert package.requirements_text(settings) == ""
    assert "StatementLayer" not in merged_fragments(settings)["Resources"]


def test_packages_of_the_homes_are_kept_apart() -> None:
    """One must not be deployed in the other's place; the admin of one is none of the other's."""
    homes = [Settings(), Settings(with_layer=True), Settings(target="localstack")]
    assert len({one.package_dir for one in homes}) == 3
    assert Settings(target="localstack").stage_dir != Settings().stage_dir


def test_what_editors_and_python_leave_beside_sources_is_not_packaged(tmp_path: Path) -> None:
    left = [".a.py.swp", ".#a.py", "a.py~", "__pycache__/a.pyc", "deployments/1/a.zip", ".cache/a.py"]
    for name in ["a.py", "below/b.json", *left]:
        (tmp_path / "chalicelib" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "chalicelib" / name).write_text("1")
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text("1")
    (tmp_path / "app.py").write_text("1")
    found = [str(path.relative_to(tmp_path)) for path in fingerprint.source_files(tmp_path)]
    assert found == ["app.py", "chalicelib/a.py", "chalicelib/below/b.json", ".chalice/config.json"]
    copied = tmp_path / "copied"
    shutil.copytree(tmp_path / "chalicelib", copied, ignore=package.LEFT_OUT)
    assert sorted(path.name for path in copied.rglob("*") if path.is_file()) == ["a.py", "b.json"]


def test_package_that_was_interrupted_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(build_root=tmp_path)
    settings.package_dir.mkdir(parents=True)
    fingerprint.stamp_file(settings).write_text("of earlier sources")

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copytree", interrupt)
    with pytest.raises(KeyboardInterrupt):
        package.package(settings)
    assert fingerprint.of_package(settings) is None


def test_package_has_the_description_where_its_function_reads_it(tmp_path: Path) -> None:
    place = tmp_path / description.PACKAGED.relative_to(ROOT)
    place.parent.mkdir(parents=True)
    package.copy_description(ROOT, tmp_path)
    committed = ROOT / fingerprint.DESCRIPTION
    assert json.loads(place.read_text()) == json.loads(committed.read_text())
    assert committed in fingerprint.source_files(ROOT)
