"""Environment variables as typed settings, parsed whenever they are read."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")
SHOWN_LENGTH_MAX = 64
DIGITS_MAX = 15


class SettingError(ValueError):
    """A setting that is missing or wrong. The message names it and says what is allowed."""


@dataclass(frozen=True)
class Setting(Generic[ValueT]):
    """An environment variable as a typed setting; calling the setting reads the variable.

    `default` None: the stack sets it, for the functions that need it. `parse` raises ValueError, or SettingError to
    give the whole message itself. `allowed` completes "X must be …". `is_shown`: whether an error may quote a wrong
    value, which might be a secret.
    """

    name: str
    default: str | None
    parse: Callable[[str], ValueT]
    allowed: str
    is_shown: bool = True

    def __call__(self) -> ValueT:
        return self.read(os.environ)

    def read(self, variables: Mapping[str, str]) -> ValueT:
        """Return the value. Raises SettingError."""
        given = variables.get(self.name, self.default)
        if given is None:
            raise SettingError(f"{self.name} is not set; it must be {self.allowed}")
        try:
            return self.parse(given)
        except SettingError:
            raise
        except ValueError:
            shown = f", not {given[:SHOWN_LENGTH_MAX]!r}" if self.is_shown else ""
            raise SettingError(f"{self.name} must be {self.allowed}{shown}") from None


def whole_number(name: str, default: int, *, least: int = 0, most: int | None = None) -> Setting[int]:
    """Define a setting of digits only, within bounds."""

    def parse(given: str) -> int:
        number = int(given) if given.isascii() and given.isdigit() and len(given) <= DIGITS_MAX else least - 1
        if number < least or (most is not None and number > most):
            raise ValueError
        return number

    bounds = f"{least} or more" if most is None else f"{least} to {most}"
    return Setting(name, str(default), parse, f"a whole number, {bounds}")


def choice(name: str, default: str, values: Mapping[str, ValueT]) -> Setting[ValueT]:
    """Define a setting that is one of some words, each of which stands for a value."""

    def parse(given: str) -> ValueT:
        if given not in values:
            raise ValueError
        return values[given]

    return Setting(name, default, parse, f"one of {', '.join(values)}")


def text(name: str, allowed: str, default: str | None = None, *, pattern: str = ".+") -> Setting[str]:
    """Define a setting that matches a pattern. Errors do not quote it."""

    def parse(given: str) -> str:
        if not re.fullmatch(pattern, given):
            raise ValueError
        return given

    return Setting(name, default, parse, allowed, is_shown=False)
