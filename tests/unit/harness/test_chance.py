"""No test looks for the absence of a text that a random id may contain."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.settings import ROOT

IN_ANY_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{1,7}|[0-9a-f]{1,7}|[0-9A-Za-z]{1,4}")
"""May be part of an id, of a hash in hexadecimal, or of ciphertext in Base64: more than once in 10,000 runs."""
IN_LOWER_CASE = re.compile(r"[0-9a-hjkmnp-tv-z]{1,7}|[0-9a-z]{1,4}")
WRITERS = {"str", "repr", "dumps", "getvalue", "evaluate", "lower", "join"}
"""Functions whose result is a text of many things, unlike a collection of whole names."""
ABSENCE = re.compile(r"assert .*\bnot\b.*\bin\b")
"""Most modules assert none, and need not be parsed."""


def test_no_text_is_asserted_absent_that_a_random_id_may_contain() -> None:
    """Look for a word with a character that no id has, or among `words_of` (tests/words.py)."""
    sources = [(path, path.read_text()) for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__)]
    found = [f"{path.relative_to(ROOT)}: {one}" for path, source in sources for one in suspects(source)]
    assert found == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('assert "4711" not in str(items())', ["4711"]),
        ('assert "ada" not in f"{key}".lower()', ["ada"]),
        ('assert "ada.new" not in f"{key}".lower()', []),
        ('told = json.dumps(found)\n    assert "DE89" not in told', ["DE89"]),
        ('for word in ("Mary", "Somerville"):\n        assert word not in reply.text', ["Mary"]),
        ('assert not [word for word in ("DE89", "Wombles") if word in str(rows)]', ["DE89"]),
        ("assert not any(word in kept.lower() for word in WORDS)", []),
        ('pin = "804217"\n    assert pin not in str(items())', ["804217"]),
        ('pin = "804217"\n    assert pin not in words_of(str(items()))', []),
        ('assert "pin" not in account', []),
        ('assert "pin" in str(account)', []),
    ],
)
def test_suspects_are_found(code: str, expected: list[str]) -> None:
    assert [one.rpartition(" ")[2] for one in suspects(f"def test_x():\n    {code}\n")] == expected


def suspects(source: str) -> Iterator[str]:
    """Yield the line and the text of each assertion of an absence that random characters may refute."""
    if not ABSENCE.search(source):
        return
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            values = _values(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Assert):
                    yield from _refutable(node, values)


def _refutable(assertion: ast.Assert, values: dict[str, list[ast.expr]]) -> Iterator[str]:
    for node in ast.walk(assertion):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.In | ast.NotIn):
            continue
        is_absence = isinstance(node.ops[0], ast.NotIn) or "not" in ast.unparse(assertion).split()[:2]
        texts = _resolved(node.comparators[0], values)
        pattern = IN_LOWER_CASE if any(ast.unparse(one).endswith(".lower()") for one in texts) else IN_ANY_ID
        if is_absence and any(map(_is_text, texts)):
            for word in _resolved(node.left, values):
                if isinstance(word, ast.Constant) and isinstance(word.value, str) and pattern.fullmatch(word.value):
                    yield f"{node.lineno} {word.value}"


def _values(function: ast.FunctionDef) -> dict[str, list[ast.expr]]:
    """Return what each name of a function may be bound to."""
    values: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Tuple | ast.List | ast.Set):
            _bind(values, node.target, node.iter.elts)
        elif isinstance(node, ast.Assign):
            _bind(values, node.targets[0], [node.value])
    return values


def _bind(values: dict[str, list[ast.expr]], target: ast.expr, bound: list[ast.expr]) -> None:
    if isinstance(target, ast.Name):
        values.setdefault(target.id, []).extend(bound)
    elif isinstance(target, ast.Tuple):
        for value in bound:
            for name, part in zip(target.elts, value.elts if isinstance(value, ast.Tuple) else [], strict=False):
                _bind(values, name, [part])


def _resolved(node: ast.expr, values: dict[str, list[ast.expr]]) -> list[ast.expr]:
    return values.get(node.id, []) if isinstance(node, ast.Name) else [node]


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).rpartition(".")[2] in WRITERS
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Attribute) and node.attr == "text")
