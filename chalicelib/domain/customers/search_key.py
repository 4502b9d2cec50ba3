"""The fields by which a customer is found, and the form in which their values are compared.

Stored keys are hashes of this form. A change of it leaves a stored key where it was until `make rollups` has run.
"""

import unicodedata
from typing import Literal, get_args

from chalicelib.domain import email
from chalicelib.domain.text import fold_case, fold_for_search

Field = Literal["email", "phone", "last_name"]
FIELDS: tuple[Field, ...] = get_args(Field)


def normalise(field: Field, text: str) -> str:
    """Return the form in which values of a field are compared."""
    if field == "phone":
        return "".join(str(unicodedata.digit(one)) for one in fold_case(text) if one.isdigit())
    if field == "last_name":
        return " ".join(fold_for_search(text).split())
    return email.normalise(text)
