"""The command line. `make help` lists the targets that call it."""

import argparse
import fcntl
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from infra import commands
from infra.emulator.checkout import on_its_port
from infra.emulator.ports import PORT_MAX
from infra.errors import CommandError
from infra.progress import complain, say
from infra.settings import DEFAULT_PORT, STAGES, TARGETS, Settings


def main(arguments: list[str]) -> int:
    """Run one command. Return 0 if it succeeded."""
    options = _parser().parse_args(arguments)
    if options.target != "aws":
        os.environ.pop("AWS_PROFILE", None)  # the shell's, which boto3 would look for even for an emulator
    try:
        with _alone(options.command):
            commands.COMMANDS[options.command](_settings(options))
    except CommandError as error:
        complain(error.problem, error.advice)
        return 1
    except (BotoCoreError, ClientError) as error:
        complain(f"AWS or the emulator returned an error: {error}", _advice(options.target))
        return 1
    except KeyboardInterrupt:
        complain("Stopped.", "Run the same command again to continue.")
        return 130
    return 0


@contextmanager
def _alone(command: str) -> Iterator[None]:
    """Make commands that change something wait for one another: two at once would write the same files."""
    if command in commands.READING:
        yield
        return
    folder = Path.cwd() / ".florin"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command is running in this checkout; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _advice(target: str) -> str:
    if target == "aws":
        return "Check this shell's credentials, their permissions and the region; then run the command again."
    return (
        "The emulator's log is .florin/emulator/emulator.log. Run the command again; if that fails: make down, make up"
    )


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m infra", description="Build, deploy and run the bank.")
    parser.add_argument("command", choices=sorted(commands.COMMANDS))
    parser.add_argument("--stage", choices=STAGES, default="local")
    parser.add_argument("--target", choices=TARGETS, default="embedded")
    parser.add_argument("--port", type=_port, help="the emulator's port (default: where it runs, or 4566)")
    parser.add_argument("--with-layer", action="store_true", help="pack dependencies in a layer for `local` too")
    parser.add_argument("--admin-email", default=Settings.admin_email, help="the first admin's (default: %(default)s)")
    parser.add_argument("--size", type=_people, default=Settings.sandbox_people, help="number of generated people")
    parser.add_argument("--brief", action="store_true", help="`up` does not tell how to use the bank")
    parser.add_argument("--follow", action="store_true", help="`logs` goes on with the lines to come")
    parser.add_argument("--id", default="", help="`logs` prints only lines with this id, such as a request's")
    parser.add_argument("--minutes", type=_minutes, default=Settings.log_minutes, help="how far back `logs` looks")
    parser.add_argument("--customer", default="", help="the erased customer whose retained identity is opened")
    parser.add_argument("--reason", default="", help="the legal purpose for which it is opened")
    parser.add_argument("--at", default="", help="the moment to which the tables are restored (default: the latest)")
    parser.add_argument("--plan", action="store_true", help="`deploy` shows the change set and leaves it")
    parser.add_argument("--change-set", default="", help="`deploy` executes this change set, which was approved")
    parser.add_argument("--force", action="store_true", help="`deploy` does not heed alarms, such as one that rings")
    parser.add_argument(
        "--all-at-once", action="store_true", help="`deploy` sends all requests to new versions at once"
    )
    parser.add_argument("--leaked", action="store_true", help="the key has leaked: its tokens end at once")
    parser.add_argument("--keep", action="store_true", help="the restored tables are not deleted")
    parser.add_argument("--alarms", default="", help="`deploy` makes the alarms that wake someone (wake), or all")
    parser.add_argument("--on-call", default="", help="the e-mail address or https URL that waking alarms call")
    parser.add_argument("--tickets", default="", help="the same for all other alarms")
    parser.add_argument("--budget", type=int, default=0, help="dollars a month of which a message tells")
    parser.add_argument("--caught-up", action="store_true", help="the stream has delivered everything")
    return parser


class Parser(argparse.ArgumentParser):
    """Speaks of the variables of the Makefile, which most callers have set: PORT for --port."""

    def error(self, message: str) -> NoReturn:
        named = re.sub(r"argument --([a-z-]+): ", lambda found: found[1].upper().replace("-", "_") + ": ", message)
        complain(named, "`make help` and docs/commands.md list commands and variables.")
        sys.exit(2)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= PORT_MAX:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to {PORT_MAX}, not {text!r}")
    return int(text)


def _people(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"SIZE is a number of people, such as 20, not {text!r}") from None


def _minutes(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"MINUTES is a number of minutes, such as 120, not {text!r}")
    return int(text)


def _settings(options: argparse.Namespace) -> Settings:
    settings = Settings(
        stage=options.stage,
        target=options.target,
        port=options.port or DEFAULT_PORT,
        is_port_given=options.port is not None,
        with_layer=options.with_layer,
        admin_email=options.admin_email,
        sandbox_people=options.size,
        caught_up=options.caught_up,
        is_brief=options.brief,
        follow=options.follow,
        log_id=options.id,
        log_minutes=options.minutes,
        customer_id=options.customer,
        reason=options.reason.strip(),
        at=options.at.strip(),
        keep=options.keep,
        is_leaked=options.leaked,
        plan=options.plan,
        change_set=options.change_set,
        force=options.force,
        is_all_at_once=options.all_at_once,
        alarms=options.alarms,
        on_call=options.on_call,
        tickets=options.tickets,
        budget=options.budget,
        root=Path.cwd(),
        build_root=Path.cwd() / "build",
        state_root=Path.cwd() / ".florin",
    )
    return on_its_port(settings, options.port)
