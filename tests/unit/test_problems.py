"""Every error of the bank has a status, and the contract's table is covered."""

from chalicelib.domain.errors import BY_CODE
from chalicelib.handlers.problems import STATUS


def test_every_error_has_a_status_and_every_status_an_error() -> None:
    assert set(STATUS) - {"internal"} == set(BY_CODE)


def test_every_error_has_a_title_for_people() -> None:
    assert all(kind.title and kind.title[0].isupper() for kind in BY_CODE.values())
