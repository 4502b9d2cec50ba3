"""Text as it is compared: two that read the same should be the same."""

import unicodedata


def folded(text: str) -> str:
    """Return text for comparison without case or Unicode encoding; folding twice gives the same as once."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
