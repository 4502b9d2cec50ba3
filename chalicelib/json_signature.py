"""Signs requests that are posted to services that speak JSON: Signature Version 4 of AWS.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from botocore import UNSIGNED
from botocore.auth import SIGNED_HEADERS_BLACKLIST
from botocore.compat import get_current_datetime
from botocore.exceptions import NoCredentialsError

from chalicelib.http_session import name_host

ALGORITHM = "AWS4-HMAC-SHA256"
NOT_SIGNED = frozenset(SIGNED_HEADERS_BLACKLIST)
"""Headers that may change on the way."""


class Signer:
    """Signs as `usual`, a signer of botocore, does: for its service and region, with its credentials as they are now.

    Botocore's derives the key of a day anew for each request, and takes the headers apart twice.
    """

    def __init__(self, usual: Any):
        self._usual = usual

    def sign(self, request: Any, operation: str) -> None:
        """Add the headers that say whose request it is, unless a handler of `choose-signer` wants none.

        Raises NoCredentialsError.
        """
        usual = self._usual
        if usual._choose_signer(operation, "standard", request.context) is UNSIGNED:  # noqa: SLF001 — as botocore asks
            return
        credentials = usual._credentials and usual._credentials.get_frozen_credentials()  # noqa: SLF001 — as above
        if credentials is None:
            raise NoCredentialsError
        moment, place = get_current_datetime().strftime("%Y%m%dT%H%M%SZ"), (usual.region_name, usual.signing_name)
        request.headers["X-Amz-Date"] = moment
        if credentials.token:
            request.headers["X-Amz-Security-Token"] = credentials.token
        names, canonical = _canonical(request)
        scope = "/".join((moment[:8], *place, "aws4_request"))
        text = "\n".join((ALGORITHM, moment, scope, sha256(canonical).hexdigest()))
        signature = hmac.digest(_key(credentials.secret_key, moment[:8], *place), text.encode(), "sha256").hex()
        request.headers["Authorization"] = (
            f"{ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )


def _canonical(request: Any) -> tuple[str, bytes]:
    """Return the names of the headers that are signed, and the request as it is signed."""
    headers = {name.lower(): " ".join(value.split()) for name, value in request.headers.items()}
    url = urlsplit(request.url)
    headers["host"] = name_host(url)
    names = sorted(headers.keys() - NOT_SIGNED)
    signed = ";".join(names)
    lines = [request.method, url.path or "/", "", *(f"{name}:{headers[name]}" for name in names), "", signed]
    return signed, "\n".join((*lines, sha256(request.body).hexdigest())).encode()


@lru_cache(maxsize=16)
def _key(secret_key: str, day: str, region: str, service: str) -> bytes:
    """Return the key of a day, a region and a service, which does not tell the secret that it comes from."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
