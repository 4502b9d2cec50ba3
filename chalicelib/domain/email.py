"""E-mail addresses: which texts are one, and when two are the same."""

import re
import unicodedata

from chalicelib.domain.text import folded

LENGTH_MAX = 254
_SPECIAL = r"@\s<>()\[\]\\,;:\""
_ADDRESS = re.compile(rf"[^{_SPECIAL}]{{1,64}}@[^{_SPECIAL}.]+(\.[^{_SPECIAL}.]+)+")
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")


def normalised(address: str) -> str:
    """Return the form in which addresses are compared."""
    return folded(address)


def is_address(text: str) -> bool:
    """Return whether text is an e-mail address and nothing more: a mail to `x<ada@example.com>` would go to Ada.

    Invisible characters are refused: two addresses could look the same.
    """
    if len(text) > LENGTH_MAX or any(unicodedata.category(character) in _INVISIBLE for character in text):
        return False
    return _ADDRESS.fullmatch(normalised(text)) is not None
