"""What a million transfers cost: measured counts times list prices, with every assumption in `prices.json`."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from bench.measure import Cost

MILLION = 1_000_000
GIGABYTE = 10**9
EXPRESS_STEP_MS = 100
CONFIGURED_NAMES = {"api": "api_handler"}
FUNCTIONS = (
    "api",
    "authorize",
    "transfer_task",
    "audit_trail",
    "events",
    "statement_task",
    "export_task",
    "standing_order_task",
    "clearing_task",
    "receive_clearing",
    "payment_file_task",
    "publish_events",
    "deliver_webhook",
)
WRITES = ("PutItem", "UpdateItem", "BatchWriteItem", "SendMessage")
PRICES_FILE = Path(__file__).parent / "prices.json"
CHALICE_FILE = Path(__file__).parent.parent / ".chalice" / "config.json"

Path_ = Literal["posting", "rest", "reports"]


class Busy(Protocol):
    """What a function has done: CPU time in milliseconds, and calls to AWS."""

    @property
    def function(self) -> str: ...
    @property
    def cpu_ms(self) -> float: ...
    @property
    def calls(self) -> Counter[str]: ...


@dataclass(frozen=True)
class Line:
    """One line of the bill: dollars for a million transfers. `part` says whether it is on the posting path, or what
    reports and risk take beside the bank's own work."""

    part: Path_
    what: str
    usage: str
    dollars: float


@dataclass(frozen=True)
class Tariff:
    """Prices and assumptions, and the memory of the functions in megabytes."""

    prices: Mapping[str, Any]
    assumed: Mapping[str, float]
    memory: Mapping[str, int]

    @classmethod
    def load(cls) -> "Tariff":
        given = json.loads(PRICES_FILE.read_text())
        assumed = {name: one["value"] for name, one in given["assumptions"].items()}
        configured = json.loads(CHALICE_FILE.read_text())
        memory = {}
        for function in FUNCTIONS:
            own = configured["lambda_functions"][CONFIGURED_NAMES.get(function, function)]
            memory[function] = own.get("lambda_memory_size", configured["lambda_memory_size"])
        return cls(given["prices"], assumed, memory)

    def dollars(self, price: str, amount: float) -> float:
        """Return the price of so many units: requests, gigabytes, seconds."""
        return float(amount * self.prices[price]["usd"] / self.prices[price]["per"])

    def busy_ms(self, cost: Busy) -> float:
        """How long a function takes: its CPU time on its share of a vCPU, and its waiting for DynamoDB."""
        return self.time_ms(cost.function, cost.cpu_ms, cost.calls)

    def time_ms(self, function: str, cpu_ms: float, calls: Counter[str]) -> float:
        """How long a function takes with so much CPU time and these calls."""
        share = min(1.0, self.memory[function] / self.assumed["vcpu_megabytes"])
        return cpu_ms / share + sum(self._wait_ms(name) * times for name, times in calls.items())

    def _wait_ms(self, operation: str) -> float:
        if operation == "StartSyncExecution":
            return 0
        if operation == "TransactWriteItems":
            return self.assumed["transaction_ms"]
        return self.assumed["write_ms" if operation in WRITES else "read_ms"]

    def function_dollars(self, function: str, milliseconds: float, invocations: float = MILLION) -> float:
        """For invocations of a function; time is billed by the millisecond begun."""
        gigabyte_seconds = math.ceil(milliseconds) / 1000 * self.memory[function] / 1024 * invocations
        return self.dollars("lambda_requests", invocations) + self.dollars("lambda_gigabyte_seconds", gigabyte_seconds)

    def express_dollars(self, milliseconds: float) -> float:
        """For a million executions of an Express workflow."""
        billed_ms = math.ceil(milliseconds / EXPRESS_STEP_MS) * EXPRESS_STEP_MS
        gigabyte_seconds = billed_ms / 1000 * self.assumed["express_megabytes"] / 1024 * MILLION
        return self.dollars("express_requests", MILLION) + self.dollars("express_gigabyte_seconds", gigabyte_seconds)

    def units_dollars(self, *costs: Cost, times: float = MILLION) -> float:
        """For DynamoDB's units of operations, each so many times."""
        written = self.dollars("dynamodb_write_units", sum(cost.units.all_write for cost in costs) * times)
        return written + self.dollars("dynamodb_read_units", sum(cost.units.read for cost in costs) * times)


@dataclass(frozen=True)
class Transfer:
    """The operations that a transfer is made of."""

    start: Cost
    post: Cost
    audit: Cost
    authorize: Cost
    reports: Cost


def bill(transfer: Transfer, tariff: Tariff) -> list[Line]:
    """Of a million transfers that are posted at the first attempt, on warm functions."""
    post, busy_ms = transfer.post, tariff.busy_ms(transfer.post)
    workflow_ms = busy_ms + tariff.assumed["invocation_ms"]
    usage = f"{math.ceil(busy_ms)} ms at {tariff.memory['transfer_task']} MB"
    posting = [
        Line("posting", "DynamoDB: the post", _units(post), tariff.units_dollars(post)),
        Line("posting", "Step Functions: the workflow", f"{workflow_ms:.0f} ms", tariff.express_dollars(workflow_ms)),
        Line("posting", "Lambda: its task", usage, tariff.function_dollars("transfer_task", busy_ms)),
    ]
    return posting + _rest(transfer, tariff, workflow_ms)


def _rest(transfer: Transfer, tariff: Tariff, workflow_ms: float) -> list[Line]:
    audit, authorize = transfer.audit, transfer.authorize
    api_ms = tariff.busy_ms(transfer.start) + workflow_ms + tariff.assumed["workflow_start_ms"]
    audit_ms, authorize_ms = tariff.busy_ms(audit), tariff.busy_ms(authorize)
    batches = MILLION / tariff.assumed["transfers_per_audit_batch"]
    authorized = MILLION / tariff.assumed["requests_per_token_minute"]
    log_bytes = _log_bytes(transfer, tariff, authorized / MILLION, batches / MILLION)
    authorizing = tariff.function_dollars("authorize", authorize_ms, authorized)
    return [
        Line("rest", "API Gateway", "1 request", tariff.dollars("gateway_requests", MILLION)),
        Line(
            "rest",
            "Authorizer, its answer kept for 60 s",
            f"{authorized / MILLION:.2f} × {authorize_ms:.0f} ms, {_units(authorize)}",
            authorizing + tariff.units_dollars(authorize, times=authorized),
        ),
        Line(
            "rest",
            "Lambda: the API",
            f"{api_ms:.0f} ms at {tariff.memory['api']} MB",
            tariff.function_dollars("api", api_ms),
        ),
        Line("rest", "Stream, read by Lambda", "free", tariff.dollars("dynamodb_stream_reads_by_lambda", batches)),
        Line(
            "rest",
            "Lambda: the audit trail",
            f"{audit_ms:.0f} ms at {tariff.memory['audit_trail']} MB",
            tariff.function_dollars("audit_trail", audit_ms, batches),
        ),
        Line("rest", "DynamoDB: audit records", _units(audit), tariff.units_dollars(audit)),
        Line(
            "rest",
            "CloudWatch Logs",
            f"{log_bytes:.0f} bytes",
            tariff.dollars("log_gigabytes", log_bytes * MILLION / GIGABYTE),
        ),
    ]


def reports(transfer: Transfer, tariff: Tariff) -> list[Line]:
    """What follows from a million transfers beside the audit: rollups, rules of categories, profiles of risk. Each is
    alone in its batch, which is the dearest case: what a batch adds to the same sums it adds once."""
    follow = transfer.reports
    busy_ms = tariff.busy_ms(follow)
    log_bytes = follow.log_bytes + tariff.assumed["platform_log_bytes"]
    logged = tariff.dollars("log_gigabytes", log_bytes * MILLION / GIGABYTE)
    usage = f"{math.ceil(busy_ms)} ms at {tariff.memory['events']} MB"
    return [
        Line("reports", "Lambda: reports and risk", usage, tariff.function_dollars("events", busy_ms)),
        Line("reports", "DynamoDB: sums, marks and profiles", _units(follow), tariff.units_dollars(follow)),
        Line("reports", "CloudWatch Logs of it", f"{log_bytes} bytes", logged),
    ]


def storage_dollars(transfer: Transfer, tariff: Tariff) -> tuple[float, float]:
    """Gigabytes that a million transfers leave in the tables and indexes, and what a month of them costs."""
    stored = sum(cost.units.stored_bytes for cost in (transfer.post, transfer.audit))
    gigabytes = stored * MILLION / GIGABYTE
    return gigabytes, tariff.dollars("dynamodb_gigabyte_months", gigabytes)


def _log_bytes(transfer: Transfer, tariff: Tariff, authorized: float, batches: float) -> float:
    """Of one transfer, with its share of the authorizer's and the audit trail's."""
    always = (transfer.start, transfer.post)
    own = sum(cost.log_bytes + tariff.assumed["platform_log_bytes"] for cost in always)
    audit = transfer.audit.log_bytes + tariff.assumed["platform_log_bytes"]
    authorize = transfer.authorize.log_bytes + tariff.assumed["platform_log_bytes"]
    return own + audit * batches + authorize * authorized


def _units(*costs: Cost) -> str:
    read, written = sum(cost.units.read for cost in costs), sum(cost.units.all_write for cost in costs)
    return f"{written:g} write and {read:g} read units"
