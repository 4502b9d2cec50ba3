"""Caching of responses by clients (RFC 9110 and 9111)."""

import hashlib
from collections.abc import Mapping
from typing import Literal

from chalicelib.services import reference_cache

CacheScope = Literal["public", "private"]
"""Who may keep an answer: everybody on its way, or only the client that asked, since it took a token."""


def headers(text: str, cache_scope: CacheScope) -> dict[str, str]:
    """Return ETag and Cache-Control of a response, which may be cached as long as the bank caches what it has read."""
    etag = hashlib.sha256(text.encode()).hexdigest()[:32]
    return {"ETag": f'"{etag}"', "Cache-Control": f"{cache_scope}, max-age={reference_cache.seconds_left()}"}


def is_known(etag: str, asked: Mapping[str, str]) -> bool:
    """Return whether the client's If-None-Match names this version of the response."""
    sent = asked.get("if-none-match", "")
    known = {one.strip().removeprefix("W/") for one in sent.split(",")}
    return etag in known or sent.strip() == "*"
