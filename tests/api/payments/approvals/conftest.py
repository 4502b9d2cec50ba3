"""Accounts with money, made before anything holds money back."""

from collections.abc import Callable

import pytest

from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "9000.00")


@pytest.fixture
def payee(client: Api, other_customer: User) -> Json:
    return opened(client, other_customer)


@pytest.fixture
def second_manager(new_staff: Callable[[str], User]) -> User:
    return new_staff("manager")
