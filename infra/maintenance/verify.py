"""Verifies the bank: exit code 0 when everything holds, 1 when something is broken, 3 when it could not be read."""

import sys

from chalicelib.services.verification import verify_by_links
from chalicelib.services.verification.verify import Verdict
from infra.maintenance.processes import in_processes, prepare
from infra.maintenance.reporting import exit_code_of
from infra.maintenance.scans import SCANS
from infra.progress import list_counts, live_line


def main(arguments: list[str]) -> int:
    """Verify the bank, or restored tables: `--restored-to` names the moment of which they are."""
    return exit_code_of(lambda: _verify(arguments))


def _verify(arguments: list[str]) -> int:
    prepare()
    restored_to = arguments[1] if arguments[:1] == ["--restored-to"] else None
    with in_processes() as spread:
        verdict = verify_by_links.verify(live_line(), SCANS, with_archive=True, spread=spread, restored_to=restored_to)
    print_verdict(verdict)
    return 0 if verdict.ok else 1


def print_verdict(verdict: Verdict) -> None:
    """Print what was checked, and the first broken link, if any."""
    print(f"Checked: {list_counts(vars(verdict.checked))}")
    if verdict.late:
        print(f"Report totals are behind: {verdict.late} transactions and labels are not counted yet.")
    if verdict.broken:
        print(f"BROKEN: {verdict.broken.where}")
        print(f"  expected: {verdict.broken.expected}\n  found:    {verdict.broken.found}")
    else:
        print("The ledger and its audit trail hold.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
