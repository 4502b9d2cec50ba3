"""Opens what is retained of an erased customer, for a legal purpose; leaves an audit record of who, whom and why."""

import getpass
import json
import sys
import uuid

from chalicelib import aws
from chalicelib.domain import permissions
from chalicelib.domain.errors import NotFound
from chalicelib.services.privacy import retention


def main(arguments: list[str]) -> int:
    """Print the identity of a customer. Return 1 if nothing is retained."""
    customer_id, reason = arguments
    caller = permissions.system(request_id=str(uuid.uuid4()))
    try:
        identity = retention.open_identity(caller, customer_id, _operator(), reason)
    except NotFound as error:
        print(error.detail, file=sys.stderr)
        return 1
    print(json.dumps(identity, indent=2, ensure_ascii=False))
    return 0


def _operator() -> str:
    """Return the operator's identity at AWS, which nobody can choose, and the name of the account on this machine."""
    return f"{aws.client('sts').get_caller_identity()['Arn']} ({getpass.getuser()})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
