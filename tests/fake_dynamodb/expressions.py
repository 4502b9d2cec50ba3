"""DynamoDB's expressions, as far as the bank uses them; any other raises NotImplementedError.

Grammar: "Condition and filter expressions, operators, and functions" and "Update expressions" in the developer's guide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

Value = dict[str, Any]
"""As on the wire: `{"S": "text"}`, `{"N": "1"}`."""
Item = dict[str, Value]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+-]|[#:]?[A-Za-z0-9_]+)")
_COMPARISONS = {"=", "<>", "<", "<=", ">", ">="}
_SECTIONS = {"SET", "REMOVE", "ADD", "DELETE"}


class ValidationError(Exception):
    """A malformed request, which DynamoDB answers with ValidationException."""


@dataclass(frozen=True)
class Names:
    """The placeholders of one request."""

    names: Mapping[str, str]
    values: Mapping[str, Value]

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> "Names":
        return cls(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))

    def name(self, token: str) -> str:
        return self.names[token] if token.startswith("#") else token

    def operand(self, token: str, item: Item) -> Value | None:
        """Return the value of a placeholder or an attribute, or None where the item has none."""
        return self.values[token] if token.startswith(":") else item.get(self.name(token))


@lru_cache(1_000)
def _split(text: str) -> tuple[str, ...]:
    """Return the tokens of an expression, of which there are some dozens, with an empty one at the end."""
    tokens, end = list[str](), 0
    while text[end:].strip():
        found = _TOKEN.match(text, end)
        if not found:
            raise NotImplementedError(f"cannot read {text[end:]!r}")
        tokens.append(found[1])
        end = found.end()
    return (*tokens, "")


class _Tokens:
    def __init__(self, text: str):
        self._tokens, self._at = _split(text), 0

    @property
    def next(self) -> str:
        return self._tokens[self._at]

    def take(self, *expected: str) -> str:
        token = self.next
        if not token or (expected and token.upper() not in expected):
            raise NotImplementedError(f"{token!r}, where {expected or 'more'} should be")
        self._at += 1
        return token

    def takes(self, *tokens: str) -> bool:
        """Take the next token if it is one of these; return whether it was."""
        is_one = self.next.upper() in tokens
        self._at += is_one
        return is_one


def holds(expression: str, names: Names, item: Item) -> bool:
    """Return whether an item meets a condition. An absent item is an empty one."""
    tokens = _Tokens(expression)
    answer = _either(tokens, names, item)
    if tokens.next:
        raise NotImplementedError(f"{tokens.next!r} after a condition")
    return answer


def _either(tokens: _Tokens, names: Names, item: Item) -> bool:
    answer = _both(tokens, names, item)
    while tokens.takes("OR"):
        other = _both(tokens, names, item)
        answer = answer or other
    return answer


def _both(tokens: _Tokens, names: Names, item: Item) -> bool:
    answer = _one(tokens, names, item)
    while tokens.takes("AND"):
        other = _one(tokens, names, item)
        answer = answer and other
    return answer


def _one(tokens: _Tokens, names: Names, item: Item) -> bool:
    if tokens.takes("NOT"):
        return not _one(tokens, names, item)
    if tokens.takes("("):
        answer = _either(tokens, names, item)
        tokens.take(")")
        return answer
    first = tokens.take()
    if tokens.takes("("):
        return _function(first, tokens, names, item)
    left = names.operand(first, item)
    operator = tokens.take(*_COMPARISONS, "BETWEEN", "IN").upper()
    if operator == "IN":
        return left in [names.operand(token, item) for token in _arguments(tokens)]
    right = names.operand(tokens.take(), item)
    if operator == "BETWEEN":
        tokens.take("AND")
        end = names.operand(tokens.take(), item)
        return _compare(left, ">=", right) and _compare(left, "<=", end)
    return _compare(left, operator, right)


def _function(name: str, tokens: _Tokens, names: Names, item: Item) -> bool:
    if name == "begins_with":
        path, start = _arguments(tokens, opened=True)
        value = item.get(names.name(path))
        return value is not None and str(value.get("S", "")).startswith(names.values[start]["S"])
    [path] = _arguments(tokens, opened=True)
    if name not in {"attribute_exists", "attribute_not_exists"}:
        raise NotImplementedError(name)
    return (names.name(path) in item) == (name == "attribute_exists")


def _arguments(tokens: _Tokens, *, opened: bool = False) -> list[str]:
    if not opened:
        tokens.take("(")
    found = [tokens.take()]
    while tokens.takes(","):
        found.append(tokens.take())
    tokens.take(")")
    return found


def _compare(left: Value | None, operator: str, right: Value | None) -> bool:
    """Compare two values; those of different types differ, and neither is less."""
    if left is None or right is None or left.keys() != right.keys():
        return operator == "<>"
    one, other = plain(left), plain(right)
    is_less, is_equal = bool(one < other), bool(one == other)
    return {
        "=": is_equal,
        "<>": not is_equal,
        "<": is_less,
        "<=": is_less or is_equal,
        ">": not is_less and not is_equal,
        ">=": not is_less,
    }[operator]


def plain(value: Value) -> Any:
    """Return the Python value by which DynamoDB compares and orders."""
    [(kind, told)] = value.items()
    return Decimal(told) if kind == "N" else told.encode() if kind == "S" else told


def updated(expression: str, names: Names, item: Item) -> Item:
    """Return the item after an update. Every operand is read from the item before it."""
    tokens, after = _Tokens(expression), dict(item)
    while tokens.next:
        section = tokens.take(*_SECTIONS).upper()
        while True:
            _change(section, tokens, names, item, after)
            if not tokens.takes(","):
                break
    return after


def _change(section: str, tokens: _Tokens, names: Names, before: Item, after: Item) -> None:
    name = names.name(tokens.take())
    if section == "REMOVE":
        after.pop(name, None)
    elif section == "ADD":
        added = names.values[tokens.take()]
        after[name] = number(plain(before.get(name, {"N": "0"})) + plain(added))
    elif section == "SET":
        tokens.take("=")
        after[name] = _set_to(tokens, names, before)
    else:
        raise NotImplementedError(section)


def _set_to(tokens: _Tokens, names: Names, before: Item) -> Value:
    token = tokens.take()
    if token == "if_not_exists":
        path, default = _arguments(tokens)
        value: Value | None = before.get(names.name(path), names.values[default])
    else:
        value = names.operand(token, before)
    if value is None:
        raise ValidationError("The provided expression refers to an attribute that does not exist in the item")
    if tokens.next in {"+", "-"}:
        sign = 1 if tokens.take() == "+" else -1
        value = number(plain(value) + sign * plain(names.operand(tokens.take(), before) or {}))
    return value


def number(value: Decimal) -> Value:
    """Return a number as DynamoDB writes it: no leading or trailing zeros, no exponent."""
    return {"N": f"{value.normalize():f}"}
