"""E-mail addresses: which texts are one, when two are the same, and where mail to one goes.

The domain is compared and written to in its ASCII form (A-labels, IDNA 2008), the local part is compared without case.
Two mailboxes stay two addresses: `straße` is not `strasse`.
"""

import re
import unicodedata

LENGTH_MAX = 254
LOCAL_BYTES_MAX = 64
_ATOM = r"[^\x00-\x20\x7f@()<>\[\]\\,;:\".]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")


def normalise(address: str) -> str:
    """Return the form in which addresses are compared; of a text that is none, the text without case."""
    return _with_ascii_domain(_compose(_compose(address).lower()))


def mailbox(address: str) -> str:
    """Return where mail to an address goes: the local part as it was given, and the domain in its ASCII form."""
    return _with_ascii_domain(_compose(address))


def is_address(text: str) -> bool:
    """Return whether text is an e-mail address and nothing more: a mail to `x<ada@example.com>` would go to Ada.

    Invisible characters are refused: two addresses could look the same.
    """
    try:
        local, domain = _parts(_compose(text))
    except ValueError:
        return False
    return (
        may_be_known(text)
        and _LOCAL.fullmatch(local) is not None
        and len(local.encode()) <= LOCAL_BYTES_MAX
        and len(f"{local}@{domain}".encode()) <= LENGTH_MAX
    )


def may_be_known(text: str) -> bool:
    """Return whether a user may have signed up with this address, also under earlier rules."""
    local, _, domain = _compose(text).rpartition("@")
    is_visible = not any(unicodedata.category(character) in _INVISIBLE for character in text)
    return len(text) <= LENGTH_MAX and is_visible and bool(local) and bool(domain)


def _with_ascii_domain(text: str) -> str:
    """Return an address with its domain in ASCII; any other text as it is."""
    try:
        local, domain = _parts(text)
    except ValueError:
        return text
    return f"{local}@{domain}"


def _parts(text: str) -> tuple[str, str]:
    """Return the local part and the ASCII form of the domain. Raises ValueError for text that does not have both."""
    local, at, domain = text.rpartition("@")
    if not at:
        raise ValueError("has no domain")
    return local, _ascii_domain(domain.lower())


def _ascii_domain(domain: str) -> str:
    """Return a domain in lower case as a mail server knows it. Raises ValueError for text that is no domain."""
    if not domain.isascii() or "xn--" in domain:
        import idna  # few domains need its tables

        domain = idna.encode(domain, uts46=True).decode()
    labels = domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("is no domain of an e-mail address")
    return domain


def _compose(text: str) -> str:
    """Return text in Unicode's composed form, with full-width and half-width characters in their usual width."""
    narrow = (_usual_width(character) for character in text)
    return unicodedata.normalize("NFC", text if text.isascii() else "".join(narrow))


def _usual_width(character: str) -> str:
    is_other_width = unicodedata.decomposition(character).startswith(("<wide>", "<narrow>"))
    return unicodedata.normalize("NFKC", character) if is_other_width else character
