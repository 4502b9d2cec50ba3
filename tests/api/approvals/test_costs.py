"""What a request that waits costs, and its decision."""

import pytest

from tests.api.helpers.approvals import APPROVALS, World
from tests.api.helpers.bank import counted_calls


def test_calls_of_a_request_that_waits_and_of_its_decision(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One GetItem of each is the authorizer's, of the session; a change reads it once more."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")  # a window of 30 seconds may end in between
    world.set_policy("overdraft_limit")
    path = world.path
    with counted_calls() as calls:
        approval = world.waiting(world.client.patch(path, {"overdraft_limit": "9.00"}, token=world.teller.token))
    # The account, and the approval for the response; the ceilings, and the staff by an index. The policies are cached.
    assert calls == {"GetItem": 4, "Query": 1, "BatchGetItem": 2, "TransactWriteItems": 1}
    with counted_calls() as calls:
        assert world.client.get(APPROVALS, token=world.manager.token).ok()["data"] == [approval]
    assert calls == {"GetItem": 1, "Query": 1, "BatchGetItem": 1}
    with counted_calls() as calls:
        world.approve(approval).ok()
    # The approval before and after the decision, twice in the execution and after it; the maker; the account twice.
    assert calls == {"GetItem": 10, "TransactWriteItems": 2}
