"""Branches, as far as others name them."""

from chalicelib.domain import ids
from chalicelib.domain.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import NotFound
from chalicelib.models.branch import Branch


def require(branch_id: str) -> None:
    """Raises NotFound unless there is such a branch. The head office always is: the deployment made it."""
    if branch_id == HEAD_OFFICE_ID:
        return
    if not ids.is_id("brn", branch_id) or Branch.by_id(branch_id) is None:
        raise NotFound(f"There is no branch {branch_id}.")
