"""The console calls only what the API has, in ways that a content security policy allows."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CONSOLE = ROOT / "console"
PATHS = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
FILES = sorted(path for path in CONSOLE.rglob("*.js") if "vendor" not in path.parts)
CALL = re.compile(r"api\s*\.(get|post|put|patch|delete|download)\(\s*([^,)\s]+)")
QUERY = re.compile(r"""api\s*\.get\(\s*"([^"]+)",\s*\{[^;]*?query: \{([^{}]*)\}""")


def calls() -> list[tuple[str, str, str]]:
    """Return file, method and path of each call, with quotes as written."""
    found = []
    for file in FILES:
        for method, path in CALL.findall(file.read_text()):
            found.append((file.relative_to(CONSOLE).as_posix(), method, path))
    return found


def test_the_console_calls_the_api() -> None:
    assert len(calls()) > 5


@pytest.mark.parametrize(("file", "method", "path"), calls())
def test_each_call_is_one_of_the_api(file: str, method: str, path: str) -> None:
    assert re.fullmatch(r'"/v1/[^"?]*"', path), f"{file}: write the path of {method} out, so that it can be compared"
    assert ("get" if method == "download" else method) in PATHS[path.strip('"')]


def test_each_query_parameter_is_one_of_the_api() -> None:
    asked = [(path, name) for file in FILES for path, text in QUERY.findall(file.read_text()) for name in _names(text)]
    assert asked
    unknown = [(path, name) for path, name in asked if name not in _parameters(path)]
    assert unknown == []


def test_only_the_client_fetches() -> None:
    fetching = {file.name for file in FILES if re.search(r"\b(fetch|XMLHttpRequest)\(", file.read_text())}
    assert fetching == {"api.js", "language.js"}


def test_nothing_is_inline() -> None:
    page = (CONSOLE / "index.html").read_text()
    assert not re.search(r"<style|\son\w+=|\sstyle=", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    for file in FILES:
        text = file.read_text()
        assert not re.search(r"\beval\(|new Function\(|innerHTML|dangerouslySetInnerHTML|\sstyle=\"", text), file.name


def _names(text: str) -> list[str]:
    return [part.partition(":")[0].strip() for part in text.split(",") if part.strip() and "..." not in part]


def _parameters(path: str) -> set[str]:
    shared = {"cursor", "limit"}
    return shared | {one["name"] for one in PATHS[path]["get"].get("parameters", []) if "name" in one}
