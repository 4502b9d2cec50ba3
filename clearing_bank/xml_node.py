"""Reads XML without trust: no DOCTYPE, no entities, bounded in size and depth."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

BYTES_MAX = 5 * 1024 * 1024
DEPTH_MAX = 32
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


class XmlRefused(ValueError):
    """A document that is not read."""


@dataclass
class Node:
    """An element, without its namespace."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    content: str = ""

    def all(self, path: str) -> Iterator["Node"]:
        """Yield the elements at a path such as `GrpHdr/MsgId`."""
        first, _, rest = path.partition("/")
        for child in self.children:
            if child.name == first:
                yield from child.all(rest) if rest else (child,)

    def find(self, path: str) -> "Node | None":
        return next(self.all(path), None)

    def text(self, path: str) -> str | None:
        """Return the text at a path, or None if it is empty or not there."""
        found = self.find(path)
        return (found.content.strip() or None) if found else None

    def require(self, path: str) -> str:
        """Return the text at a path. Raises XmlRefused if it is missing."""
        text = self.text(path)
        if text is None:
            raise XmlRefused(f"{self.name} has no {path}")
        return text


@dataclass(frozen=True)
class Message:
    """A message: its name such as pacs.008.001.08, and the element within Document."""

    name: str
    body: Node


def parse(document: str) -> Message:
    """Return the message in a document. Raises XmlRefused."""
    encoded = document.encode()
    if len(encoded) > BYTES_MAX:
        raise XmlRefused("the document is too large")
    reader = _Reader()
    parser = expat.ParserCreate("UTF-8", " ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.add_text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(encoded, True)
    except expat.ExpatError as error:
        raise XmlRefused(f"the document is no XML: {error}") from None
    namespace, _, name = reader.root.children[0].name.rpartition(" ")
    if not namespace.startswith(_NAMESPACE) or name != "Document":
        raise XmlRefused("the document is none of ISO 20022")
    root = _without_namespaces(reader.root.children[0], namespace)
    if len(root.children) != 1:
        raise XmlRefused("the document has not exactly one message")
    return Message(namespace.removeprefix(_NAMESPACE), root.children[0])


class _Reader:
    """Builds the tree while expat reads."""

    def __init__(self) -> None:
        self.root = Node("")
        self._open = [self.root]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEPTH_MAX:
            raise XmlRefused("the document is too deep")
        node = Node(name, attributes)
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._open.pop()

    def add_text(self, text: str) -> None:
        self._open[-1].content += text


def _refuse(*_: object) -> None:
    raise XmlRefused("the document has a DOCTYPE or an entity")


def _without_namespaces(node: Node, namespace: str) -> Node:
    """Return the element with local names. Elements of other namespaces are left out."""
    children = [
        _without_namespaces(child, namespace) for child in node.children if child.name.startswith(f"{namespace} ")
    ]
    return Node(node.name.rpartition(" ")[2], node.attributes, children, node.content)
