"""Which types of events a pattern names."""

import pytest

from chalicelib.domain.webhooks.patterns import matches


@pytest.mark.parametrize(
    ("patterns", "event_type", "expected"),
    [
        (["*"], "transaction.posted", True),
        (["transaction.*"], "transaction.posted", True),
        (["transaction.posted"], "transaction.posted", True),
        (["account.frozen", "transaction.*"], "transaction.voided", True),
        (["transaction.post*"], "transaction.posted", False),
        (["trans*"], "transaction.posted", False),
        (["*.posted"], "transaction.posted", False),
        (["interest.*"], "interest_run.completed", False),
        (["transaction"], "transaction.posted", False),
        (["transaction.posted"], "transaction.pending", False),
        ([], "transaction.posted", False),
    ],
)
def test_star_stands_for_a_whole_word(patterns: list[str], event_type: str, expected: bool) -> None:
    assert matches(patterns, event_type) is expected
