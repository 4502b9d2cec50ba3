"""What the functions import is in their layers: the emulator runs them beside the packages of development."""

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

from infra.settings import ROOT

OWN = {"app", "chalicelib", "clearing_bank"}
PACKED_BY_CHALICE = {"chalice"}
LAYERS = ("requirements.txt", "requirements-statements.txt")


def imported() -> Iterator[tuple[str, str]]:
    """Yield each file of the functions with the packages that it imports."""
    for path in [ROOT / "app.py", *ROOT.glob("chalicelib/**/*.py"), *ROOT.glob("clearing_bank/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            else:
                names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            yield from ((str(path.relative_to(ROOT)), name.partition(".")[0]) for name in names)


def test_functions_import_only_what_their_layers_have() -> None:
    lines = [line for name in LAYERS for line in (ROOT / name).read_text().splitlines()]
    packed = {line.partition("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    providers = packages_distributions()
    needed = {
        (path, name) for path, name in imported() if name not in OWN | PACKED_BY_CHALICE | set(sys.stdlib_module_names)
    }
    missing = {
        (path, name)
        for path, name in needed
        if not {one.lower().replace("_", "-") for one in providers.get(name, [])} & packed
    }
    assert {name for _, name in needed} >= {"boto3", "lxml", "pynamodb"}
    assert not missing
