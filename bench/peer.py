"""CPU time of a deposit and a transfer beside a peer's: FastAPI, SQLAlchemy and PostgreSQL (`bench/peers`).

Both banks get their requests in turn, in one run, so that a busy moment of the machine hits both alike.
"""

import statistics
import subprocess
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.functions import Functions
from bench.measure import cpu_ms
from bench.operations import Bank
from bench.report import Section, table
from bench.stub import running_stub

COMMAND = "python -m bench peers"
ROUNDS, WARM_UP_ROUNDS = 120, 15
PEERS = Path(__file__).parent / "peers"
ENVIRONMENT = Path("build/peers")
OURS: Mapping[str, tuple[str, ...]] = {
    "deposit": ("deposit",),
    "transfer": ("transfer: start and answer", "transfer: post"),
}
"""By the peer's operation, those of this bank that a client waits for."""
RATIOS_MAX = {"deposit": 0.8, "transfer": 1.5}


@dataclass(frozen=True)
class Compared:
    """CPU milliseconds of an operation, the medians of the rounds; `ratio` is the median of the rounds' ratios."""

    operation: str
    ours_ms: float
    peer_ms: float
    ratio: float


def measure() -> list[Compared]:
    """Compare with the peer, whose environment is made at the first time."""
    ours: dict[str, list[float]] = {name: [] for name in OURS}
    peers: dict[str, list[float]] = {name: [] for name in OURS}
    with running_stub() as stub, _running_peer() as peer:
        functions = Functions()
        operations = {one.name: one for one in Bank(functions, stub).operations()}
        for number in range(WARM_UP_ROUNDS + ROUNDS):
            for name, steps in OURS.items():
                own = sum(cpu_ms(operations[step]) for step in steps)
                other = peer.ask(name)
                if number >= WARM_UP_ROUNDS:
                    ours[name].append(own)
                    peers[name].append(other)
    return [_compared(name, ours[name], peers[name]) for name in OURS]


def section(compared: list[Compared]) -> Section:
    """State both, and the ratio against the aim."""
    rows = [
        (
            one.operation,
            f"{one.ours_ms:.1f}",
            f"{one.peer_ms:.1f}",
            f"{one.ratio:.2f}",
            f"{RATIOS_MAX[one.operation]}",
            "met" if one.ratio <= RATIOS_MAX[one.operation] else "missed",
        )
        for one in compared
    ]
    notes = (
        f"CPU of the processes that a client waits for, in turn, {ROUNDS} rounds; databases are other processes.",
        "The peer checks token, session, body, key, owner, funds and limits, and posts two entries.",
        "It has no hash chain, screening, approvals, shards of cash or metrics.",
        "Requests reach both parsed: the gateway's work is not in it, nor is the ASGI server's.",
        "A transfer is two functions here, the API and the task of its workflow.",
    )
    header = ("operation", "ours, CPU ms", "the peer's", "ratio", "at most", "")
    return Section("CPU time beside a server with PostgreSQL", COMMAND, table(header, rows, words=(0, 5)), notes)


class _Peer:
    def __init__(self, process: subprocess.Popen[str]):
        self._process = process

    def ask(self, operation: str) -> float:
        """Return the CPU milliseconds of one request."""
        if self._process.stdin is None:
            raise AssertionError("The peer has no input.")
        self._process.stdin.write(f"{operation}\n")
        self._process.stdin.flush()
        return float(self.line())

    def line(self) -> str:
        return self._process.stdout.readline().strip() if self._process.stdout else ""


@contextmanager
def _running_peer() -> Iterator[_Peer]:
    command = [str(_python()), "-m", "bench.peers.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        peer = _Peer(process)
        if peer.line() != "ready":
            raise AssertionError("The peer has not started.")
        yield peer
        if process.stdin:
            process.stdin.close()


def _python() -> Path:
    """Return the interpreter of the peer's environment, which is made if it is not there."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", str(PEERS / "requirements.txt")], check=True)
    return python


def _compared(name: str, ours: list[float], peers: list[float]) -> Compared:
    ratio = statistics.median(own / other for own, other in zip(ours, peers, strict=True))
    return Compared(name, statistics.median(ours), statistics.median(peers), ratio)
