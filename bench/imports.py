"""What starting a function costs: the CPU time of its imports, each in a new process.

Packages carry bytecode, so a function compiles nothing. The last line has what it costs to compile at each start.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 7
PACKAGES = 5
MEASURED = "import time; started = time.process_time()\n{}\nprint((time.process_time() - started) * 1000)"
LOADS = {
    "import boto3": "import boto3",
    "import app": "import app",
    "… and what authorize needs": "import app, chalicelib.services.identity.authenticate",
    "… and what the transfer's task needs": "import app, chalicelib.services.payments.transfer_steps",
    "… and what the audit trail needs": "import app, chalicelib.services.audit.audit_consumer",
    "… and what the API's first deposit needs": "import app, chalicelib.handlers.payments.cash",
}
WHOLE_API = LOADS["… and what the API's first deposit needs"]
COMPILED_ANEW = "… all of that, compiled at the start"
_TIMED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*([\w.]+)")


@dataclass(frozen=True)
class Start:
    """CPU time in milliseconds, the best of the rounds."""

    name: str
    cpu_ms: float


def starts() -> list[Start]:
    """Of each load, round by round, so that a busy moment of the machine hits all alike."""
    with tempfile.TemporaryDirectory(prefix="florin-bench-") as folder:
        compiled, absent = bytecode_in(Path(folder)), bytecode_in(None)
        for statement in LOADS.values():
            _python(compiled, "-c", statement)  # compiles, and keeps that
        loads = {name: (compiled, statement) for name, statement in LOADS.items()} | {
            COMPILED_ANEW: (absent, WHOLE_API)
        }
        rounds = [{name: _cpu_ms(*load) for name, load in loads.items()} for _ in range(ROUNDS)]
    return [Start(name, min(one[name] for one in rounds)) for name in loads]


def dearest_packages() -> list[tuple[str, float]]:
    """Packages that take most of loading all that a deposit needs, with their milliseconds by -X importtime."""
    with tempfile.TemporaryDirectory(prefix="florin-bench-") as folder:
        compiled = bytecode_in(Path(folder))
        _python(compiled, "-c", WHOLE_API)
        told = _python(compiled, "-X", "importtime", "-c", WHOLE_API).stderr
    spent: Counter[str] = Counter()
    for microseconds, module in _TIMED.findall(told):
        spent[module.partition(".")[0]] += int(microseconds)
    return [(package, total / 1000) for package, total in spent.most_common(PACKAGES)]


def bytecode_in(folder: Path | None) -> dict[str, str]:
    """Return an environment in which Python keeps bytecode in a folder, or has none and keeps none."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if folder:
        return kept | {"PYTHONPYCACHEPREFIX": str(folder)}
    return kept | {"PYTHONPYCACHEPREFIX": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"}


def _cpu_ms(environment: dict[str, str], statement: str) -> float:
    return float(_python(environment, "-c", MEASURED.format(statement)).stdout)


def _python(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True)
