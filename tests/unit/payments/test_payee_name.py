"""How well a given name fits the holders of an account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.payments.payee_name import compare


@pytest.mark.parametrize(
    ("name", "holder", "result"),
    [
        ("Ada Lovelace", "Ada Lovelace", "match"),
        ("LOVELACE, ADA", "Ada Lovelace", "match"),
        ("Müller Jürgen", "Jürgen Müller", "match"),
        ("YILMAZ Ayşe", "Ayşe Yılmaz", "match"),
        ("O’Brien Mary-Ann", "Mary Ann O'Brien", "match"),
        ("Suharto", "Suharto", "match"),
        ("Ada Lovelase", "Ada Lovelace", "close_match"),
        ("A. Lovelace", "Ada Lovelace", "close_match"),
        ("Ada Lovelace", "Ada Augusta Lovelace", "close_match"),
        ("Ben Okafor", "Ada Lovelace", "no_match"),
        ("Ada", "Ada Augusta Lovelace", "no_match"),
        ("A L", "Ada Lovelace", "no_match"),
        ("A.", "Ada", "no_match"),
        ("...", "Ada Lovelace", "no_match"),
        ("Ada Byron", "Ada Lovelace", "no_match"),
        ("Anna Schmitd Kowalsky", "Anna Schmidt Kowalski", "no_match"),
        ("Anna Schmitd Kowalski", "Anna Schmidt Kowalski", "close_match"),
        ("Ada Weger", "Ada Weber", "close_match"),
        ("Ada Wege", "Ada Webe", "no_match"),
        ("Dr Ada", "Ada", "no_match"),
        ("A. Lovelace", "Ada Augusta Lovelace", "close_match"),
        ("Anna Jurgan", "Anna Jürgen", "close_match"),
        ("Maria Anna Garcia Lopez Ruiz", "Maria Anna Garcia", "no_match"),
        ("Dom Zdrowia spzoo", "Dom Zdrowia sp. z o.o.", "match"),
        ("Dom Zdrowia", "Dom Zdrowia sp. z o.o.", "close_match"),
        ("हि न्दी", "हिन्दी", "close_match"),
        ("", "Ada Lovelace", "no_match"),
        (" ", "Ada Lovelace", "no_match"),
    ],
)
def test_a_name_is_compared_with_the_holder_s(name: str, holder: str, result: str) -> None:
    assert compare(name, [holder]).result == result


def test_the_best_of_joint_holders_counts() -> None:
    best = compare("Ben Okafor", ["Ada Lovelace", "Ben Okafor"])
    assert (best.result, best.name) == ("match", "Ben Okafor")


def test_without_a_known_holder_nothing_can_be_said() -> None:
    for nobody in ([], [" "]):
        unknown = compare("Ada Lovelace", nobody)
        assert (unknown.result, unknown.name) == ("not_possible", None)


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=2, max_size=12), min_size=1, max_size=4))
def test_a_name_always_fits_itself_in_any_order(words: list[str]) -> None:
    assert compare(" ".join(reversed(words)), [" ".join(words)]).result == "match"
