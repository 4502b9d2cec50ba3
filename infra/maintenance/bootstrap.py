"""Makes what a fresh stage needs before anyone can sign in; the first admin comes as JSON on standard input."""

import json
import sys

from chalicelib.services.operations import bootstrap, rebuild


def main() -> None:
    admin = json.load(sys.stdin)
    bootstrap.ensure_head_office_and_admin(admin["email"], admin["password"])
    rebuild.ensure()


if __name__ == "__main__":
    main()
