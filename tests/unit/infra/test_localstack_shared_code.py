"""Functions with the same archive share one unzipped copy on LocalStack."""

import base64
import hashlib
import shutil
import tempfile
from pathlib import Path

import pytest

from infra.localstack.plugin.shared_code import shared_folder


class Code:
    """An archive of a function, as LocalStack keeps it."""

    def __init__(self, root: Path, function: str, content: str) -> None:
        self.code_sha256 = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        self.unzipped = 0
        self._folder, self._content = root / function / "code", content

    def get_unzipped_code_location(self) -> Path:
        return self._folder

    def prepare_for_execution(self) -> None:
        self.unzipped += 1
        self._folder.mkdir(parents=True)
        (self._folder / "app.py").write_text(self._content)

    def destroy_cached(self) -> None:
        shutil.rmtree(self._folder.parent, ignore_errors=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / "lambda"


def test_second_function_with_the_same_code_unzips_nothing(root: Path) -> None:
    first, second = Code(root, "api", "1"), Code(root, "mailer", "1")
    assert shared_folder(first) == shared_folder(second) == shared_folder(first)
    assert (first.unzipped, second.unzipped) == (1, 0)


def test_shared_copy_stays_when_a_function_is_deleted(root: Path) -> None:
    code = Code(root, "api", "1")
    folder = shared_folder(code)
    code.destroy_cached()
    assert (folder / "app.py").read_text() == "1"
    assert not root.exists() or not list(root.glob("*/code"))


def test_other_code_has_another_folder(root: Path) -> None:
    before, after = shared_folder(Code(root, "api", "1")), shared_folder(Code(root, "api", "2"))
    assert before != after
    assert (after / "app.py").read_text() == "2"
