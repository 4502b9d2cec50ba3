"""Every error of the bank has a status, and the contract's table is covered."""

import pytest

from chalicelib.domain.errors import OutcomeUnknown, unknown
from chalicelib.handlers.http.problems import ERRORS, STATUS


def test_every_error_has_a_status_and_every_status_an_error() -> None:
    assert set(STATUS) - {"internal"} == set(ERRORS)


def test_every_error_has_a_title_for_people() -> None:
    assert all(kind.title and kind.title[0].isupper() for kind in ERRORS.values())


@pytest.mark.parametrize(
    ("identifier", "detail"),
    [
        ("acc_1", "There is no account acc_1."),
        ("", "There is no account ."),
        ("x" * 64, f"There is no account {'x' * 64}."),
        ("x" * 65, f"There is no account {'x' * 64}."),
    ],
)
def test_an_unknown_id_is_echoed_with_64_characters_at_most(identifier: str, detail: str) -> None:
    error = unknown("account", identifier)
    assert (error.code, error.detail) == ("not_found", detail)


def test_lost_answer_tells_the_client_when_to_repeat_the_request() -> None:
    error = OutcomeUnknown.from_lost_answer()
    assert error.retry_after_seconds == 2
    assert "same Idempotency-Key" in error.detail
