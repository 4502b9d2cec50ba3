"""Text that people wrote, in files that a spreadsheet may open."""

FORMULA_SIGNS = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
"""A spreadsheet takes a text for a formula by these, and their wide forms (OWASP, CSV injection)."""


def harmless(text: str | None) -> str:
    """Such that no spreadsheet computes it: some skip spaces, so one that begins with them is looked at behind them."""
    if not text:
        return ""
    return f"'{text}" if text.lstrip().startswith(FORMULA_SIGNS) or text[0] in "\t\r\n" else text
