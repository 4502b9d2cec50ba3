"""The outcome of a request that waits for a second person."""


class HeldForApproval(Exception):
    """Nothing was done: the request is stored as an approval, and is done when enough people have approved it.

    `is_new`: this request has asked for it, rather than an earlier one under the same key.
    """

    def __init__(self, approval_id: str, *, is_new: bool = True):
        super().__init__(approval_id)
        self.approval_id = approval_id
        self.is_new = is_new
