"""Text that people wrote, in files that a spreadsheet may open."""

FORMULA_SIGNS = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
"""A spreadsheet takes a text for a formula by these, and their wide forms (OWASP, CSV injection)."""


def harmless(text: str | None) -> str:
    """Return text that no spreadsheet evaluates. Some skip spaces, so leading spaces do not count."""
    if not text:
        return ""
    return f"'{text}" if text.lstrip().startswith(FORMULA_SIGNS) or text[0] in "\t\r\n" else text
