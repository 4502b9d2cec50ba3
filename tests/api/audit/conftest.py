"""A bank whose stream is read."""

import pytest

from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream


@pytest.fixture(autouse=True)
def stream(bank: People, wholly_streamed_bank: None) -> Stream:
    """A bank whose stream is read from its very first item."""
    return Stream()
