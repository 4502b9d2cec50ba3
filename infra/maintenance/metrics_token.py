"""Prints a token of the role `metrics`, for the program that reads GET /v1/metrics; leaves an audit record of who."""

import sys
import uuid

from chalicelib.domain import permissions
from chalicelib.services.identity import metrics_tokens
from infra.maintenance.operator import operator
from infra.maintenance.reporting import print_result


def main() -> int:
    """Print a new token, alone on its line. Return UNDONE if there is none."""
    return print_result(lambda: metrics_tokens.issue(permissions.system(request_id=str(uuid.uuid4())), operator()))


if __name__ == "__main__":
    sys.exit(main())
