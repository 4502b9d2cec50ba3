"""Seed the demo bank, or tell its story: `python -m infra.demo seed`, with the bank's address in the environment.

`story` goes on with `payments`, and ends with `interest` and `orders`, which are told in banks of their own. Each can
be told alone.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import requests
from botocore.exceptions import BotoCoreError

from infra.demo import clearing_story, interest, seed, standing_order, story
from infra.demo.client import Admin, Client, Unexpected
from infra.demo.environment import home
from infra.errors import CommandError
from infra.progress import complain, say
from infra.targets import connect


def tell_all(bank: Client, admin: Admin) -> None:
    story.tell(bank, admin)
    tell_payments(bank, admin)
    interest.tell(home(os.environ))
    standing_order.tell(home(os.environ))


def tell_payments(bank: Client, admin: Admin) -> None:
    settings = home(os.environ)
    clearing_story.tell(bank, admin, connect(settings), settings.stage)


def make_demo_bank(bank: Client, admin: Admin) -> None:
    """Make it, and write its facts to the file that the calling command reads."""
    if seeded := seed.seed(bank, admin):
        Path(os.environ["BANK_DEMO_FILE"]).write_text(json.dumps(asdict(seeded)))


PARTS: dict[str, Callable[[Client, Admin], None]] = {
    "seed": make_demo_bank,
    "story": tell_all,
    "payments": tell_payments,
    "interest": lambda *_: interest.tell(home(os.environ)),
    "orders": lambda *_: standing_order.tell(home(os.environ)),
}


def main(arguments: list[str]) -> int:
    """Return 0 if every response was as expected."""
    if len(arguments) != 1 or arguments[0] not in PARTS:
        complain(f"Usage: python -m infra.demo {'|'.join(PARTS)}")
        return 2
    if os.environ["BANK_STAGE"] != "local":
        say("  The demo bank's passwords are public, so it exists in stage local only.")
        return 0
    admin = Admin(os.environ["BANK_ADMIN_EMAIL"], os.environ["BANK_ADMIN_PASSWORD"])
    try:
        PARTS[arguments[0]](Client(os.environ["BANK_URL"]), admin)
    except Unexpected as unexpected:
        complain(str(unexpected))
        return 1
    except CommandError as error:
        complain(error.problem, error.advice)
        return 1
    except (requests.RequestException, BotoCoreError) as error:
        complain(f"The bank does not respond: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
