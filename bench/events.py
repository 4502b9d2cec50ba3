"""What an event and a delivery cost, and what events add to the bill of a transfer that nobody listens to."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from bench import first_attempts, price
from bench.functions import Functions
from bench.measure import ROUNDS, Cost, counted, cpu_ms
from bench.operations import Bank, Measured
from bench.price import Tariff
from bench.receiver import receiver_process
from bench.report import Section, table
from bench.stub import Stub, running_stub
from bench.watch import Units, Watch

COMMAND = "python -m bench events"
EVENTS_OF_A_TRANSFER = 3
"""The bank's view, the payer's and the payee's."""
QUEUE_REQUESTS = 3
"""A message is sent, received and deleted. Polls of an empty queue are paid by the month."""
LINKS_OF_A_TRANSFER = 2
"""Records of its two accounts that the audit follows. Since there are events it reads them for half a unit, not one."""
GROWTH_DOLLARS_MAX = 2
ALONE, WITHOUT = "audit of a transfer", "… without its events"
PUBLISH, DELIVER = "publish an event to one endpoint", "deliver it, at the first attempt"


def sections(tariff: Tariff) -> list[Section]:
    """Measure on the tables alone, then at a deployed bank."""
    with running_stub() as stub, receiver_process() as url:
        costs = measure(stub, url)
    return [section(costs, tariff), first_attempts.measured_section()]


def measure(stub: Stub, url: str) -> dict[str, Cost]:
    """Count what each part takes. Rounds go through all of them, as those of the operations do."""
    queue_url = stub.make_queue()
    watch = Watch()
    watch.begin()
    functions = Functions()
    bank = Bank(functions, stub)
    bank.pay_another_customer()
    audit = next(one for one in bank.operations() if one.name == ALONE)
    parts = [audit, Measured(WITHOUT, audit.function, lambda records: _without_events(audit, records), audit.prepare)]
    found = _measured(parts, functions, stub, watch)
    hooks = _Hooks(functions, stub, bank, queue_url, url)
    parts = [
        Measured(PUBLISH, "publish_events", hooks.publish, hooks.happen),
        Measured(DELIVER, "deliver_webhook", hooks.deliver, hooks.queued),
    ]
    return found | _measured(parts, functions, stub, watch)


def _measured(parts: Sequence[Measured], functions: Functions, stub: Stub, watch: Watch) -> dict[str, Cost]:
    once = [counted(one, functions, stub, watch) for one in parts]
    rounds = [[cpu_ms(one) for one in parts] for _ in range(ROUNDS)]
    return {
        cost.name: replace(cost, cpu_ms=statistics.median(times))
        for cost, times in zip(once, zip(*rounds, strict=True), strict=True)
    }


def _without_events(audit: Measured, records: Any) -> None:
    """Audit as if the bank had no events."""
    from chalicelib.services.audit import event_writer

    with (
        mock.patch.object(event_writer, "is_told", return_value=False),
        mock.patch.object(event_writer.EventWriter, "add"),
    ):
        audit.run(records)


@dataclass
class _Hooks:
    """An endpoint of the customer that gets all events of one change of an account."""

    functions: Functions
    stub: Stub
    bank: Bank
    queue_url: str
    url: str

    def __post_init__(self) -> None:
        body = {"url": self.url, "events": ["account.updated"]}
        with mock.patch("chalicelib.services.mail.order.tell"):  # there is no mailer here
            self.functions.http("POST", "/v1/webhook-endpoints", body, principal=self.bank.customer).ok()
        self._queues: Any = self.stub.cloud.client("sqs")
        self._rows = self.stub.stream("events")
        self._changes = 0

    def happen(self) -> list[dict[str, Any]]:
        """Let an event happen; return what the stream of `events` has of the customer's view of it."""
        self._drain()
        self._changes += 1
        self.bank.rename(f"Name {self._changes}")
        rows = next(self._rows)
        return [row for row in rows if row["dynamodb"]["NewImage"]["recipient"]["S"] == self.bank.customer.customer_id]

    def publish(self, records: list[dict[str, Any]]) -> None:
        [_] = records
        self.functions.invoke("publish_events", {"Records": records})

    def queued(self) -> dict[str, Any]:
        """Publish an event; return its message as Lambda receives it from the queue."""
        self.publish(self.happen())
        [message] = self._messages()
        return {"Records": [{"messageId": "1", "receiptHandle": "1", "body": message["Body"]}]}

    def deliver(self, event: dict[str, Any]) -> None:
        self.functions.invoke("deliver_webhook", event)

    def _drain(self) -> None:
        while self._messages():
            pass
        while next(self._rows):
            pass

    def _messages(self) -> list[Any]:
        found: list[Any] = self._queues.receive_message(QueueUrl=self.queue_url).get("Messages", [])
        for one in found:
            self._queues.delete_message(QueueUrl=self.queue_url, ReceiptHandle=one["ReceiptHandle"])
        return found


def section(costs: dict[str, Cost], tariff: Tariff) -> Section:
    """Tell what an event and a delivery cost, and what the bill of a transfer grows by."""
    events = difference(costs[ALONE], costs[WITHOUT])
    added = dollars(costs[ALONE], tariff) - dollars(costs[WITHOUT], tariff)
    saved = tariff.dollars("dynamodb_read_units", LINKS_OF_A_TRANSFER / 2 * price.MILLION)
    delivery = delivery_dollars(costs[PUBLISH], costs[DELIVER], tariff)
    rows = [
        _row("events of a transfer, nobody listens", events, f"{added:.2f}"),
        _row(PUBLISH, costs[PUBLISH], f"{dollars(costs[PUBLISH], tariff):.2f}"),
        _row(DELIVER, costs[DELIVER], f"{delivery - dollars(costs[PUBLISH], tariff):.2f}"),
    ]
    for name, figure in {
        "a delivery: all of it": delivery,
        f"an event, of the {EVENTS_OF_A_TRANSFER}": added / EVENTS_OF_A_TRANSFER,
        "links of the audit, read for half": -saved,
        "with no endpoint a transfer's bill grows by": added - saved,
    }.items():
        rows.append((name, "", "", "", "", f"{figure:.2f}"))
    is_met = added - saved <= GROWTH_DOLLARS_MAX
    waited = f"{tariff.assumed['receiver_ms']:g} ms until the receiver has answered"
    notes = (
        "Each transfer, between two customers, and each event is alone in its batch, which is the dearest case.",
        "Events of a transfer: what its audit takes with them, less what it takes without.",
        f"A transfer's bill may grow by ${GROWTH_DOLLARS_MAX}: {'met' if is_met else 'missed'}.",
        "Links never change, so the audit reads them eventually consistent since there are events: half a unit each.",
        f"A delivery: with {QUEUE_REQUESTS} requests of SQS, {waited}, and the logs of its functions.",
    )
    header = ("part", "CPU ms", "calls to AWS", "read units", "all writes", "$ a million")
    return Section("Events and deliveries", COMMAND, table(header, rows, words=(0, 2)), notes)


def difference(whole: Cost, part: Cost) -> Cost:
    """Return what a cost has beside a part of it."""
    units = Units(
        whole.units.read - part.units.read,
        whole.units.write - part.units.write,
        whole.units.index_write - part.units.index_write,
    )
    return Cost("", whole.function, whole.cpu_ms - part.cpu_ms, whole.calls - part.calls, units, 0)


def dollars(cost: Cost, tariff: Tariff, waiting_ms: float = 0) -> float:
    """Return what a million of one function's invocations cost, with its units and its logs."""
    logged = (cost.log_bytes + tariff.assumed["platform_log_bytes"]) * price.MILLION / price.GIGABYTE
    running = tariff.function_dollars(cost.function, tariff.busy_ms(cost) + waiting_ms)
    return running + tariff.units_dollars(cost) + tariff.dollars("log_gigabytes", logged)


def delivery_dollars(publish: Cost, deliver: Cost, tariff: Tariff) -> float:
    """Return what a million deliveries cost that succeed at once."""
    queue = tariff.dollars("sqs_requests", QUEUE_REQUESTS * price.MILLION)
    return dollars(publish, tariff) + dollars(deliver, tariff, tariff.assumed["receiver_ms"]) + queue


def _row(name: str, cost: Cost, told: str) -> tuple[str, ...]:
    calls = ", ".join(f"{times} {call}" for call, times in cost.calls.items())
    return (name, f"{cost.cpu_ms:.1f}", calls, f"{cost.units.read:g}", f"{cost.units.all_write:g}", told)
