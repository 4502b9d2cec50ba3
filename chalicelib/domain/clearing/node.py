"""A received element, and its texts by path."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.clearing import safe_xml
from chalicelib.domain.text import visible_line

DETAIL_MAX = 500
"""Characters of the words about what is wrong: they quote the document, in which a text may have megabytes."""


class Invalid(ValueError):
    """Something is wrong with an element: the external ISO 20022 reason code, the XPath, and words for people."""

    def __init__(self, code: str, path: str, detail: str):
        self.code, self.path, self.detail = code, path, detail[:DETAIL_MAX]
        super().__init__(f"{path} {self.detail}")


@dataclass(frozen=True)
class Node:
    """An element of a message; names are of the message's own namespace."""

    element: Any
    namespace: str
    known_path: str | None = None

    @property
    def path(self) -> str:
        """Return the XPath. To find it takes as long as there are elements of the same name, unless it is known."""
        return self.known_path or safe_xml.path_of(self.element)

    def all_with_paths(self, path: str) -> Iterator["Node"]:
        """Yield the elements of a name within this one, each with its path: for those of which there may be many."""
        parent = self.path
        for number, found in enumerate(self.all(path), start=1):
            yield Node(found.element, self.namespace, f"{parent}/{path}[{number}]")

    def all(self, path: str) -> Iterator["Node"]:
        """Yield the elements at a path such as `PmtInf/CdtTrfTxInf`."""
        for found in self.element.iterfind("/".join(f"{{{self.namespace}}}{name}" for name in path.split("/"))):
            yield Node(found, self.namespace)

    def find(self, path: str) -> "Node | None":
        """Return the first element at a path, or None."""
        return next(self.all(path), None)

    def text(self, path: str) -> str | None:
        """Return the text at a path as one line, or None if nothing is there, or nothing that can be seen.

        Control characters are left out: the text is another's, and people and programs are to read the same.
        """
        found = self.find(path)
        return (visible_line(found.element.text or "") or None) if found else None

    def require(self, path: str, code: str = "FF01") -> str:
        """Return the text at a path. Raises Invalid if it is empty or not there."""
        text = self.text(path)
        if text is None:
            raise Invalid(code, f"{self.path}/{path}", "is missing")
        return text
