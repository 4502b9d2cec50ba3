"""Fixtures for every folder of tests; what one folder alone needs stands in its own conftest."""

import gc
import logging
import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from chalicelib.models import connection

if TYPE_CHECKING:
    from tests.engine import Engine
    from tests.stack import Stack

# No test may reach a real account, whatever the shell that runs it is signed in to.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}

# The bank's logger writes for itself. MiniStack's would write the same once more, where nothing else has a handler.
logging.getLogger().addHandler(logging.NullHandler())

# Nearly all objects stay until the end. By default a tenth of the processor time goes into looking for others.
gc.set_threshold(50_000, 20, 50)

# A test is right or wrong, however busy the machine is. It tries the same examples in every run: a new one that fails
# would refuse a change that has nothing to do with it. `make properties` looks for new ones.
# `make check` tries fewer examples than `make test`. For `make mutants` the first failure is enough.
settings.register_profile("quiet", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("brief", settings.get_profile("quiet"), max_examples=20)
settings.register_profile("mutants", settings.get_profile("quiet"), phases=(Phase.explicit, Phase.generate))
settings.register_profile(
    "new",
    settings.get_profile("quiet"),
    derandomize=False,
    max_examples=int(os.environ.get("EXAMPLES") or 1000),
    print_blob=True,
)
settings.load_profile("quiet")


STACKS = {"stack", "own_stack"}
"""The fixtures that are a running bank."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if STACKS & {*getattr(item, "fixturenames", ())}:
        from tests import midnight  # with what most tests need not

        midnight.wait_until_far()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Stack"]:
    """A whole bank on an emulator of this worker's own; see tests/stack.py."""
    from tests.stack import running_stack  # 0.3 s, which most tests need not

    with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Engine"]:
    """DynamoDB alone, this worker's own or the one that DYNAMODB_ENDPOINT names; see tests/engine.py."""
    from tests.engine import running_engine

    with running_engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.fixture
def at_an_engine(engine: "Engine", monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """This process works on the engine's tables; the run says in the end which engines it met."""
    for name, value in engine.environment().items():
        monkeypatch.setenv(name, value)
    request.node.user_properties.append(("engine", engine.name))
    connection.forget()
    yield
    connection.forget()


@pytest.fixture
def at_own_engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same for one client at a time: without DYNAMODB_ENDPOINT the engine is inside this process, and empty."""
    from tests.engine import engine_inside

    if "DYNAMODB_ENDPOINT" in os.environ:
        request.getfixturevalue("at_an_engine")
        yield
        return
    with engine_inside(monkeypatch) as engine:
        request.node.user_properties.append(("engine", engine.name))
        yield


@pytest.fixture
def requests_to_own_engine(at_own_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, with requests on which tests/faults/hook.py can let something happen."""
    from tests.api.helpers import cloud

    if "DYNAMODB_ENDPOINT" not in os.environ:
        cloud.take_requests(monkeypatch)
        connection.forget()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the other home is for: LocalStack with LOCALSTACK_PORT, else the embedded emulator."""
    other = "embedded" if "LOCALSTACK_PORT" in os.environ else "localstack"
    left_out = [item for item in items if item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    calls = [report for report in reports if getattr(report, "when", None) == "call"]
    met = Counter(dict(report.user_properties).get("engine") for report in calls)
    for name in filter(None, met):
        terminalreporter.write_line(f"{met[name]} tests ran against {name}")
