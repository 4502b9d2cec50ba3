"""Tests of the console wait for what they assert: a slow machine draws later than a test that reads a page once.

Playwright's `expect` and `wait_for` look again until the deadline. `Screen.expect_none` waits until the page is read: a
page that is still empty has nothing that is unwanted either.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.settings import ROOT

FILES = [path for path in sorted((ROOT / "tests" / "console").glob("*.py")) if path.name != "screen.py"]
"""All but the one with the helpers."""
AT_ONCE = {
    "all", "all_inner_texts", "all_text_contents", "bounding_box", "content", "count", "eval_on_selector",
    "eval_on_selector_all", "evaluate_all", "is_checked", "is_disabled", "is_editable", "is_enabled", "is_hidden",
    "is_visible", "query_selector", "query_selector_all",
}  # fmt: skip
"""Answer with what is there at this moment, also if nothing is."""
ONCE = {"evaluate", "get_attribute", "inner_html", "inner_text", "input_value", "text_content", "title"}
"""Wait for an element, and then take whatever it has."""
ABSENCES = {"not_to_be_attached", "not_to_be_visible", "not_to_contain_text", "not_to_have_text", "to_be_hidden"}
STORAGE = "Storage"
"""What a tab stores is not drawn: nothing on the page would change while one waits."""


def faults(source: str) -> list[str]:
    """Return the lines of a test that read a page once, or find nothing before there could be anything."""
    tree = ast.parse(source)
    found = [*_reads(tree), *_asserted_reads(tree), *_absences(tree), *_early_ends(tree)]
    return [f"{line}: {why}" for line, why in sorted(set(found))]


def _reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for call, name in _calls(tree):
        if name in AT_ONCE and not (name in ("all", "content", "count") and (call.args or call.keywords)):
            yield call.lineno, f"{name}() does not wait"


def _asserted_reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.Assert):
            continue
        for call, name in _calls(statement.test):
            if name in ONCE and STORAGE not in ast.unparse(call):
                yield call.lineno, f"{name}() is asserted as it is at once; use expect"
        for part in ast.walk(statement.test):
            if isinstance(part, ast.Attribute) and part.attr == "url" and ast.unparse(part.value).endswith("page"):
                yield part.lineno, "the address is asserted as it is at once; use expect"


def _absences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for call, name in _calls(tree):
        is_none = name == "to_have_count" and [ast.unparse(one) for one in call.args] == ["0"]
        if is_none or name in ABSENCES:
            yield call.lineno, f"{name}() is true of a page that is not drawn yet; use Screen.expect_none"


def _early_ends(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Find waits for the end of what the function has not seen before, and which may yet come."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call, name in _calls(function):
            gone = any(ast.unparse(one.value) in ("'detached'", "'hidden'") for one in call.keywords)
            if name == "wait_for" and gone and not _is_seen_before(call, function):
                yield call.lineno, "what is waited for to go was not seen before"


def _is_seen_before(call: ast.Call, function: ast.FunctionDef) -> bool:
    assert isinstance(call.func, ast.Attribute)
    awaited = ast.unparse(call.func.value)
    earlier = [one for one, _ in _calls(function) if one.lineno < call.lineno]
    return any(ast.unparse(one).startswith((f"{awaited}.", f"expect({awaited})")) for one in earlier)


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func.attr


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_console_test_waits_for_what_it_asserts(path: Path) -> None:
    assert faults(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "assert row.count() == 1",
        "assert page.get_by_role('navigation').is_visible()",
        "while rows.count(): pass",
        "assert 'x' in alert.inner_text()",
        "assert page.evaluate('document.activeElement.id') == 'a'",
        "assert 'type=a' in screen.page.url",
        "assert (box.input_value(), 1) == ('', 1)",
        "texts = rows.all_inner_texts()",
        "expect(row).to_have_count(0)",
        "expect(row).not_to_be_visible()",
        "row.wait_for(state='detached')",
    ],
)
def test_read_that_does_not_wait_is_found(line: str) -> None:
    assert len(faults(f"def test(): \n    {line}\n")) == 1


@pytest.mark.parametrize(
    "line",
    [
        "expect(row).to_have_count(1)",
        "assert text.count('a') == 1",
        "secret = page.locator('#secret').inner_text()",
        "assert secret not in page.evaluate('JSON.stringify({...sessionStorage})')",
        "screen.expect_none(row)",
        "row.click()\n    row.wait_for(state='detached')",
        "expect(row).to_have_text('a')\n    row.wait_for(state='hidden')",
    ],
)
def test_wait_is_no_fault(line: str) -> None:
    assert faults(f"def test(): \n    {line}\n") == []
