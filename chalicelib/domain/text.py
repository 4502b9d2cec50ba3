"""Text as it is compared: two that read the same should be the same."""

import unicodedata


def folded(text: str) -> str:
    """Without regard to case or to how Unicode writes a character; folding twice is folding once."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
