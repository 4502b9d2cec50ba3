"""A customer whom staff have created, and the code of its invitation."""

import pytest

from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.invitations import ADDRESS, counter_customer, invite
from tests.api.helpers.mailbox import Mailbox


@pytest.fixture
def grace(client: Api, teller: User) -> Json:
    return counter_customer(client, teller)


@pytest.fixture
def code(client: Api, teller: User, grace: Json, mailbox: Mailbox) -> str:
    invite(client, teller, grace).ok(201)
    return mailbox.code_for(ADDRESS)
