"""The hash chain that each account's entries form."""

import hashlib
import json

from chalicelib.domain.ledger.entry import Entry

GENESIS = "0" * 64
"""What the first entry of an account names as its predecessor."""

_ENCODER = json.JSONEncoder(separators=(",", ":"), sort_keys=True, ensure_ascii=False)
_make = json.encoder.c_make_encoder  # type: ignore[attr-defined]  # not in typeshed
_quoted = json.encoder.encode_basestring
_encode = _make(None, _ENCODER.default, _quoted, None, ":", ",", True, False, True) if _make else None
"""The same, made once: JSONEncoder makes one for each text, which takes as long as a text. None without C."""


def entry_text(entry: Entry) -> str:
    """Return the text that an entry's hash is computed from: a compact JSON array, easy to make in any language."""
    fields = [
        entry.prev_hash,
        entry.account_id,
        entry.seq,
        entry.transaction_id,
        entry.type,
        entry.amount,
        entry.currency,
        entry.balance_after,
        entry.created_at,
    ]
    return compact(fields)


def entry_hash(entry: Entry) -> str:
    return text_hash(entry_text(entry))


def digest(fields: object) -> str:
    """Return the hexadecimal SHA-256 of the compact JSON of some fields."""
    return text_hash(compact(fields))


def compact(fields: object) -> str:
    """Return JSON without spaces, object keys sorted."""
    return "".join(_encode(fields, 0)) if _encode else _ENCODER.encode(fields)


def text_hash(text: str) -> str:
    """Return the hexadecimal SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()
