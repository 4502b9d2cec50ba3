"""The first requests of a new process of the API's function: loading included, on an emulated DynamoDB.

`python -m bench.first_request` is that process: it takes who deposits where, and prints CPU milliseconds.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.functions import Functions, Principal
from bench.imports import bytecode_in
from bench.report import Section, table

COMMAND = "python -m bench imports"
ROUNDS, REQUESTS = 7, 3
NAMES = ("first, with all that is loaded for it", "second", "third")


def section() -> Section:
    """Let new processes deposit, in turn with bytecode and without, as it was before packages had it."""
    from bench.operations import Bank  # not in the process that is measured, which must load botocore itself
    from bench.stub import running_stub

    with running_stub() as stub, tempfile.TemporaryDirectory(prefix="florin-bench-") as folder:
        bank = Bank(Functions(), stub)
        asked = json.dumps({"principal": vars(bank.customer), "account_id": bank.account_id})
        compiled, absent = bytecode_in(Path(folder)), bytecode_in(None)
        _ask(compiled, asked)  # compiles, and keeps that
        rounds = [(_ask(compiled, asked), _ask(absent, asked)) for _ in range(ROUNDS)]
    packed, anew = (list(zip(*each, strict=True)) for each in zip(*rounds, strict=True))
    rows = [
        (name, f"{statistics.median(packed[number]):.0f}", f"{statistics.median(anew[number]):.0f}")
        for number, name in enumerate(NAMES)
    ]
    notes = (
        f"CPU time of a new process, the median of {ROUNDS}. The emulated AWS is another process.",
        "Packages have bytecode. Without it a function compiles what it loads at each start.",
        "What Lambda itself takes to start a process, and to fetch the packages, is not in it.",
    )
    found = table(("deposit of a new process", "CPU ms", "without bytecode"), rows)
    return Section("The first deposits of a new process", COMMAND, found, notes)


def _ask(environment: dict[str, str], asked: str) -> list[float]:
    command = [sys.executable, "-m", "bench.first_request", asked]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [float(one) for one in done.stdout.split()]


def main(asked: str) -> None:
    """Deposit, and print the CPU milliseconds of each request; the first includes loading the application."""
    given, spent = json.loads(asked), list[float]()
    functions: Functions | None = None
    for number in range(REQUESTS):
        started = time.process_time()
        functions = functions or Functions()
        body = {"account_id": given["account_id"], "amount": "1.00"}
        key = f"first-{time.time_ns()}-{number}"
        functions.http(
            "POST", "/v1/transactions/deposit", body, principal=Principal(**given["principal"]), key=key
        ).ok()
        spent.append((time.process_time() - started) * 1000)
    print(*spent)


if __name__ == "__main__":
    main(sys.argv[1])
