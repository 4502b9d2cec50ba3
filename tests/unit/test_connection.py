"""How patient the shared client of DynamoDB is."""

from collections.abc import Iterator

import pytest

from chalicelib.models import connection


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    connection.forget()
    yield
    connection.forget()


def patience() -> tuple[float, int]:
    config = connection.client().meta.config
    return config.read_timeout, config.retries["total_max_attempts"]


def test_a_request_asks_twice_and_waits_two_seconds_each_time() -> None:
    assert patience() == (2.0, 2)


def test_a_command_is_more_patient_until_the_connection_is_forgotten() -> None:
    connection.use_batch_timeouts()
    assert patience() == (30.0, 5)
    connection.forget()
    assert patience() == (2.0, 2)


def test_a_command_that_asks_again_for_patience_keeps_its_client() -> None:
    connection.use_batch_timeouts()
    client = connection.client()
    connection.use_batch_timeouts()
    assert connection.client() is client
