"""The comparison of names on a corpus: no other payee's name matches, and nearly every slip is a close match."""

from collections.abc import Iterator
from itertools import permutations

import pytest

from chalicelib.domain.payments.payee_name import LONG, compare

PEOPLE = """
Ada Lovelace|Benjamin Okafor|Jan Tomas|Jan Tom|Jan Toman|Johann Schmidt|Johanna Schmidt|Jürgen Müller|Jörg Möller
Anna Maria Kowalska|Anne Marie Kowalski|Łukasz Wiśniewski|Søren Kierkegaard|Åsa Lindström|Ayşe Yılmaz|Mary-Ann O'Brien
Siobhán Ní Bhriain|José García Márquez|João da Silva|François Lefèvre|Zoë van den Berg|Nguyễn Văn An|Wei Zhang
Dvořák Antonín|Eglė Kazlauskienė|Jānis Bērziņš|Ελένη Παπαδοπούλου|Иван Петров|Наталья Щербакова|Matthias Groß
Peter Meyer|Peter Meier|Peter Maier|Paul Meyer|Paula Meyer|Stefan Weber|Stephan Weber|Stefanie Weber|Carl Jung
John Smith|Jane Smith|John Smyth|John Ronald Reuel Tolkien|John Smith Junior|Maria Müller|Mario Müller|Fatima Al-Sayed
"""
COMPANIES = """
Acme GmbH|Acme AG|Acme Ltd|Acme Holding GmbH|Asahi Tools Ltd|Sägewerk Kern KG|Sport & Freizeit e.V.|Baltic Timber SIA
Tomas Bau GmbH|Tom Bau GmbH|Smith and Sons Limited|Smith and Daughters Limited|Nordisk Handel A/S|Lasa Metal S.A.
Dom Zdrowia sp. z o.o.|Stavby Novák s.r.o.|Aggregate Minerals plc|Coral Shipping Co|Savage Foods Inc|Kolar d.o.o.
"""
NAMES = [name.strip() for line in (PEOPLE + COMPANIES).split("\n") for name in line.split("|") if name.strip()]


def words(name: str) -> list[str]:
    return name.split()


def typos(name: str) -> Iterator[str]:
    """Yield the name with one letter left out, doubled, replaced, or swapped with its neighbour, in each long word."""
    start = 0
    for word in name.split(" "):
        for place in range(1, len(word) - 1) if len(word) > LONG and word.isalpha() else ():
            at = start + place
            yield name[:at] + name[at + 1 :]
            yield name[:at] + name[at] + name[at:]
            yield name[:at] + ("x" if name[at] != "x" else "y") + name[at + 1 :]
            yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        start += len(word) + 1


def shortened(name: str) -> Iterator[str]:
    """Yield the name with an initial for the first name, without a middle name, and without its legal form."""
    first, *rest = words(name)
    if name in PEOPLE and len(rest) == 1:
        yield f"{first[0]}. {rest[0]}"
    if name in PEOPLE and len(rest) == 2:
        yield f"{first} {rest[1]}"
    for form in (" GmbH", " AG", " Ltd", " KG", " e.V.", " SIA", " A/S", " S.A.", " s.r.o.", " plc", " sp. z o.o."):
        if name.endswith(form):
            yield name.removesuffix(form)


def spellings(name: str) -> Iterator[str]:
    """Yield the ways to write a name that make no difference."""
    yield name.upper()
    yield name.lower()
    yield name.replace(" ", "  ").replace("-", " ").replace("&", "and")
    if name in PEOPLE:
        yield " ".join(reversed(words(name)))
        yield f"{words(name)[-1]}, {' '.join(words(name)[:-1])}"
    yield name.translate(str.maketrans("éáíóčřňžšąłūėāēīņşçãâèêàôûģķļ", "eaiocrnzsalueaeinscaaeeaougkl"))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_matches_in_every_spelling_of_it(name: str) -> None:
    for spelling in spellings(name):
        assert compare(spelling, [name]).result == "match", spelling


def test_no_other_name_of_the_corpus_matches() -> None:
    wrong = [(one, other) for one, other in permutations(NAMES, 2) if compare(one, [other]).result == "match"]
    assert wrong == []


def test_few_other_names_of_the_corpus_are_close() -> None:
    """Only those that one letter, a lacking word or a lacking legal form tells apart."""
    pairs = list(permutations(NAMES, 2))
    close = [pair for pair in pairs if compare(pair[0], [pair[1]]).result == "close_match"]
    assert len(close) / len(pairs) < 0.01


def test_nearly_every_slip_is_a_close_match_and_none_a_match() -> None:
    slips = [(name, slip) for name in NAMES for slip in (*typos(name), *shortened(name)) if slip != name]
    results = [compare(slip, [name]).result for name, slip in slips]
    assert len(slips) > 1000
    matched = [slip for slip, result in zip(slips, results, strict=True) if result == "match"]
    assert matched == []
    assert results.count("close_match") / len(results) >= 0.95


@pytest.mark.parametrize(
    ("given", "holder", "result"),
    [
        ("Jan Tomas", "Jan Tom", "no_match"),
        ("Lasa Metal", "Metal", "no_match"),
        ("Acme AG", "Acme GmbH", "no_match"),
        ("Acme", "Acme GmbH", "close_match"),
        ("Sport und Freizeit eV", "Sport & Freizeit e.V.", "match"),
        ("SIA Baltic Timber", "Baltic Timber SIA", "match"),
        ("Dr. Ada Lovelace", "Ada Lovelace", "match"),
        ("Mueller Juergen", "Jürgen Müller", "match"),
        ("Muller Jurgen", "Jürgen Müller", "match"),
        ("Maryann O Brien", "Mary Ann O'Brien", "close_match"),
        ("Maryann OBrien", "Mary Ann O'Brien", "close_match"),
        ("ab c", "a bc", "close_match"),
        ("Ada", "Ada Lovelace", "no_match"),
        ("Lovelace", "Ada Lovelace", "no_match"),
        ("A. S. Byatt", "Antonia Susan Byatt", "close_match"),
        ("Microsft", "Microsoft", "close_match"),
        ("Anna", "Anne", "no_match"),
        ("Smith Ltd", "Jones Ltd", "no_match"),
        ("Ltd", "Acme Ltd", "no_match"),
        ("&", "Acme Ltd", "no_match"),
        ("Maria Garcia Lopez", "Maria Lopez", "close_match"),
        ("Maria Garcia Lopez Ruiz", "Maria Lopez", "no_match"),
        ("Johanna Lovelase", "Johann Lovelace", "no_match"),
        ("B. Lovelace", "Ada Lovelace", "no_match"),
    ],
)
def test_rules_one_by_one(given: str, holder: str, result: str) -> None:
    assert compare(given, [holder]).result == result
