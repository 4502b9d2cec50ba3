"""Idempotency keys: every operation that honours them hands them on."""

import inspect

from chalicelib.handlers.http.operation import operations

HANDED_ON = ("idempotency_key", "required_idempotency_key")


def test_every_view_that_honours_a_key_hands_it_on() -> None:
    """A view that forgets it would serve a key that belongs to another request."""
    honouring = [one for one in operations() if one.key != "ignored"]
    sources = {one.route.view: inspect.getsource(one.view) for one in honouring}
    assert len(honouring) > 40
    assert [view for view, source in sources.items() if not any(name in source for name in HANDED_ON)] == []
