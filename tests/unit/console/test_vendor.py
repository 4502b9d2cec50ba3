"""Vendored libraries are the files that npm delivers."""

import json
from pathlib import Path

import pytest

from infra.console import vendor


def test_all_files_are_as_the_manifest_says() -> None:
    assert vendor.problems() == []


def test_each_file_names_its_package_version_and_licence() -> None:
    for one in vendor.manifest()["files"].values():
        assert one["licence"] in {"MIT", "Apache-2.0"}
        assert one["package"]
        assert one["version"][0].isdigit()
        assert len(one["sha256"]) == 64


def test_a_changed_file_and_an_unknown_one_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in vendor.FOLDER.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(vendor.FOLDER)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(vendor, "FOLDER", tmp_path)
    (tmp_path / "packages" / "htm.js").write_text("export default 1")
    (tmp_path / "more.js").write_text("")
    assert [line.split()[0] for line in vendor.problems()] == ["packages/htm.js", "preact.js", "more.js"]


def test_modules_are_joined_in_order() -> None:
    joined = vendor.join(
        {
            "preact": "const a=1;export{a as h,a as render,a as Fragment,a as Component};",
            "htm": "export default function(){return 2}",
        }
    )
    assert "const _preact = (() => {const a=1;;return {h:a,render:a,Fragment:a,Component:a};})();" in joined
    assert "return {default:exported_default}" in joined
    assert json.dumps(joined)
