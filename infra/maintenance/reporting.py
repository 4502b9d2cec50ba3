"""Says in words what keeps a command from its work, without a traceback."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import BankError
from infra.errors import CommandError

STOPPED = 130


def print_result(work: Callable[[], str]) -> int:
    """Print what the work returns. Return 1 if it fails for a reason that the operator can remove, and print that."""
    try:
        print(work())
    except CommandError as error:
        print(f"{error.problem}\n{error.advice}", file=sys.stderr)
        return 1
    except BankError as error:
        print(error.detail, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"AWS or the emulator returned an error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # the calling command says how to go on
        return STOPPED
    return 0
