"""Edits that hold only for what their client has read: `If-Match` with the version that was its ETag."""

from chalicelib.domain.errors import Conflict


def require(if_match: str | None, version: int) -> None:
    """Raise Conflict if `if_match` is given and does not name the version."""
    if if_match is None:
        return
    taken = {tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")}
    if not taken & {"*", str(version)}:
        raise Conflict(f"The current version is {version}. Read it again before you change it.")
