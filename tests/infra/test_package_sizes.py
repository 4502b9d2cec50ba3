"""The packages fit Lambda: what is unzipped of a function and its layers, and the made template is the packaged one."""

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.unit.infra import aws_template

BYTES_MAX = 250 * 1024 * 1024


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_function_with_its_layers_has_at_most_250_megabytes(
    templates: dict[str, dict[str, Any]], template_files: dict[str, Path], stage: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
    resources, folder = templates[stage]["Resources"], template_files[stage].parent
    for name, function in resources.items():
        if function["Type"] == "AWS::Serverless::Function":
            layers = [resources[layer["Ref"]]["Properties"]["ContentUri"] for layer in _layers(function)]
            assert len(layers) <= 5
            archives = [function["Properties"]["CodeUri"], *layers]
            assert sum(_unzipped(folder / archive) for archive in archives) <= BYTES_MAX, name


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_template_that_is_made_for_tests_of_quotas_is_the_packaged_one(
    templates: dict[str, dict[str, Any]], stage: str
) -> None:
    made, packaged = aws_template.packaged(stage)["Resources"], templates[stage]["Resources"]
    assert {name: one["Type"] for name, one in made.items()} == {name: one["Type"] for name, one in packaged.items()}
    for name in packaged:
        assert set(aws_template.references(made[name])) == set(aws_template.references(packaged[name])), name


def _layers(function: dict[str, Any]) -> list[dict[str, str]]:
    return list(function["Properties"].get("Layers", []))


def _unzipped(archive: Path) -> int:
    with ZipFile(archive) as opened:
        return sum(member.file_size for member in opened.infolist())
