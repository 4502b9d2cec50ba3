"""Cursors that somebody has made up, before DynamoDB sees them."""

import base64

import pytest

from chalicelib.domain.errors import InvalidCursor
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.models.paging import decode_cursor, encode_cursor

SCOPE = "a list"


def forged(payload: str) -> str:
    """Return a cursor with the right checksum: it is no secret."""
    return base64.urlsafe_b64encode(f"{digest([SCOPE, payload])[:16]}{payload}".encode()).decode().rstrip("=")


def test_cursor_is_the_position_it_was_made_of() -> None:
    position = {"pk": "ACCOUNT#acc_1", "sk": "é", "cursor": ""}
    assert decode_cursor(encode_cursor(position, SCOPE), SCOPE) == position


@pytest.mark.parametrize(
    "payload",
    [
        "[" * 100_000, '{"pk":' * 100_000, '{"pk":"\\ud800"}', '{"\\udfff":"x"}', '{"pk":1}', '{"pk":null}',
        '{"pk":{}}', "[]", "1", '"x"', "null", "NaN", "", "{",
    ],
)  # fmt: skip
def test_forged_cursor_is_no_cursor(payload: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(forged(payload), SCOPE)
