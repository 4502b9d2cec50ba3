"""Runs the tests of rules and endpoints as if it were another moment: `python -m tests.moments [MOMENT …]`.

A test that holds at noon may fail in the evening, at the end of a month or while clocks change, and so may the bank.
The clock goes on from the moment. A bank in processes of its own would not follow it, so folders with one are left out.
"""

import subprocess
import sys
from datetime import datetime

import pytest
import time_machine

MOMENTS = {
    "2026-11-30T17:30Z": "after the last attempt at a day's orders",
    "2026-12-05T03:00Z": "on a Saturday",
    "2026-12-25T10:00Z": "on a holiday",
    "2026-12-31T23:20Z": "next year at the bank, this year in UTC",
    "2027-02-28T15:30Z": "at the end of the shortest month",
    "2027-03-28T00:58Z": "two minutes before summer time",
    "2027-10-30T22:30Z": "on a day of 25 hours",
    "2028-02-29T05:00Z": "on a leap day",
}
TESTS = ("tests/unit", "tests/api")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--moment", required=True, help="when the tests begin, such as 2027-03-28T00:58Z")


def pytest_configure(config: pytest.Config) -> None:
    time_machine.travel(datetime.fromisoformat(config.option.moment), tick=True).start()


def main(moments: list[str]) -> int:
    """Run the tests once a moment; return how many of the runs have failed."""
    failed = 0
    for moment in moments or MOMENTS:
        print(f"{moment}: {MOMENTS.get(moment, 'as asked')}", flush=True)
        options = ["-p", "tests.fork_workers", "-p", "tests.moments", "--moment", moment, "--hypothesis-profile=brief"]
        failed += subprocess.run([sys.executable, "-m", "pytest", *options, *TESTS], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
