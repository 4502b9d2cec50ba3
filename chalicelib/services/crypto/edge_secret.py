"""The secret that the console's distribution sends with each request which it passes on to the API."""

import hmac

from chalicelib import resources
from chalicelib.services.crypto import bank_keys


def matches(given: str) -> bool:
    """Return whether a header has the secret. Without a distribution there is none, and nothing matches."""
    name = resources.edge_secret_name()
    return bool(name) and hmac.compare_digest(bank_keys.fetch(name).encode(), given.encode(errors="replace"))
