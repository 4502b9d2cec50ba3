"""What tests of all routes share."""

from collections.abc import Iterator
from functools import cache

import pytest

from chalicelib.services.identity import authenticate


@pytest.fixture(scope="module")
def gateways_cache() -> Iterator[None]:
    """API Gateway keeps what the authorizer said of a token for a minute; so many requests are only quick with that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authenticate, "principal_of", cache(authenticate.principal_of))
        yield
