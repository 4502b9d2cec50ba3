"""Where the item is stored that the subject of an event names."""

import re
from collections.abc import Mapping

from chalicelib.models import keys
from chalicelib.models.item import Key

KEYS: Mapping[str, Key] = {
    "transactions/{0}": ("TXN#{0}", "TXN"),
    "transactions/{0}/payment": ("PAYMENT#{0}", "PAYMENT"),
    "payment-files/{0}": ("PAYMENT_FILE#{0}", "FILE"),
    "accounts/{0}": (keys.account("{0}"), "ACCOUNT"),
    "accounts/{0}/holders/{1}": (keys.account("{0}"), "HOLDER#{1}"),
    "accounts/{0}/shortfalls/{1}": (keys.account("{0}"), "SHORTFALL#{1}"),
    "accounts/{0}/statements/{1}": (keys.account("{0}"), "STATEMENT#{1}"),
    "standing-orders/{0}": ("ORDER#{0}", "ORDER"),
    "standing-orders/{0}/executions/{1}": ("ORDER#{0}", "EXECUTION#{1}"),
    "customers/{0}": (keys.customer("{0}"), "CUSTOMER"),
    "customers/{0}/invitation": ("INVITATION#{0}", "INVITATION"),
    "interest-runs/{0}": ("INTEREST#{0}", "RUN"),
    "tickets/{0}": ("TICKET#{0}", "TICKET"),
    "announcements/{0}": ("ANNOUNCEMENT#{0}", "ANNOUNCEMENT"),
    "reports/risk/{0}": ("ALERT#{0}", "ALERT"),
    "audit/digests/{1}": ("SEALED", "DIGEST#{1}"),
    "users/{0}/logins/{1}": (keys.user("{0}"), "LOGIN#{1}"),
}
"""Keys of items by the subjects of their events; the ids are the same in both."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def item_of(subject: str) -> Key | None:
    """Return the key of the item that a subject names, or None if nothing can have such a subject."""
    words = subject.split("/")
    for template, (partition, sort) in KEYS.items():
        pattern = template.split("/")
        if len(pattern) == len(words) and all(_fits(*pair) for pair in zip(pattern, words, strict=True)):
            found = {part: word for part, word in zip(pattern, words, strict=True) if part.startswith("{")}
            ids = [found.get(place, "") for place in ("{0}", "{1}")]
            return partition.format(*ids), sort.format(*ids)
    return None


def _fits(part: str, word: str) -> bool:
    return _ID.fullmatch(word) is not None if part.startswith("{") else part == word
