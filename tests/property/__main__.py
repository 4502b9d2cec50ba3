"""Prove the ledger for as long as asked: `make prove`, `make prove MINUTES=30`, `make prove EXAMPLES=1000 SEED=7`.

With `FAULTS=0.3` that share of the calls of DynamoDB goes wrong, in every way of tests/faults/plan.py.

Each round has a seed of its own, drawn from the run's. A failure is shrunk, printed as plain calls, and kept: the next
run begins with it.
"""

import io
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.models import connection
from chalicelib.observability import logger
from infra.settings import ROOT
from tests.engine import running_engine
from tests.faults.hook import faulty_client
from tests.faults.machine import FaultyMachine
from tests.faults.plan import RATE_MAX, Plan
from tests.property.bank import SETTINGS
from tests.property.machine import THOROUGH, LedgerMachine, Totals, seeded

MINUTES = 5.0
EXAMPLES_A_ROUND = 10
FAILURES = ROOT / "build" / "prove"


def main() -> int:
    """0 when nothing was found, 1 when something was."""
    examples = int(os.environ.get("EXAMPLES") or 0)
    minutes = float(os.environ.get("MINUTES") or MINUTES)
    rate = float(os.environ.get("FAULTS") or 0)
    if not 0 <= rate <= RATE_MAX:
        print(f"FAULTS is a share of the calls, from 0 to {RATE_MAX}.", file=sys.stderr)
        return 2
    first_seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    logger.setLevel("CRITICAL")
    with tempfile.TemporaryDirectory() as folder, running_engine(Path(folder) / "engine") as engine:
        os.environ.update(engine.environment() | SETTINGS | {"AWS_DEFAULT_REGION": "us-east-1"})
        connection.forget()
        again = f"make prove SEED={first_seed}" + (f" FAULTS={rate:g}" if rate else "")
        print(f"Engine  {engine}\nSeed    {first_seed}, to do the same again: {again}")
        print(f"Until   {f'{examples} examples' if examples else f'{minutes:g} minutes'} are done", flush=True)
        started = time.monotonic()
        with _machine(rate) as machine:
            failure = _rounds(machine, first_seed, examples, started + minutes * 60)
        seconds = time.monotonic() - started
    print(f"Done    {Totals.examples} examples, {Totals.steps} steps, each compared and proven, in {seconds:.0f} s")
    if failure is None:
        print("The ledger does what the model does.")
        return 0
    traceback.print_exception(failure)
    print(f"FOUND: the ledger does not do what the model does. The next `make prove` tries this first ({FAILURES}).")
    return 1


@contextmanager
def _machine(rate: float) -> Iterator[type[LedgerMachine]]:
    """What is to be run; behind a faulty line, what happened there is told in the end."""
    if not rate:
        yield LedgerMachine
        return
    plan = Plan(0, rate)
    with faulty_client(plan) as FaultyMachine.line:
        yield FaultyMachine
    happened = ", ".join(f"{count} {fault}" for fault, count in plan.happened.most_common())
    undecided = ", ".join(f"{count} {code}" for code, count in FaultyMachine.undecided.most_common())
    print(f"Faults  {happened or 'none'}\nTold    {undecided or 'everything at the first try'}")


def _rounds(machine: type[LedgerMachine], first_seed: int, examples: int, deadline: float) -> BaseException | None:
    seeds = random.Random(first_seed)
    while Totals.examples < examples if examples else time.monotonic() < deadline:
        wanted = min(EXAMPLES_A_ROUND, examples - Totals.examples) if examples else EXAMPLES_A_ROUND
        failure = _round(machine, seeds.randrange(2**32), wanted)
        if failure:
            return failure
    return None


def _round(kind: type[LedgerMachine], number: int, examples: int) -> BaseException | None:
    chosen = settings(THOROUGH, max_examples=examples, database=DirectoryBasedExampleDatabase(FAILURES))
    machine = seeded(kind, number)
    with redirect_stdout(io.StringIO()):  # the metrics of every transaction
        try:
            run_state_machine_as_test(machine, settings=chosen)
        except Exception as failure:  # noqa: BLE001 — whatever it is, it was found
            return failure
    return None


if __name__ == "__main__":
    sys.exit(main())
