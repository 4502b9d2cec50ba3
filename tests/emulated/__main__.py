"""Measure many writers of one account on the emulator, in processes: python -m tests.emulated [--json] [SECONDS].

It takes some minutes, and both cores. `python -m bench hot` makes a page of it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.emulated.writers import Asked, Done

SETTINGS = {"FLORIN_STAGE": "unit", "LEDGER_SHARDS": "1", "LOG_LEVEL": "CRITICAL", "AWS_DEFAULT_REGION": "us-east-1"}
PROCESSES = 4
START_SECONDS = 6.0
"""Until every process has loaded the bank."""
WARM_SECONDS = 2.0
"""In which the rush of all at once is over, and all processes know that the account is busy."""
STAT_USER, STAT_SYSTEM = 11, 12
"""Fields of `/proc/PID/stat` after the name: CPU time in ticks."""


@dataclass(frozen=True)
class Run:
    """How many write in how many processes, and whether in groups."""

    writers: int
    processes: int = PROCESSES
    in_groups: bool = True

    @property
    def name(self) -> str:
        return f"{self.writers} in {self.processes}{'' if self.in_groups else ', each by itself'}"


RUNS = (
    Run(32, in_groups=False),
    Run(32),
    Run(32, processes=1),
    Run(128, in_groups=False),
    Run(128),
)


def measure(one: Run, seconds: float) -> dict[str, float]:
    """Return the figures of a run on an emulator of its own; CPU is of a post, in milliseconds."""
    from chalicelib.models import connection
    from tests.chaos.contention import new_accounts
    from tests.engine import running_engine

    folder = Path(tempfile.mkdtemp(prefix="florin-emulated-"))
    with running_engine(folder / "emulator") as engine, tempfile.NamedTemporaryFile() as locks:
        os.environ.update(engine.environment())
        connection.forget()
        payee, *payers = new_accounts(one.writers + 1)
        start = time.time() + START_SECONDS
        processes = [
            _begin(Asked(payee, payers[number :: one.processes], one.in_groups, start, seconds, locks.name))
            for number in range(one.processes)
        ]
        time.sleep(max(0.0, start - time.time()))
        before = _cpu_seconds(engine.process_id)
        done = [Done(**json.loads(process.communicate()[0].splitlines()[-1])) for process in processes]
        return _figures(done, _cpu_seconds(engine.process_id) - before)


def _begin(asked: Asked) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.emulated.writers", json.dumps(asdict(asked))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _cpu_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[STAT_USER]) + int(fields[STAT_SYSTEM])) / os.sysconf("SC_CLK_TCK")


def _figures(done: list[Done], emulator_seconds: float) -> dict[str, float]:
    writers = [[seconds for seconds, end in writer if end > WARM_SECONDS] for one in done for writer in one.posts]
    waited = sorted(seconds for writer in writers for seconds in writer)
    seconds, posts = max(one.seconds for one in done), sum(len(writer) for one in done for writer in one.posts)
    own_seconds = sum(one.cpu_seconds for one in done)
    return {
        "posts/s": len(waited) / (seconds - WARM_SECONDS),
        "p50 s": waited[len(waited) // 2],
        "p99 s": waited[int(len(waited) * 0.99)],
        "503": sum(one.given_up for one in done),
        "calls": sum(one.calls for one in done) / posts,
        "writers' CPU ms": 1000 * own_seconds / posts,
        "emulator's CPU ms": 1000 * emulator_seconds / posts,
        "cores": (own_seconds + emulator_seconds) / seconds,
        "fewest": min(map(len, writers)),
        "most": max(map(len, writers)),
    }


def main(seconds: float, *, as_json: bool) -> None:
    os.environ.update(SETTINGS)
    found = {one.name: measure(one, seconds) for one in RUNS}
    if as_json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(f"{name}:", ", ".join(f"{column} {figure:.2f}" for column, figure in figures.items()))


if __name__ == "__main__":
    arguments = [one for one in sys.argv[1:] if one != "--json"]
    main(float(arguments[0]) if arguments else 10.0, as_json="--json" in sys.argv)
