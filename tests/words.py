"""Looking for a short text among random ids."""

import re

_WORD = re.compile(r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*")


def words_of(text: str) -> set[str]:
    """Return the runs of letters and digits in a text, with full stops inside of them.

    A PIN may be part of an id, a hash or a moment by chance; it is not the whole of one.
    """
    return set(_WORD.findall(text))
