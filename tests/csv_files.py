"""CSV files of the bank, as a program reads them."""

import csv
import io

BOM = "\ufeff"


def rows_of(text: str, *, has_bom: bool = True) -> list[dict[str, str]]:
    """Return the rows by column, of a file that begins with a byte order mark or must not."""
    assert text.startswith(BOM) is has_bom, text[:40]
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM), newline="")))
