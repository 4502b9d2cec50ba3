"""If-Match by RFC 9110: strong comparison, lists, `*`, and nothing that is malformed."""

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.if_match import IfMatch, etag

MATCHING = [
    None,
    "*",
    " * ",
    '"7"',
    ' "7" ',
    '"6", "7"',
    '"6","7","8"',
    ', "7",',
    'W/"6", "7"',
    '"6"\t,\t"7"',
    '"a,b", "7"',
]
OUTDATED = [
    '"6"', '"77"', '"07"', '"7 "', 'W/"7"', 'w/"7"', "7", "'7'", '"7', '7"', '""', "", " ", ",", "W/", "nonsense",
    '"7" "8"', '"7", nonsense', '*, "7"', '"*"', "**", '"6", W/"7"', '"7";q=1', '"6"' * 2000, '"7\x00"', '"' * 4001,
]  # fmt: skip


@pytest.mark.parametrize("header", MATCHING)
def test_the_version_is_one_of_those_that_the_header_names(header: str | None) -> None:
    IfMatch.parse(header).require(7)


@pytest.mark.parametrize("header", OUTDATED)
def test_a_weak_another_or_a_malformed_tag_matches_nothing(header: str) -> None:
    with pytest.raises(Conflict, match="current version is 7"):
        IfMatch.parse(header).require(7)


def test_only_tags_make_a_condition() -> None:
    assert [IfMatch.parse(header).is_given for header in (None, "*", '"7"', "nonsense")] == [False, False, True, True]


def test_a_version_of_several_parts_has_one_tag() -> None:
    assert etag("3-1") == '"3-1"'
    IfMatch.parse(etag("3-1")).require("3-1")
    with pytest.raises(Conflict):
        IfMatch.parse(etag("3-1")).require("3-2")
