"""Packages of functions are unpacked once."""

import shutil
import tempfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from infra.emulator.adjustments import SharedZip


def packed(archive: Path, source: str) -> Path:
    with ZipFile(archive, "w") as content:
        content.writestr("app.py", source)
        content.writestr("bank/money.py", source)
    return archive


def unpacked(archive: Path, folder: Path) -> Path:
    folder.mkdir()
    with SharedZip(archive) as content:
        content.extractall(folder)
    return folder


def test_a_package_is_unpacked_once_and_outlives_its_first_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    archive = packed(tmp_path / "code.zip", "one")
    first, second = (unpacked(archive, tmp_path / name) for name in ("first", "second"))
    assert (first / "bank").resolve() == (second / "bank").resolve()
    shutil.rmtree(first)
    assert [(second / name).read_text() for name in ("app.py", "bank/money.py")] == ["one", "one"]
    other = unpacked(packed(tmp_path / "other.zip", "two"), tmp_path / "third")
    assert (other / "bank" / "money.py").read_text() == "two"
