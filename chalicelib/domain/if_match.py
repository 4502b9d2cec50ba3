"""The condition of an edit on the version that the client has read: `If-Match` of RFC 9110, section 13.1.1."""

import re
from dataclasses import dataclass

from chalicelib.domain.errors import Conflict

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_LIST = re.compile(rf"[ \t,]*{_TAG.pattern}(?:[ \t]*,[ \t,]*{_TAG.pattern})*[ \t,]*")


@dataclass(frozen=True)
class IfMatch:
    """The strong tags of a request's If-Match; None without the header, and for `*`, which any version satisfies.

    Weak tags never match, as the comparison is strong. A malformed header has no tag, so it matches nothing.
    """

    tags: frozenset[str] | None = None

    @classmethod
    def parse(cls, header: str | None) -> "IfMatch":
        """Return the condition that a header states."""
        if header is None or header.strip(" \t") == "*":
            return cls()
        if not _LIST.fullmatch(header):
            return cls(frozenset())
        return cls(frozenset(tag for weak, tag in _TAG.findall(header) if not weak))

    @property
    def is_given(self) -> bool:
        """Return whether only some versions satisfy the condition."""
        return self.tags is not None

    def require(self, version: int | str) -> None:
        """Raise Conflict unless the version satisfies the condition.

        Call it on what was read in the same attempt, and make that version the condition of the write.
        """
        if self.tags is not None and etag(version) not in self.tags:
            raise Conflict(
                f"The current version is {version}. Read it again before you change it, and send the new ETag as "
                "If-Match, with its quotes."
            )


ANY_VERSION = IfMatch()
"""Of a request without If-Match."""


def etag(version: int | str) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'
