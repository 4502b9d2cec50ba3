"""Text in SEPA's Latin character set, which every bank can process (EPC217-08); our own records keep the original."""

import re

from anyascii import anyascii

NOT_PROVIDED = "NOTPROVIDED"
_REPLACED = str.maketrans({"&": "+", "_": "-", ";": ",", '"': "'", "`": "'", "[": "(", "]": ")", "{": "(", "}": ")"})
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


def sepa_text(text: str, length_max: int) -> str:
    """Return text transliterated and cut; `NOTPROVIDED` if nothing is left. Applying it twice changes nothing more.

    References must not begin or end with a slash or have two in a row: such slashes are dropped everywhere.
    """
    latin = _NOT_ALLOWED.sub(".", anyascii(" ".join(text.split())).translate(_REPLACED))
    latin = re.sub("/{2,}", "/", " ".join(latin.split()))
    return latin[:length_max].strip(" /") or NOT_PROVIDED
