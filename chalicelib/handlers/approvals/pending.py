"""What waits for another person, in the response to a GET of a single resource."""

from typing import Any

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.http.schemas import View
from chalicelib.services.approvals import inbox


def with_pending(
    shown: View, detail: type[View], caller: Caller, subject_id: str, resource_id: str | None = None
) -> View:
    """Return what is shown as a `detail` view, which has what waits about it besides.

    `resource_id` is what is shown, where requests about it are listed under another subject.
    """
    values: dict[str, Any] = {**dict(shown), "pending_approvals": inbox.ids_about(caller, subject_id, resource_id)}
    return detail.model_construct(**values)
