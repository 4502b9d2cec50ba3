"""The digests and the SBOM of a package: what was packaged is what is deployed, and everything in it is listed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.build import manifest
from infra.errors import CommandError
from infra.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = replace(Settings(stage="prod"), build_root=tmp_path)
    made.package_dir.mkdir(parents=True)
    (made.package_dir / "sam.json").write_text("{}")
    (made.package_dir / "deployment.zip").write_bytes(b"code")
    manifest.write(made)
    return made


def test_package_that_was_changed_after_packaging_is_refused(settings: Settings) -> None:
    manifest.require_unchanged(settings.package_dir)
    (settings.package_dir / "deployment.zip").write_bytes(b"other code")
    with pytest.raises(CommandError, match="is not what its manifest says"):
        manifest.require_unchanged(settings.package_dir)


def test_sbom_lists_every_pinned_package_of_the_functions(settings: Settings) -> None:
    written = json.loads((settings.package_dir / manifest.SBOM).read_text())
    assert (written["bomFormat"], written["specVersion"]) == ("CycloneDX", "1.6")
    names = [one["name"] for one in written["components"]]
    assert {"chalice", "pynamodb", "reportlab"} <= set(names)
    assert len(names) == len(set(names))
    assert all(one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}" for one in written["components"])
    assert manifest.sbom(settings) == written
