"""How names and docstrings are written, and that tests know no private name.

Both counts may only fall: lower a ceiling when the code has got better.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from infra.settings import ROOT

FIRST_WORDS_REFUSED = {"What", "Whether", "Those", "Of", "None", "One", "As", "With"}
PARTICIPLES = set(
    "begun bound brought built done drawn found given gone held kept known led left lost made met paid seen sent "
    "shown sold spent taken told understood won written".split()
)
ADJECTIVES = {"need", "seed", "feed", "speed", "proceed", "exceed", "shed", "embed"}
DOCSTRINGS_MAX = 0
FUNCTIONS_MAX = 24
PRODUCT = ("chalicelib", "clearing_bank", "infra", "sampledata")
REPLACERS = ("setattr", "delattr", "object", "patch")
PRIVATE_NAME = re.compile(r"\b_[^\W_]")
"""Most tests contain none, whose own or whose else, and need not be parsed."""
FRAGMENT = re.compile(rf"""["'](?:\s|\\\n)*(?:{"|".join(sorted(FIRST_WORDS_REFUSED))})\b""")
"""How a docstring with a refused first word begins, and many a text that is none."""
FUNCTION = re.compile(r"\bdef\s+(\w+)")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@cache
def sources() -> dict[Path, str]:
    """Return the code of the bank and of what deploys it."""
    folders = ("chalicelib", "clearing_bank", "infra")
    return {path: path.read_text() for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))}


def definitions(is_suspect: Callable[[str], object]) -> list[tuple[Path, Definition]]:
    """Return every function and class of the modules whose text is suspect; the others need not be parsed."""
    suspects = [(path, source) for path, source in sources().items() if is_suspect(source)]
    return [(path, node) for path, source in suspects for node in defined_in(ast.parse(source))]


def defined_in(node: ast.AST) -> Iterator[Definition]:
    """Yield what is defined in a module, at any depth. No expression contains a definition."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            continue
        if isinstance(child, Definition):
            yield child
        yield from defined_in(child)


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
        for path, node in definitions(FRAGMENT.search)
        if not node.name.startswith("_") and (docstring := ast.get_docstring(node))
    ]
    fragments = [f"{path.relative_to(ROOT)}:{name}" for path, name, word in first_words if word in FIRST_WORDS_REFUSED]
    assert len(fragments) <= DOCSTRINGS_MAX, fragments


def test_functions_that_are_named_by_a_participle_do_not_grow_in_number() -> None:
    """Name a function by a verb (`release_hold`), a value by a noun (`released_hold`)."""
    suspects = definitions(lambda source: any(map(is_participle, FUNCTION.findall(source))))
    functions = [(path, node) for path, node in suspects if isinstance(node, Function)]
    participles = [
        f"{path.relative_to(ROOT)}:{function.name}"
        for path, function in functions
        if is_participle(function.name) and not is_value(function)
    ]
    assert len(participles) <= FUNCTIONS_MAX, participles


def private_names(tree: ast.AST) -> Iterator[str]:
    """Yield the private names of the product that a test imports, reads or replaces."""
    nodes = list(ast.walk(tree))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and str(node.module).startswith(PRODUCT)]
    modules = {alias.asname or alias.name for node in imports for alias in node.names}
    yield from (name for name in modules if is_private(name))
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield from filter(is_private, [node.attr])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REPLACERS:
            names = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            yield from (name for name in names[:1] if is_private(name.rpartition(".")[2]))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_tests_use_no_private_name_of_the_bank() -> None:
    """A test that knows a private name fails when that is renamed, and not when the bank is wrong."""
    sources = {path: path.read_text() for path in sorted((ROOT / "tests").rglob("*.py"))}
    found = {
        str(path.relative_to(ROOT)): names
        for path, source in sources.items()
        if PRIVATE_NAME.search(source) and (names := list(private_names(ast.parse(source))))
    }
    assert found == {}
