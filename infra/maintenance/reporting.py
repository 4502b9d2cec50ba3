"""Says in words what keeps a command from its work, without a traceback."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.domain.errors import BankError
from infra.errors import CommandError

BROKEN, UNDONE, STOPPED = 1, 3, 130
"""Exit codes: the work has found something wrong, could not be done, or was stopped."""


def print_result(work: Callable[[], str]) -> int:
    """Print what the work returns. Return 0, or the code of `exit_code_of` if it fails."""

    def print_it() -> int:
        print(work())
        return 0

    return exit_code_of(print_it)


def exit_code_of(work: Callable[[], int]) -> int:
    """Return the work's own exit code; if it fails for a reason that an operator can remove, print the reason."""
    try:
        return work()
    except CommandError as error:
        print(f"{error.problem}\n{error.advice}", file=sys.stderr)
    except BankError as error:
        print(error.detail, file=sys.stderr)
    except (BotoCoreError, ClientError, PynamoDBException) as error:
        print(f"AWS or the emulator returned an error: {error}", file=sys.stderr)
    except KeyboardInterrupt:  # the calling command says how to go on
        return STOPPED
    return UNDONE
