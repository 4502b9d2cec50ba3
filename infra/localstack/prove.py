"""`make prove-localstack`: deploys the bank to LocalStack, tries it there, and writes what is proven to docs/homes.md.

Without --port it installs LocalStack's open runtime and starts it on a free port. With --port it proves the LocalStack
that answers there, in an account of its own, and writes nothing.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

from infra import commands, logs
from infra.demo import commands as demo
from infra.demo.own_bank import random_account
from infra.deploy import change_set, teardown
from infra.emulator.ports import free_port
from infra.errors import CommandError
from infra.localstack import homes
from infra.localstack.install import install
from infra.localstack.runtime import LocalStack
from infra.maintenance import commands as maintenance
from infra.progress import complain, say, step
from infra.settings import ROOT, Settings
from infra.targets import connect, health

TEST_SECONDS_MAX = 600
CORE_EDITION = "unknown"
"""What the open core says of itself."""
FLAWS = ("failure", "error", "skipped")
SETTLED_SECONDS = 61
"""Entries must be a minute old before they are sealed."""


@dataclass
class Proof:
    """A run of the proof on one LocalStack. `passed` has what was tried: steps, and files of tests."""

    settings: Settings
    folder: Path
    tests: list[str]
    runtime: LocalStack | None = None
    """The one that this command has started, and may stop."""
    passed: dict[str, bool] = field(default_factory=dict)

    def try_all(self) -> None:
        """Try all of it. Raises CommandError at the first step that fails; the tests run to their end."""
        self._try("up", lambda: commands.up(self.settings))
        posted_at = time.monotonic()
        self._try("again", self._deploy_again)
        self._try("demo", lambda: demo.demo(self.settings))
        self._try("status", lambda: commands.show_status(self.settings))
        with step(f"{len(self.tests)} files of tests"):
            self._try_tests()
        time.sleep(max(0, SETTLED_SECONDS - (time.monotonic() - posted_at)))
        self._try("seal", lambda: maintenance.seal(self.settings))
        self._try("verify", lambda: maintenance.verify(self.settings))
        self._try("logs", self._read_logs)
        if self.runtime:
            self._try("stop", partial(self._stop, self.runtime))

    def _try(self, name: str, action: Callable[[], None]) -> None:
        say(f"\n== {name}")
        self.passed[name] = False
        action()
        self.passed[name] = True

    def _deploy_again(self) -> None:
        with step("Deploy the same again"):
            if change_set.deploy(connect(self.settings), self.settings):
                raise CommandError("An unchanged stack was deployed again.", "It must be left as it is.")
            say("    unchanged")

    def _read_logs(self) -> None:
        lines = list(logs.log_lines(connect(self.settings), self.settings))
        if not lines:
            raise CommandError("No function has logged anything.", "")
        say(f"  {len(lines)} lines, the last one:\n  {lines[-1][:110]}")

    def _stop(self, runtime: LocalStack) -> None:
        """Start it anew: the open core has kept nothing, as docs/homes.md says."""
        with step("Stop LocalStack and start it again"):
            runtime.stop()
            runtime.start()
            if connect(self.settings).client("cloudformation").describe_stacks()["Stacks"]:
                raise CommandError(
                    "LocalStack has kept a stack.", "Correct docs/homes.md, which says that it keeps none."
                )
            say("    it has kept nothing")

    def _try_tests(self) -> None:
        """Run the tests in an account of their own, in one process: each deployment takes more than a minute."""
        report = self.folder / "tests.xml"
        environment = os.environ | {"LOCALSTACK_PORT": str(self.settings.port)}
        environment["DYNAMODB_ENDPOINT"] = f"http://127.0.0.1:{self.settings.port}"
        command = [sys.executable, "-m", "pytest", f"--timeout={TEST_SECONDS_MAX}", f"--junitxml={report}"]
        subprocess.run([*command, *self.tests], env=environment, cwd=ROOT, check=False)
        self.passed |= results(report, self.tests)


def results(report: Path, files: list[str]) -> dict[str, bool]:
    """Return whether each file of tests has passed, by pytest's report: some test ran in it, and none failed."""
    if not report.exists():
        return dict.fromkeys(files, False)
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 — our own file
    found = {}
    for file in files:
        name = file.removesuffix(".py").replace("/", ".")
        own = [case for case in cases if case.get("classname") == name]
        found[file] = bool(own) and all(case.find(flaw) is None for case in own for flaw in FLAWS)
    return found


@contextmanager
def localstack(port: int | None, folder: Path) -> Iterator[tuple[int, LocalStack | None]]:
    """The port of the LocalStack that answers there, or of one that runs while the block does."""
    if port is not None:
        yield port, None
        return
    with step("LocalStack's open runtime"):
        runtime = LocalStack(install(ROOT), folder / "localstack", free_port())
        runtime.start()
        say(f"    at {runtime.url}, its log in {runtime.log_file}")
    try:
        yield runtime.port, runtime
    finally:
        runtime.stop()


def prove(port: int | None) -> int:
    """Return 0 when every capability is proven."""
    folder = ROOT / "build" / "prove-localstack"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.monotonic()
    with localstack(port, folder) as (at, runtime):
        settings = Settings(target="localstack", port=at, is_port_given=True, state_root=folder / "state")
        settings = replace(settings, account_id=random_account())
        cloud = connect(settings)
        said = health(cloud.endpoint_url or "") or {}
        proof = Proof(settings, folder, homes.tests(is_core=said.get("edition") == CORE_EDITION), runtime)
        try:
            proof.try_all()
        except CommandError as trouble:
            complain(trouble.problem, trouble.advice)
        finally:
            if port is not None:
                teardown.remove(cloud, settings)
    seconds = int(time.monotonic() - started)
    return _conclude(proof, f"LocalStack {said.get('version')}", seconds, writes=port is None)


def _conclude(proof: Proof, name: str, seconds: int, *, writes: bool) -> int:
    failed = homes.failures(proof.passed)
    for one in homes.CAPABILITIES:
        mark = "·" if one.absent else "✗" if one.name in failed else "✓"
        say(f"  {mark} {one.name}" + (f": {one.absent}" if one.absent else ""))
    if failed:
        complain(f"Not proven on {name}:", "\n".join(failed))
        return 1
    if writes:
        core = name.replace("LocalStack", "LocalStack core") + ", host mode"
        table = homes.table(f"{datetime.now(UTC):%Y-%m-%d}", f"MiniStack {version('ministack')}", core)
        homes.write(ROOT / "docs" / "homes.md", table)
        say("  docs/homes.md has the table.")
    say(f"Proven on {name}, in {seconds // 60} minutes.")
    return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.localstack.prove", description=__doc__)
    parser.add_argument("--port", type=int, help="the port of a LocalStack on 127.0.0.1 that runs already")
    try:
        return prove(parser.parse_args(arguments).port)
    except CommandError as trouble:
        complain(trouble.problem, trouble.advice)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
