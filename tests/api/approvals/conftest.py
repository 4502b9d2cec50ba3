"""A bank of five people, in which policies are set by the first admin."""

from collections.abc import Callable

import pytest

from chalicelib.services.clearing import adapter
from tests.api.helpers.approvals import World
from tests.api.helpers.bank import Api, User


@pytest.fixture(autouse=True)
def clearing_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing go out to the clearing."""
    monkeypatch.setattr(adapter, "send", lambda _: None)


@pytest.fixture
def world(
    client: Api, customer: User, other_customer: User, teller: User, manager: User, admin: User,
    new_staff: Callable[[str], User],
) -> World:  # fmt: skip
    return World(client, customer, other_customer, teller, manager, admin, new_staff)
