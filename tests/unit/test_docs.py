"""Every path, test, link and command that a document names exists, and the documents are complete."""

import re
import tomllib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.parts import PARTS
from chalicelib import config_check
from chalicelib.handlers.http.openapi import document
from chalicelib.handlers.http.problems import STATUS
from chalicelib.handlers.routes import ROUTES

ROOT = Path(__file__).parents[2]
while not (ROOT / "app.py").exists():
    ROOT = ROOT.parent
DOCS = ROOT / "docs"
DOCUMENTS = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
    *sorted(DOCS.glob("*.md")),
    ROOT / "tests/schemas/README.md",
]
README_LINES_MAX = 110
TESTS = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
FOLDERS = (
    "app.py",
    "chalicelib",
    "statemachines",
    "infra",
    "tests",
    "bench",
    "sampledata",
    "docs",
    "console",
    ".chalice",
    ".ci",
)
MADE = ("build/", ".florin/", ".venv/", "proof.json")
"""Not in the repository: commands and readers make them."""

_PATH = re.compile(r"(?<![\w/.{}*<$-])((?:[\w.-]+/)+[\w.-]*\w|[\w.-]+\.(?:py|md|json|yaml|toml|sh))(?![\w/*{<…])")
_CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_MAKE = re.compile(
    r"(?:^|[;|(\"] ?|\bmake --silent )(?:[A-Z_]+=\S+ )*make(?: --silent)?((?: [^\s;|)\"&#<>]+)*)", re.MULTILINE
)
_MODULE = re.compile(r"python -m ([\w.]+)(?: (\w+))?")
_LINK = re.compile(r"\]\((?!\w+://)([^)#\s]*)(?:#([^)\s]+))?\)")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def files() -> list[str]:
    """Every file and folder of the repository, as `/path/from/the/root`."""
    roots = [ROOT / name for name in FOLDERS if (ROOT / name).exists()]
    inside = [path for root in roots if root.is_dir() for path in root.rglob("*") if "__pycache__" not in path.parts]
    return [f"/{path.relative_to(ROOT)}" for path in (*roots, *inside, *ROOT.glob("*.*"))]


def exists(name: str) -> bool:
    """Return whether a file, folder or `module.function` has this path, from the root or from any folder in it."""
    if any(path.endswith(f"/{name}") for path in files()):
        return True
    module, _, function = name.rpartition(".")
    found = [ROOT / path[1:] for path in files() if path.endswith(f"/{module}.py")]
    return any(re.search(rf"^(?:def|class) {function}\b", path.read_text(), re.MULTILINE) for path in found)


def named_paths(text: str) -> list[str]:
    """Return the paths in a document's code: those with a folder of the repository, or a file's suffix."""
    code = " ".join(block or inline for block, inline in _CODE.findall(text))
    folders = {path.split("/")[-1] for path in files() if "." not in path.split("/")[-1]}
    named = [found.rstrip(".") for found in _PATH.findall(code)]
    named = [name for name in named if "." in name.split("/")[-1] or name.split("/")[0] in folders]
    return [name for name in named if not name.startswith((*MADE, "../"))]


def code_of(document: Path) -> list[str]:
    """Return the pieces of code in a document, blocks and words in a line."""
    return [block or inline for block, inline in _CODE.findall(document.read_text())]


def commands_of(document: Path) -> set[str]:
    """Return the targets and variables of the `make` commands in a document, as `verify` and `SIZE=`."""
    commands = [words for code in code_of(document) for words in _MAKE.findall(re.sub(r"<[^>\n]*>", "", code))]
    words = [word for command in commands for word in command.split()]
    return {f"{word.split('=')[0]}=" if "=" in word else word for word in words}


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives to a document's headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_test_that_is_named_exists(document: Path) -> None:
    for name in re.findall(r"\b(test_[a-z0-9_]{12,})\b(?!\.py)", document.read_text()):
        assert f"def {name}" in TESTS, f"{document.name} names {name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_path_that_is_named_exists(document: Path) -> None:
    assert [name for name in named_paths(document.read_text()) if not exists(name)] == []


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=name_of)
def test_every_command_that_is_named_exists(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    read = set(re.findall(r"environ(?:\.get)?[\[(]\"([A-Z_]+)\"", TESTS))
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    variables = {f"{name}=" for name in set(re.findall(r"[A-Z_]{2,}", makefile)) | read}
    assert sorted(commands_of(document) - targets - variables) == []


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=name_of)
def test_every_python_module_that_is_named_exists(document: Path) -> None:
    for module, part in _MODULE.findall("\n".join(code_of(document))):
        assert module == "pytest" or find_spec(module), f"{document.name} names {module}"
        assert module != "bench" or not part or part in PARTS, f"{document.name} names {module} {part}"


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for name, anchor in _LINK.findall(document.read_text()):
        target = document.parent / name if name else document
        assert target.exists(), f"{document.name} links to {name}"
        assert not anchor or anchor in anchors(target), f"{document.name} links to {name}#{anchor}"


def test_every_document_is_linked_from_the_readme() -> None:
    linked = {name for name, _ in _LINK.findall((ROOT / "README.md").read_text())}
    assert [name_of(path) for path in DOCUMENTS[1:-1] if name_of(path) not in linked] == []


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES_MAX


def test_every_command_is_described() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    described = (DOCS / "commands.md").read_text()
    assert targets
    assert [target for target in targets if f"`make {target}" not in described] == []


def test_every_route_is_described() -> None:
    rows = [line.split("|") for line in (DOCS / "api.md").read_text().splitlines() if line.startswith("| `/v1/")]
    described = {(method, row[1].strip(" `")) for row in rows for method in row[2].split()}
    assert described == {(route.method, route.path) for route in ROUTES}


def test_every_error_code_is_described() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", (DOCS / "api.md").read_text(), re.MULTILINE)
    assert {code: int(status) for code, status in rows} == STATUS


def test_every_setting_is_described() -> None:
    described = (DOCS / "architecture.md").read_text()
    assert config_check.SETTINGS
    assert [name for name in sorted(config_check.SETTINGS) if f"`{name}`" not in described] == []


def test_every_decision_is_numbered_dated_and_in_the_index() -> None:
    text = (DOCS / "decisions.md").read_text()
    heads = re.findall(r"^### (\d+)\. (.+)\n(\d{4}-\d\d-\d\d) · (\w+)(?: · changed by (.+))?$", text, re.MULTILINE)
    assert [int(number) for number, *_ in heads] == list(range(1, text.count("\n### ") + 1))
    decisions = [(*head, re.findall(r"\[(\d+)\]", changes)) for *head, changes in heads]
    rows = re.findall(
        r"^\| (\w+) \| (\d+) \| \[(.+)\]\(#.+\) \| ([\d-]+)(?:, changed by ([\d, ]+))? \|$", text, re.MULTILINE
    )
    index = [
        (number, title, date, area, changes.split(", ") if changes else [])
        for area, number, title, date, changes in rows
    ]
    assert sorted(index) == sorted(decisions)
    assert [number for number, *_, changes in decisions if any(int(change) <= int(number) for change in changes)] == []


def test_one_version_is_named_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    released = re.findall(r"^## \[(\d.+?)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released[0] == version
    assert document()["info"]["version"] == version
