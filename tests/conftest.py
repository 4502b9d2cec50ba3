"""Fixtures for every folder of tests; what one folder alone needs stands in its own conftest."""

import os
from collections.abc import Iterator

import pytest

from tests.stack import Stack, running_stack

# No test may reach a real account, whatever the shell that runs it is signed in to.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole bank on an emulator of this worker's own; see tests/stack.py."""
    with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack
