"""The hash chain that each account's entries form."""

import hashlib
import json

from chalicelib.domain.entry import Entry

GENESIS = "0" * 64
"""What the first entry of an account names as its predecessor."""


def entry_hash(entry: Entry) -> str:
    """SHA-256 over a compact JSON array, UTF-8, no spaces: whoever has the entries can compute it in any language."""
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
    return digest(fields)


def digest(fields: object) -> str:
    """The hexadecimal SHA-256 of the compact JSON of some fields; object keys sorted, text as UTF-8."""
    text = json.dumps(fields, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
