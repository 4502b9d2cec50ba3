"""The outcomes of a request that waits for a second person, or would wait."""

from collections.abc import Sequence

from chalicelib.domain.approvals.policy import Policy


class HeldForApproval(Exception):
    """Nothing was done: the request is stored as an approval, and is done when enough people have approved it.

    `is_new`: this request has asked for it, rather than an earlier one under the same key.
    """

    def __init__(self, approval_id: str, *, is_new: bool = True):
        super().__init__(approval_id)
        self.approval_id = approval_id
        self.is_new = is_new


class WouldWait(Exception):
    """Nothing was done or stored: the request was only tried, and would wait under this policy."""

    def __init__(self, policy: Policy, reasons: Sequence[str]):
        super().__init__(policy.action)
        self.policy = policy
        self.reasons = list(reasons)
