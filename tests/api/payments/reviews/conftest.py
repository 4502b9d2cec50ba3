"""A payment that waits for a review, and its parties."""

import pytest

from tests.api.helpers.accounts import opened
from tests.api.helpers.accounts import transfer as pay
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.reviews import LARGE
from tests.api.helpers.risk import set_rule
from tests.api.helpers.stream import Stream


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def account(client: Api, customer: User, manager: User, stream: Stream) -> Json:
    """Of somebody whose large payments to people whom it has not paid are looked at first."""
    set_rule(client, manager, "new_counterparty", action="review")
    return opened(client, customer, "3000.00")


@pytest.fixture
def payee(client: Api, other_customer: User) -> Json:
    return opened(client, other_customer)


@pytest.fixture
def held(client: Api, customer: User, account: Json, payee: Json) -> Json:
    made: Json = pay(client, customer, account, payee, LARGE).ok(202)
    return made
