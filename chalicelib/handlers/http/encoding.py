"""The encoding of requests is UTF-8: text that has lost characters on its way here is refused, on every route.

API Gateway replaces bytes that are not UTF-8 with U+FFFD before a function sees them. Stored, such a memo is broken for
ever, and such a password admits every other one that differs only in the lost characters.
"""

import re
from collections.abc import Iterator, Mapping

from chalicelib.domain.errors import ValidationFailed
from chalicelib.handlers.http.errors import UnsupportedMediaType

_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
_NAMES = frozenset({"utf-8", "utf8"})
_LOST = re.compile("[\ufffd\ud800-\udfff]")
"""What stands for lost bytes, and halves of surrogate pairs, which JSON can write and UTF-8 cannot."""
_REASON = "contains U+FFFD or half of a surrogate pair; send the text as UTF-8"


def decode(content: bytes, content_type: str) -> str:
    """Return a body as text, without a byte order mark; bytes that are not UTF-8 become U+FFFD, as at the gateway.

    Raises UnsupportedMediaType for another charset than UTF-8.
    """
    for charset in _CHARSET.findall(content_type):
        if charset.lower() not in _NAMES:
            raise UnsupportedMediaType(f"Send the body in UTF-8, not in {charset[:100]}.")
    return content.decode("utf-8-sig", "replace")


def require_whole(values: Mapping[str, object], where: str) -> None:
    """Raise ValidationFailed for the first field, or part of one, in which a character was lost.

    `where` stands for a name that is broken itself.
    """
    for field in _broken(values, where):
        raise ValidationFailed.of(field, _REASON)


def _broken(values: Mapping[str, object], where: str) -> Iterator[str]:
    """Yield the places of broken texts, in order; without recursion, since a client decides how deep a body is."""
    left: list[tuple[str, object]] = [("", values)]
    while left:
        place, value = left.pop()
        if isinstance(value, str) and _LOST.search(value):
            yield place
        elif isinstance(value, Mapping):
            if any(_LOST.search(name) for name in value):
                yield place or where
            left += reversed([(f"{place}.{name}".lstrip("."), part) for name, part in value.items()])
        elif isinstance(value, list):
            left += reversed([(f"{place}.{number}", part) for number, part in enumerate(value)])
