"""Packages carry bytecode, the same for the same sources, that Python takes as it is."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.build import bytecode
from infra.build.package import content_hash
from infra.errors import CommandError
from tests.packages import append_to_module

SOURCE = "NAMES = frozenset({'one', 'two', 'three'})\n\n\ndef name() -> str:\n    return 'here'\n"
CACHED = f"bank/__pycache__/part.{sys.implementation.cache_tag}.pyc"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return zip_of(tmp_path / "made.zip")


def zip_of(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("bank/__init__.py", "")
        opened.writestr("bank/part.py", SOURCE)
        opened.writestr("bank/template.py", "def {{ name }}:")
        opened.writestr("bank/data.json", "{}")
    return path


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return folder


def test_zip_has_bytecode_beside_its_sources_and_is_otherwise_as_it_was(made: Path, tmp_path: Path) -> None:
    bytecode.compile_zip(made, bytecode.FUNCTION_FOLDER)
    folder = unpacked(made, tmp_path / "task")
    assert (folder / "bank/part.py").read_text() == SOURCE
    assert (folder / "bank/data.json").read_text() == "{}"
    assert sorted(path.name.partition(".")[0] for path in folder.rglob("*.pyc")) == ["__init__", "part"]


def test_bytecode_is_taken_without_its_source_being_read(made: Path, tmp_path: Path) -> None:
    bytecode.compile_zip(made, bytecode.FUNCTION_FOLDER)
    folder = unpacked(made, tmp_path / "task")
    (folder / "bank/part.py").write_text("raise RuntimeError")
    asked = "from bank.part import NAMES, name; print(len(NAMES), name())"
    command = [sys.executable, "-c", asked]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "3 here\n"


def test_bytecode_names_the_file_where_it_runs(made: Path, tmp_path: Path) -> None:
    bytecode.compile_zip(made, bytecode.LAYER_FOLDER)
    compiled = (unpacked(made, tmp_path / "opt") / CACHED).read_bytes()
    assert compiled[:4] == importlib.util.MAGIC_NUMBER
    assert b"/opt/bank/part.py" in compiled
    assert str(tmp_path).encode() not in compiled


def test_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    found = set()
    for name in ("one.zip", "another.zip"):
        made = zip_of(tmp_path / name)
        bytecode.compile_zip(made, bytecode.FUNCTION_FOLDER)
        found.add(content_hash(made))
    assert len(found) == 1


def test_layer_is_compiled_once(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, content = tmp_path / "layers", content_hash(made)
    kept.mkdir()
    bytecode.compile_layer(made, kept, content)
    first = made.read_bytes()
    again = zip_of(tmp_path / "again.zip")
    monkeypatch.setattr(bytecode, "compile_folder", pytest.fail)
    bytecode.compile_layer(again, kept, content)
    assert again.read_bytes() == first
    assert [one.name for one in kept.iterdir()] == [f"compiled-{content}-{sys.implementation.cache_tag}.zip"]


def test_zip_without_any_module_is_an_error(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as opened:
        opened.writestr("data.json", "{}")
    with pytest.raises(CommandError):
        bytecode.compile_zip(tmp_path / "empty.zip", bytecode.FUNCTION_FOLDER)


def test_module_that_a_test_changes_in_a_package_is_compiled_anew(made: Path, tmp_path: Path) -> None:
    bytecode.compile_zip(made, bytecode.FUNCTION_FOLDER)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(append_to_module(made.read_bytes(), "bank/part.py", "\nname = lambda: 'elsewhere'\n"))
    folder = unpacked(broken, tmp_path / "task")
    command = [sys.executable, "-c", "from bank.part import name; print(name())"]
    assert subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout == "elsewhere\n"
