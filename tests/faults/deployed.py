"""A deployed bank whose functions reach DynamoDB through proxies."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from tests.faults.proxy import Proxy
from tests.stack import Stack


@contextmanager
def through(stack: Stack, proxies: Mapping[str, Proxy]) -> Iterator[None]:
    """Give functions (`api`, `transfer-task` …) their proxies while the block runs; their copies start anew."""
    with ExitStack() as configured:
        for name, proxy in proxies.items():
            configured.enter_context(stack.configured(name, AWS_ENDPOINT_URL_DYNAMODB=proxy.url))
        yield
