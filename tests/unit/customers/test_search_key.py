"""What customers are found by: which values are the same, and which are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.customers.search_key import FIELDS, Field, normalise


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("email", "Ada@Example.com", "ada@example.COM"),
        ("phone", "+442071234567", "44 20 7123-4567"),
        ("phone", "+442071234567", "+４４ (20) 71234567"),
        ("last_name", "O'Neill", " o’NEILL "),
        ("last_name", "Groß", "GROSS"),
        ("last_name", "Rene\u0301", "REN\u00c9"),
        ("last_name", "van  der Berg", "Van Der\tBerg"),
        ("last_name", "Jean‐Luc", "jean-luc"),
        ("last_name", "ｋｉｎｇ", "King"),
        ("last_name", "نی\u200cلوفر", "نیلوفر"),
        ("last_name", "Yılmaz", "YILMAZ"),
        ("last_name", "Yılmaz", "yilmaz"),
        ("last_name", "İbrahimoğlu", "İBRAHİMOĞLU"),
        ("last_name", "İbrahimoğlu", "ibrahimoğlu"),
        ("last_name", "I\u0307brahimoğlu", "ibrahimoğlu"),
        ("last_name", "Kealiʻi", "Keali'i"),
        ("last_name", "Kealiʻi", "KEALI‘I"),
        ("last_name", "צ׳רני", "צ'רני"),
        ("last_name", "רמב״ם", 'רמב"ם'),
        ("last_name", "Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        ("last_name", "Ἰωάννου", "ΙΩΑΝΝΟΥ"),
        ("last_name", "Grinkevičiu\u0301tė", "GRINKEVIČIÚTĖ"),
        ("last_name", "Ştefănescu", "Ștefănescu"),
        ("last_name", "یزدی", "يزدي"),
        ("last_name", "کریمی", "كـريمي"),
        ("last_name", "葛\U000e0100城", "葛城"),
        ("last_name", "Al‑Sayed", "al–sayed"),
        ("last_name", "ʼn Betjeman", "ŉ betjeman"),
        ("last_name", "Zoë\u00adlla\u200b\ufeff", "zoëlla"),
        ("phone", "+442071234567", "٤٤٢٠٧١٢٣٤٥٦٧"),
    ],
)
def test_values_that_are_the_same(field: Field, one: str, other: str) -> None:
    assert normalise(field, one) == normalise(field, other)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("email", "ada@example.com", "a.da@example.com"),
        ("phone", "+442071234567", "+442071234568"),
        ("last_name", "Müller", "Muller"),
        ("last_name", "ONeill", "O'Neill"),
        ("last_name", "King", "Kings"),
        ("last_name", "Ποΐδης", "Ποιδης"),
        ("last_name", "Żak", "Zak"),
        ("last_name", "Ōe", "Oe"),
    ],
)
def test_values_that_differ(field: Field, one: str, other: str) -> None:
    assert normalise(field, one) != normalise(field, other)


@given(st.sampled_from(FIELDS), st.text(max_size=30))
def test_normalising_twice_is_normalising_once(field: Field, text: str) -> None:
    once = normalise(field, text)
    assert normalise(field, once) == once
