"""Only models know how items are stored: keys, indexes and DynamoDB's own notation are named nowhere above or below."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LAYERS = ("domain", "services", "handlers")
CHALICELIB = Path(__file__).parents[2] / "chalicelib"
KEY_TEXT = re.compile(r"[A-Z][A-Z_]*#|\bgsi\d|^(pk|sk)$|^(pk|sk)\s|\s(pk|sk)$|\s(pk|sk)\s")
KEY_ATTRIBUTE = re.compile(r"pk|sk|gsi\d(pk|sk)")
KINDS = frozenset({"S", "N", "B", "L", "M", "BOOL", "NULL", "SS", "NS", "BS"})
QUERIES = frozenset({"query_page", "query_listed", "query_once", "walk_pages", "walk_keys", "batch_get_raw"})
SUSPICIOUS = re.compile(rf"#|gsi\d|\b(pk|sk)\b|{'|'.join(sorted(QUERIES))}|[\"']({'|'.join(sorted(KINDS))})[\"']")
"""Whatever is refused contains one of these; most modules contain none, and need not be parsed."""
REASONS = {
    "domain/audit/record.py": "an audit record names its item by pk and sk, which are hashed with it and published",
    "domain/audit/stream_change.py": "it is what a record is made of, and names its item as the record does",
    "domain/statements/text_direction.py": "L is a class of characters, left to right, in Unicode's algorithm",
    "handlers/audit/audit_schemas.py": "the API shows audit records with their keys, so that hashes can be recomputed",
}


def named(source: str) -> Iterator[str]:
    """Yield what a module names of how items are stored, with its line."""
    if not SUSPICIOUS.search(source):
        return
    tree = ast.parse(source)
    comments = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in comments:
            if KEY_TEXT.search(node.value):
                yield f"{node.lineno}: {node.value!r}"
        elif isinstance(node, ast.Attribute):
            if KEY_ATTRIBUTE.fullmatch(node.attr) or node.attr in QUERIES:
                yield f"{node.lineno}: .{node.attr}"
        elif isinstance(node, ast.Subscript | ast.Dict):
            keys = node.keys if isinstance(node, ast.Dict) else [node.slice]
            found = [key.value for key in keys if isinstance(key, ast.Constant) and key.value in KINDS]
            yield from (f"{node.lineno}: [{kind!r}]" for kind in found)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.lineno}: import {name.name}" for name in node.names if name.name in QUERIES)


@pytest.mark.parametrize("layer", LAYERS)
def test_no_key_index_or_raw_attribute_is_named_outside_models(layer: str) -> None:
    modules = list((CHALICELIB / layer).rglob("*.py"))
    found = {str(path.relative_to(CHALICELIB)): list(named(path.read_text())) for path in modules}
    assert len(modules) > 20
    assert {name: names for name, names in found.items() if names and name not in REASONS} == {}


@pytest.mark.parametrize("name", REASONS)
def test_exceptions_are_still_needed(name: str) -> None:
    assert list(named((CHALICELIB / name).read_text()))


@pytest.mark.parametrize(
    "source",
    [
        'f"ACCOUNT#{account_id}"',
        'key.removeprefix("TXN#")',
        'page(index="gsi1")',
        'fields = ("category", "gsi1pk")',
        'item["pk"]',
        '"pk sk type".split()',
        'item["status"]["S"]',
        'start = {"id": {"S": last}}',
        "(item.pk, item.sk)",
        "Account.gsi1sk.startswith(text)",
        "Account.query_once(partition)",
        "from chalicelib.models.paging import Page, query_page",
    ],
)
def test_whatever_names_storage_is_found(source: str) -> None:
    assert list(named(f"found = {source}" if not source.startswith(("from", "fields", "start")) else source))


def test_other_text_is_not_taken_for_storage() -> None:
    source = 'where = f"{\' \'.join(key)}: a leaf"\nfield = names["status"]\n"""ACCOUNT#id is the key."""\n'
    assert list(named(source)) == []
