"""What starting a function costs: the CPU time of its imports, each in a new process."""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass

ROUNDS = 7
PACKAGES = 5
MEASURED = "import time; started = time.process_time()\n{}\nprint((time.process_time() - started) * 1000)"
LOADS = {
    "import boto3": "import boto3",
    "import app": "import app",
    "… and what authorize needs": "import app, chalicelib.services.identity.authenticate",
    "… and what the transfer's task needs": "import app, chalicelib.services.payments.transfer_steps",
    "… and what the audit trail needs": "import app, chalicelib.services.audit.audit_consumer",
    "… and what the API's first deposit needs": "import app, chalicelib.handlers.payments.transactions",
}
WHOLE_API = LOADS["… and what the API's first deposit needs"]
_TIMED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*([\w.]+)")


@dataclass(frozen=True)
class Start:
    """CPU time in milliseconds, the best of the rounds."""

    name: str
    cpu_ms: float


def starts() -> list[Start]:
    """Of each load, round by round, so that a busy moment of the machine hits all alike."""
    rounds = [{name: _cpu_ms(statement) for name, statement in LOADS.items()} for _ in range(ROUNDS)]
    return [Start(name, min(one[name] for one in rounds)) for name in LOADS]


def dearest_packages() -> list[tuple[str, float]]:
    """Packages that take most of loading all that a deposit needs, with their milliseconds by -X importtime."""
    told = _python("-X", "importtime", "-c", WHOLE_API).stderr
    spent: Counter[str] = Counter()
    for microseconds, module in _TIMED.findall(told):
        spent[module.partition(".")[0]] += int(microseconds)
    return [(package, total / 1000) for package, total in spent.most_common(PACKAGES)]


def _cpu_ms(statement: str) -> float:
    return float(_python("-c", MEASURED.format(statement)).stdout)


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
