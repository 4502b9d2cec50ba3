"""A bank whose stream is read from its very first item."""

from typing import Any

import pytest

from chalicelib.services.operations import bootstrap
from tests.api.conftest import ADMIN_EMAIL, PASSWORD
from tests.api.helpers.bank import make_tables
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream


@pytest.fixture
def stream(aws: Any, bank: People, empty_bank: None) -> Stream:
    make_tables(aws)
    stream = Stream()
    bootstrap.ensure_head_office_and_admin(ADMIN_EMAIL, PASSWORD)
    return stream
