"""What the documents name is there, and what a user may use is named."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
TESTS = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
ROOMS = ("", "chalicelib/", "chalicelib/models/", "tests/unit/", "tests/workflow/", "tests/api/", "tests/infra/")


def name_of(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_test_that_is_named_exists(document: Path) -> None:
    for name in re.findall(r"\b(test_[a-z0-9_]{12,})\b(?!\.py)", document.read_text()):
        assert f"def {name}" in TESTS, f"{document.name} names {name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_that_is_named_exists(document: Path) -> None:
    text = document.read_text()
    named = re.findall(r"`((?!/)[\w./-]+\.(?:py|json|md|yaml))(?:::\w+)?`", text)
    named += [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    for name in named:
        places = [*(ROOT / room / name for room in ROOMS), document.parent / name]
        assert any(place.exists() for place in places), f"{document.name} names {name}"


def test_every_command_is_in_the_readme() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    assert [target for target in targets if f"make {target}" not in README] == []


def test_every_setting_is_described() -> None:
    read = set(re.findall(r'environ(?:\.get\(|\[)"(\w+)"', (ROOT / "chalicelib/config.py").read_text()))
    described = (ROOT / "docs/architecture.md").read_text()
    assert read
    assert [name for name in sorted(read) if f"`{name}`" not in described] == []
