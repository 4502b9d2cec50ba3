"""Small wrong changes (mutants) of a module, made on its syntax tree."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

Node = ast.AST

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
NO_LOGIC = {"logger", "TypeVar", "ParamSpec", "Literal", "cast"}
"""Calls and types that decide nothing: logs, and the words of the type checker."""
ANOTHER_TEXT = "mutant"


@dataclass(frozen=True)
class Mutant:
    """One change of one module, to the statement from `first_line` to `last_line`.

    `line` is the source text of the changed line, so that a key stays valid when the line moves. `at_import`: the
    statement runs when the module loads.
    """

    module: str
    function: str
    line: str
    change: str
    first_line: int
    last_line: int
    at_import: bool
    apply: Callable[[], None]

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.module, self.function, self.line, self.change


@dataclass(frozen=True)
class _Place:
    """The place of a node: a field of its parent, or an element of a list there."""

    parent: Node
    field: str
    index: int | None

    def put(self, node: Node | None) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


@dataclass(frozen=True)
class _Scope:
    """The code around a node."""

    function: str = ""
    returns: str = ""
    assigned: frozenset[str] = frozenset()
    statement: ast.stmt | None = None
    at_import: bool = True


def mutants_of(module: str, source: str) -> tuple[ast.Module, list[Mutant]]:
    """Return the module's tree and all mutants. `apply` changes that tree, so only one may be applied to it."""
    tree, lines = ast.parse(source), source.splitlines()
    found: list[Mutant] = []
    for place, node, scope in _places(tree, _Scope()):
        statement = scope.statement
        if statement is None:
            continue
        for new in _changes(node, scope):
            where = node if hasattr(node, "lineno") else statement
            found.append(
                Mutant(
                    module,
                    scope.function,
                    lines[where.lineno - 1].strip(),
                    _described(node, new),
                    statement.lineno,
                    _last_line(statement),
                    scope.at_import,
                    lambda place=place, new=new: place.put(new),  # type: ignore[misc]
                )
            )
    return tree, _numbered(found)


def _numbered(mutants: list[Mutant]) -> list[Mutant]:
    """Number equal changes on one line, so that each mutant has its own key."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    numbered = []
    for mutant in mutants:
        seen[mutant.key] += 1
        count = seen[mutant.key]
        numbered.append(replace(mutant, change=f"{mutant.change} ({count})") if count > 1 else mutant)
    return numbered


def _last_line(statement: ast.stmt) -> int:
    """Return the last line of a statement, or of its head if it has a body."""
    body = getattr(statement, "body", None)
    return max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno or statement.lineno


def _described(old: Node, new: Node | None) -> str:
    return " → ".join(" ".join(_text(node).split()) for node in (old, new))


def _text(node: Node | None) -> str:
    if isinstance(node, ast.stmt) and getattr(node, "body", None):
        head = deepcopy(node)
        head.body = [ast.Expr(ast.Constant(...))]  # type: ignore[attr-defined]
        if hasattr(head, "orelse"):
            head.orelse = []
        return ast.unparse(head)
    if isinstance(node, ast.ExceptHandler):
        return f"except {ast.unparse(node.type) if node.type else ''}: {'raise' if _only_raises(node) else '...'}"
    if isinstance(node, ast.comprehension):
        return ast.unparse(node)
    return ast.unparse(node) if node else "nothing"


def _places(node: Node, scope: _Scope) -> Iterator[tuple[_Place, Node, _Scope]]:
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "type_params", "ctx", "format_spec"}:
            continue
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _is_no_logic(child):
                continue
            if isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant):
                continue
            inner = _inside(child, scope)
            if isinstance(node, ast.FunctionDef) and field == "body":
                inner = replace(inner, at_import=False)
            yield _Place(node, field, index), child, inner
            yield from _places(child, inner)


def _inside(node: Node, scope: _Scope) -> _Scope:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        name = f"{scope.function}.{node.name}".lstrip(".")
        if isinstance(node, ast.ClassDef):
            return _Scope(name, statement=node, at_import=scope.at_import)
        returns = ast.unparse(node.returns) if node.returns else ""
        return _Scope(name, returns, _assigned_twice(node), node, scope.at_import)
    return replace(scope, statement=node) if isinstance(node, ast.stmt) else scope


def _assigned_twice(function: ast.FunctionDef) -> frozenset[str]:
    names = [node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)]
    stores = [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return frozenset(name for name in stores if (names + stores).count(name) > 1)


def _is_no_logic(node: Node) -> bool:
    """Return whether a node decides nothing: docstrings, logs, protocols, types, imports."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) | ast.Call(func=ast.Name(id=name)):
            return name in NO_LOGIC
        case ast.Subscript(value=ast.Name(id=name)):
            return name in NO_LOGIC
        case ast.ClassDef():
            return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Call() as call):
            return _is_no_logic(call)
    return False


def _changes(node: Node, scope: _Scope) -> Iterator[Node | None]:
    change = _CHANGES.get(type(node))
    for new in change(node, scope) if change else ():
        if new is not None:
            ast.copy_location(new, node)
            ast.fix_missing_locations(new)
        yield new


def _of_comparison(node: ast.Compare, _: _Scope) -> Iterator[Node]:
    for index, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            operators = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield ast.Compare(node.left, operators, node.comparators)


def _of_condition(node: ast.BoolOp, _: _Scope) -> Iterator[Node]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        rest = [*node.values[:index], *node.values[index + 1 :]]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _of_operation(node: ast.BinOp, _: _Scope) -> Iterator[Node]:
    if not (_is_text(node.left) or _is_text(node.right)) and type(node.op) in OPERATORS:
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)


def _of_sign(node: ast.UnaryOp, _: _Scope) -> Iterator[Node]:
    yield node.operand


def _of_constant(node: ast.Constant, _: _Scope) -> Iterator[Node]:
    match node.value:
        case bool():
            yield ast.Constant(not node.value)
        case int():
            yield ast.Constant(node.value + 1)
        case float():
            yield ast.Constant(node.value * 2)
        case str() if not _is_prose(node.value):
            yield ast.Constant(ANOTHER_TEXT)


def _of_text(node: ast.JoinedStr, _: _Scope) -> Iterator[Node]:
    """Change each part of a key or name; leave prose alone."""
    texts = [part for part in node.values if isinstance(part, ast.Constant)]
    if not any(_is_prose(str(part.value)) for part in texts):
        for text in texts:
            yield ast.JoinedStr([ast.Constant(ANOTHER_TEXT) if part is text else part for part in node.values])


def _of_choice(node: ast.IfExp, _: _Scope) -> Iterator[Node]:
    yield node.body
    yield node.orelse


def _of_comprehension(node: ast.comprehension, _: _Scope) -> Iterator[Node]:
    for index in range(len(node.ifs)):
        rest = [*node.ifs[:index], *node.ifs[index + 1 :]]
        yield ast.comprehension(node.target, node.iter, rest, node.is_async)


def _of_call(node: ast.Call, _: _Scope) -> Iterator[Node]:
    is_symmetric = isinstance(node.func, ast.Name) and node.func.id in {"min", "max"}
    for index in range(0 if is_symmetric else len(node.args) - 1):
        arguments = list(node.args)
        arguments[index : index + 2] = reversed(arguments[index : index + 2])
        if ast.dump(arguments[index]) != ast.dump(arguments[index + 1]):
            yield ast.Call(node.func, arguments, node.keywords)
    for index in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, [*node.keywords[:index], *node.keywords[index + 1 :]])
    if isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        arguments = node.args[:1] if node.func.id == "sorted" else node.args
        keywords = [] if node.func.id == "sorted" else node.keywords
        yield ast.Call(ast.Name(FUNCTIONS[node.func.id], ast.Load()), arguments, keywords)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        yield node.func.value


def _of_return(node: ast.Return, scope: _Scope) -> Iterator[Node]:
    if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
        return
    yield ast.Return(ast.UnaryOp(ast.Not(), node.value) if scope.returns == "bool" else ast.Constant(None))


def _of_assignment(node: ast.Assign, scope: _Scope) -> Iterator[Node]:
    """Drop an assignment where the name exists without it; else any test would fail."""
    if all(_outlives(target, scope) for target in node.targets):
        yield ast.Pass()


def _outlives(target: ast.expr, scope: _Scope) -> bool:
    if isinstance(target, ast.Tuple):
        return all(_outlives(element, scope) for element in target.elts)
    return not isinstance(target, ast.Name) or target.id in scope.assigned


def _of_change_in_place(node: ast.AugAssign, _: _Scope) -> Iterator[Node]:
    yield ast.Pass()
    if type(node.op) in OPERATORS:
        yield ast.AugAssign(node.target, OPERATORS[type(node.op)](), node.value)


def _of_if(node: ast.If, _: _Scope) -> Iterator[Node]:
    for constant in (True, False):
        yield ast.If(ast.Constant(constant), node.body, node.orelse)


def _of_loop(node: ast.For, _: _Scope) -> Iterator[Node]:
    yield ast.For(node.target, ast.Tuple([], ast.Load()), node.body, node.orelse)


def _of_handler(node: ast.ExceptHandler, _: _Scope) -> Iterator[Node]:
    if not _only_raises(node):
        yield ast.ExceptHandler(node.type, node.name, [ast.Raise()])


def _of_context(node: ast.With, _: _Scope) -> Iterator[Node]:
    if not any(item.optional_vars for item in node.items):
        yield ast.If(ast.Constant(True), node.body, [])


def _of_step(node: ast.Continue | ast.Break, _: _Scope) -> Iterator[Node]:
    yield ast.Pass()
    yield ast.Break() if isinstance(node, ast.Continue) else ast.Continue()


def _removed(_: Node, __: _Scope) -> Iterator[Node]:
    yield ast.Pass()


def _only_raises(node: ast.ExceptHandler) -> bool:
    return isinstance(node.body[0], ast.Raise) and node.body[0].exc is None


def _is_text(node: Node) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_prose(text: str) -> bool:
    """Return whether text is for people: it has spaces, which keys, names and codes have not."""
    return " " in text.strip() or text == " "


_CHANGES: dict[type[Node], Callable[..., Iterator[Node | None]]] = {
    ast.Compare: _of_comparison,
    ast.BoolOp: _of_condition,
    ast.BinOp: _of_operation,
    ast.UnaryOp: _of_sign,
    ast.Constant: _of_constant,
    ast.JoinedStr: _of_text,
    ast.IfExp: _of_choice,
    ast.comprehension: _of_comprehension,
    ast.Call: _of_call,
    ast.Return: _of_return,
    ast.Assign: _of_assignment,
    ast.AugAssign: _of_change_in_place,
    ast.If: _of_if,
    ast.For: _of_loop,
    ast.ExceptHandler: _of_handler,
    ast.With: _of_context,
    ast.Continue: _of_step,
    ast.Break: _of_step,
    ast.Raise: _removed,
    ast.Expr: _removed,
}
