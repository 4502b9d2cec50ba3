"""A bank whose stream is read from its very first item."""

import pytest

from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream


@pytest.fixture
def stream(bank: People, wholly_streamed_bank: None) -> Stream:
    return Stream()
