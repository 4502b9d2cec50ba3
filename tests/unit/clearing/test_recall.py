"""Until when a settled payment can be recalled."""

from datetime import date

import pytest

from chalicelib.domain.clearing.recall import RecallReason, last_day


@pytest.mark.parametrize(
    ("reason", "settled_on", "expected"),
    [
        ("FRAD", "2026-08-01", "2027-09-01"),
        ("FRAD", "2027-03-01", "2028-04-01"),
        ("CUST", "2026-01-31", "2027-02-28"),
        ("AM09", "2027-01-31", "2028-02-29"),
        ("AC03", "2026-12-15", "2028-01-15"),
        ("DUPL", "2026-12-11", "2026-12-28"),
        ("TECH", "2027-03-25", "2027-04-12"),
    ],
)
def test_recall_is_possible_for_thirteen_months_or_ten_business_days(
    reason: RecallReason, settled_on: str, expected: str
) -> None:
    assert last_day(reason, date.fromisoformat(settled_on)) == date.fromisoformat(expected)
