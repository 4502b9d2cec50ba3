"""A deployed bank whose functions reach DynamoDB through proxies."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.faults.proxy import Proxy
from tests.stack import Stack

ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"


@contextmanager
def through(stack: Stack, proxies: Mapping[str, Proxy]) -> Iterator[None]:
    """Give functions (`api`, `transfer-task` …) their proxies while the block runs; their copies start anew."""
    before = {name: _endpoint(stack, name, proxy.url) for name, proxy in proxies.items()}
    try:
        yield
    finally:
        for name, endpoint in before.items():
            _endpoint(stack, name, endpoint)


def _endpoint(stack: Stack, name: str, url: str | None) -> str | None:
    """Change where a function finds DynamoDB (None: where everything is); the place before."""
    functions, function = stack.client("lambda"), f"florin-{stack.stage}-{name}"
    variables = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    before: str | None = variables.pop(ENDPOINT, None)
    changed = variables | ({ENDPOINT: url} if url else {})
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": changed})
    return before
