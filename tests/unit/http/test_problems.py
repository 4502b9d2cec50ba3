"""Every error of the bank has a status, and the contract's table is covered."""

import json

import pytest

from chalicelib.domain.errors import FieldError, OutcomeUnknown, ValidationFailed, unknown
from chalicelib.handlers.http.problems import ERRORS, STATUS, problem


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


def test_request_without_a_key_is_not_told_to_repeat_it_with_one() -> None:
    error = OutcomeUnknown.from_lost_answer().without_key()
    assert (error.code, error.retry_after_seconds) == ("outcome_unknown", 2)
    assert "Idempotency-Key" not in error.detail
    other = OutcomeUnknown("The run may have begun.", retry_after_seconds=2)
    assert other.without_key() is other


@pytest.mark.parametrize("count", [1, 20, 21, 5000])
def test_problem_names_twenty_fields_at_most_and_says_how_many_are_wrong(count: int) -> None:
    wrong = tuple(FieldError("f" * 999 + str(number), "m" * 999) for number in range(count))
    body = json.loads(problem(ValidationFailed("d" * 5000, errors=wrong), "r").body)
    assert len(body["errors"]) == min(count, 20)
    assert all(len(one["field"]) == len(one["message"]) == 200 for one in body["errors"])
    assert len(body["detail"]) == 1000
    assert (f"{count} fields are wrong" in body["detail"]) == (count > 20)
