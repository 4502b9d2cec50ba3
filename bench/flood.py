"""How long a customer's transfer takes beside a flood of log-ins, at a deployed bank.

The flood comes from a process of its own, with wrong passwords at addresses and from networks that are new each time:
no count of failures stops it, only the rate of the route and the copies that a function may have.
"""

import math
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import requests

from bench.report import Section, table
from infra.demo.client import Client
from infra.demo.own_bank import OwnBank, own_bank
from infra.deploy.change_set import outputs
from infra.settings import Settings

COMMAND = "python -m bench flood"
THREADS = 32
PAUSE_SECONDS = 1
"""Of a thread between two guesses: the gateway itself, one process here, bears what they send together."""
TRANSFERS, WARM_UP_TRANSFERS = 30, 3
MEASURED_SECONDS_MAX = 20
"""Then a measurement ends, with fewer transfers."""
FLOODED_SECONDS_MIN = 10
"""Before the first transfer beside a flood: so long the functions that it needs start."""
UNDECIDED = (429, 502, 503, 504)
"""What a customer repeats under the key."""
SHARE = 25
"""The rate of log-ins is that of stage prod, divided by this: here functions share the cores of one machine."""
RATE, BURST = 50 // SHARE, 100 // SHARE
COPIES = {"api": 300, "authorize": 100, "transfer-task": 140}


@dataclass(frozen=True)
class Beside:
    """The seconds of each transfer, in order, and the statuses that the flood got meanwhile."""

    seconds: Sequence[float]
    flood: Counter[int]

    def percentile(self, percent: int) -> float:
        """Return the time within which so many of a hundred were posted."""
        return self.seconds[math.ceil(len(self.seconds) * percent / 100) - 1]


def measured_section() -> Section:
    """Deploy a bank, and measure without a flood and with one against limits.

    Without limits it would measure this machine: 32 log-ins at once hash on the cores that the transfer needs, too.
    """
    with own_bank(Settings()) as bank:
        pay = _customer_of(bank.client)
        found = {"no flood": measure(pay, TRANSFERS)}
        _limit(bank)
        with flood(bank.client.url) as counted:
            found["flood"] = measure(pay, TRANSFERS, counted)
    return section(found)


def section(found: dict[str, Beside]) -> Section:
    """Tell how much longer the transfers took, as ratios."""
    alone = found["no flood"]
    rows = []
    for name, one in found.items():
        p50, p99 = one.percentile(50), one.percentile(99)
        ratios = f"{p50 / alone.percentile(50):.1f}", f"{p99 / alone.percentile(99):.1f}"
        told = ", ".join(f"{count} × {status}" for status, count in sorted(one.flood.items()))
        rows.append((name, f"{len(one.seconds)}", f"{p50:.2f}", f"{p99:.2f}", *ratios, told))
    copies = ", ".join(f"{name} {most}" for name, most in COPIES.items())
    notes = (
        f"{TRANSFERS} transfers of a customer, one after another, until each was posted; fewer if they take 20 s.",
        f"The flood: {THREADS} threads, {THREADS / PAUSE_SECONDS:.0f} wrong passwords a second at most.",
        "Each is at a new address and from a new network, so no count of failures stops it.",
        f"Limits: {RATE} log-ins a second and {BURST} at once, a 25th of stage prod; its copies ({copies}).",
        "The whole bank in the emulator of this machine: its functions share these cores, as on AWS they do not.",
    )
    header = ("seconds of a transfer", "number", "median", "99 %", "÷ median", "÷ 99 %", "the flood got")
    return Section("A customer beside a flood of log-ins", COMMAND, table(header, rows, words=(0, 6)), notes)


def measure(pay: "Payment", transfers: int, counted: Any = None) -> Beside:
    """Pay one transfer after another. `counted` has the statuses that a flood has got so far."""
    for _ in range(WARM_UP_TRANSFERS):
        pay()
    before, taken = Counter(dict(counted or {})), list[float]()
    ends_at = time.monotonic() + MEASURED_SECONDS_MAX
    while len(taken) < transfers and time.monotonic() < ends_at:
        taken.append(pay())
    return Beside(sorted(taken), Counter(dict(counted or {})) - before)


@dataclass(frozen=True)
class Payment:
    """A customer's transfer between two accounts, which can be made again and again."""

    client: Client
    body: dict[str, str]

    def __call__(self) -> float:
        """Return the seconds until a transfer was posted, repeated under its key while its outcome was unknown."""
        key, started = uuid.uuid4().hex, time.perf_counter()
        while True:
            with suppress(requests.Timeout):
                reply = self.client.post("/v1/transactions/transfer", self.body, key=key)
                if reply.status not in UNDECIDED:
                    reply.expect(201)
                    return time.perf_counter() - started


def _customer_of(public: Client) -> Payment:
    email, secret = f"{uuid.uuid4().hex}@florin.example", uuid.uuid4().hex
    person = {"email": email, "password": secret, "first_name": "Ada", "last_name": "Lovelace"}
    public.post("/v1/auth/register", person).expect(201)
    client = public.as_bearer(public.log_in(email, secret))
    payer, payee = (
        client.post("/v1/accounts", {"type": "current"}, key=uuid.uuid4().hex).expect(201)["id"] for _ in range(2)
    )
    paid_in = {"account_id": payer, "amount": "1000.00"}
    client.post("/v1/transactions/deposit", paid_in, key=uuid.uuid4().hex).expect(201)
    return Payment(client, {"from_account_id": payer, "to_account_id": payee, "amount": "0.01"})


@contextmanager
def flood(url: str) -> Iterator[Any]:
    """Flood a bank while the block runs. Yields the statuses that the flood has got so far, which go on growing."""
    processes = get_context("spawn")
    with processes.Manager() as shared:
        stop, counted = shared.Event(), shared.dict()
        flooding = processes.Process(target=_flood, args=(url, stop, counted))
        flooding.start()
        try:
            time.sleep(FLOODED_SECONDS_MIN)
            yield counted
        finally:
            stop.set()
            flooding.join()


def _flood(url: str, stop: Any, counted: Any) -> None:
    """Send log-ins by many threads until the event. This is the other process."""
    statuses = Counter[int]()

    def send_until_stopped(thread: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for number in range(1_000_000):
                if stop.is_set():
                    return
                statuses[_guess(session, url, f"10.{thread}.{number // 250 % 250}.{number % 250}")] += 1
                counted.update(statuses)
                time.sleep(PAUSE_SECONDS)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send_until_stopped, range(THREADS)))


def _guess(session: requests.Session, url: str, network: str) -> int:
    wrong = {"email": f"{uuid.uuid4().hex}@florin.example", "password": "a wrong guess"}
    try:
        answer = session.post(f"{url}/v1/auth/login", json=wrong, headers={"X-Forwarded-For": network}, timeout=40)
    except requests.RequestException:
        return 0
    return answer.status_code


def _limit(bank: OwnBank) -> None:
    """Set the limits of the bank: of the route at the gateway, and of copies of functions."""
    stack = bank.settings.stack_name
    path = "/~1v1~1auth~1login/POST/throttling"
    changes = [("rateLimit", RATE), ("burstLimit", BURST)]
    bank.cloud.client("apigateway").update_stage(
        restApiId=outputs(bank.cloud, stack)["RestAPIId"],
        stageName="api",
        patchOperations=[{"op": "replace", "path": f"{path}/{name}", "value": f"{value}"} for name, value in changes],
    )
    functions = bank.cloud.client("lambda")
    for name, most in COPIES.items():
        functions.put_function_concurrency(FunctionName=f"{stack}-{name}", ReservedConcurrentExecutions=most)
