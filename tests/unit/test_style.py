"""How names and docstrings are written. Both counts may only fall: lower a ceiling when the code has got better."""

import ast
from collections.abc import Iterator
from pathlib import Path

from infra.settings import ROOT

FIRST_WORDS_REFUSED = {"What", "Whether", "Those", "Of", "None", "One", "As", "With"}
PARTICIPLES = set(
    "begun bound brought built done drawn found given gone held kept known led left lost made met paid run seen sent "
    "shown sold spent taken told understood won written".split()
)
ADJECTIVES = {"need", "seed", "feed", "speed", "proceed", "exceed", "shed", "embed"}
DOCSTRINGS_MAX = 0
FUNCTIONS_MAX = 166

Function = ast.FunctionDef | ast.AsyncFunctionDef


def definitions() -> Iterator[tuple[Path, ast.AST]]:
    for folder in ("chalicelib", "infra"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from ((path, node) for node in ast.walk(ast.parse(path.read_text())))


def is_value(function: Function) -> bool:
    """Return whether the function is read as a value: a property or a fixture."""
    return any("property" in ast.unparse(decorator) for decorator in function.decorator_list)


def is_participle(name: str) -> bool:
    word = name.strip("_").split("_")[0]
    return word in PARTICIPLES or (word.endswith("ed") and word not in ADJECTIVES)


def test_docstrings_that_begin_with_a_fragment_do_not_grow_in_number() -> None:
    """Begin with a verb in the imperative: "Return the hold.", not "What is held."."""
    first_words = [
        (path, node.name, docstring.split()[0].rstrip(",.:"))
        for path, node in definitions()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and (docstring := ast.get_docstring(node))
    ]
    fragments = [f"{path.relative_to(ROOT)}:{name}" for path, name, word in first_words if word in FIRST_WORDS_REFUSED]
    assert len(fragments) <= DOCSTRINGS_MAX, fragments


def test_functions_that_are_named_by_a_participle_do_not_grow_in_number() -> None:
    """Name a function by a verb (`release_hold`), a value by a noun (`released_hold`)."""
    functions = [
        (path, node) for path, node in definitions() if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    participles = [
        f"{path.relative_to(ROOT)}:{function.name}"
        for path, function in functions
        if is_participle(function.name) and not is_value(function)
    ]
    assert len(participles) <= FUNCTIONS_MAX, participles
