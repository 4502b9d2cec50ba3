"""Where dependencies travel: in layers, in each function's zip, or nowhere."""

import pytest

from infra.build import layer, package
from infra.build.template import merged_fragments
from infra.settings import ROOT, Settings

BOTH = (ROOT / "requirements.txt").read_text(), (ROOT / layer.REQUIREMENTS).read_text()


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
