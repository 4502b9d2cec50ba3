"""The functions write no file: the code is read-only on Lambda, and each copy has its own /tmp. Emulators allow it."""

import ast
import re

from infra.settings import ROOT

WRITES = {"write_text", "write_bytes", "mkdir", "makedirs", "touch", "mkdtemp", "mkstemp", "NamedTemporaryFile"}
MAY_WRITE = re.compile(rf"\b(?:{'|'.join(WRITES)}|open)\b")
"""Most modules contain none of these words, and need not be parsed."""


def test_functions_write_no_files() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("chalicelib", "clearing_bank")
        for path in (ROOT / folder).rglob("*.py")
        if MAY_WRITE.search(source := path.read_text())
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and _writes(node)
    ]
    assert found == []


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    modes = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return name in WRITES or (name == "open" and any(set(mode) & set("wax+") for mode in modes[-1:]))
