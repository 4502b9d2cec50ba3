"""The secret that the console's distribution sends with each request which it passes on to the API."""

import hmac

from cachetools.func import ttl_cache

from chalicelib import aws, config
from chalicelib.services.crypto import bank_keys


def matches(given: str) -> bool:
    """Return whether a header has the secret. Without a distribution there is none, and nothing matches."""
    name = config.edge_secret_name()
    return bool(name) and hmac.compare_digest(_secret(name).encode(), given.encode(errors="replace"))


@ttl_cache(maxsize=1, ttl=bank_keys.KEPT_SECONDS)
def _secret(name: str) -> str:
    client = aws.client("secretsmanager", read_timeout_seconds=bank_keys.READ_TIMEOUT_SECONDS)
    with aws.translate_read_errors():
        return str(client.get_secret_value(SecretId=name)["SecretString"])


def forget() -> None:
    """Fetch the secret anew at the next use."""
    _secret.cache_clear()
