"""Prints a token of the role `metrics`, for the program that reads GET /v1/metrics."""

import sys

from chalicelib import clock
from chalicelib.services.identity import tokens


def main() -> int:
    print(tokens.issue_for_metrics(clock.now()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
