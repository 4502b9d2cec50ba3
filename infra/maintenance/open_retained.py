"""Opens what is retained of an erased customer, for a legal purpose; leaves an audit record of who, whom and why."""

import json
import sys
import uuid

from chalicelib.domain import permissions
from chalicelib.domain.errors import NotFound
from chalicelib.services.privacy import retention
from infra.maintenance.operator import operator


def main(arguments: list[str]) -> int:
    """Print the identity of a customer. Return 1 if nothing is retained."""
    customer_id, reason = arguments
    caller = permissions.system(request_id=str(uuid.uuid4()))
    try:
        identity = retention.open_identity(caller, customer_id, operator(), reason)
    except NotFound as error:
        print(error.detail, file=sys.stderr)
        return 1
    print(json.dumps(identity, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
