"""The fields by which a customer is found, and the form in which their values are compared."""

from typing import Literal, get_args

from chalicelib.domain import email
from chalicelib.domain.customers.person import APOSTROPHES, HYPHENS
from chalicelib.domain.text import folded

Field = Literal["email", "phone", "last_name"]
FIELDS: tuple[Field, ...] = get_args(Field)

_TYPED = str.maketrans(
    dict.fromkeys(APOSTROPHES + "ʼ`´", "'") | dict.fromkeys(HYPHENS + "–", "-") | dict.fromkeys("\u200c\u200d", "")
)


def normalised(field: Field, text: str) -> str:
    """Return the form in which values of a field are compared."""
    if field == "phone":
        return "".join(filter(str.isdigit, folded(text)))
    if field == "last_name":
        return " ".join(folded(text.translate(_TYPED)).split())
    return email.normalised(text)
