"""The table of metrics, and their values of a state. docs/metrics.md describes each; a test compares.

Labels are types, states, currencies and names of the bank's own parts: never an id, a name or an amount of one person.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from chalicelib.domain import money
from chalicelib.services.operations.state import State

Sample = tuple[tuple[str, ...], float]
"""The values of the labels, and the value of the metric."""


class Metric(NamedTuple):
    """A metric, all of them gauges. `read` finds its samples in a state: none where it is not known."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: Callable[[State], Iterable[Sample]]


def _transactions(state: State) -> Iterable[Sample]:
    for name, value in state.today.items():
        kind, currency, figure = name.split(".")
        if figure == "count":
            yield (kind, "posted", currency), value
    for name, value in state.ended.items():
        kind, currency, status = name.split(".")
        yield (kind, status, currency), value
    for name, value in state.figures.get("pending", {}).items():
        kind, currency = name.split(".")
        yield (kind, "pending", currency), value


def _amounts(state: State) -> Iterable[Sample]:
    for name, value in state.today.items():
        kind, currency, figure = name.split(".")
        if figure == "amount":
            yield (kind, "posted", currency), _units(value, currency)
    for name, value in state.figures.get("pending_amounts", {}).items():
        kind, currency = name.split(".")
        yield (kind, "pending", currency), _units(value, currency)


def _units(amount: int, currency: str) -> float:
    return float(money.text(amount, currency))


def _holdings(state: State) -> Iterable[Sample]:
    return [((currency,), _units(amount, currency)) for currency, amount in state.figures.get("held", {}).items()]


def _payments(state: State) -> Iterable[Sample]:
    for name, value in state.figures.get("payments", {}).items():
        status, rail = name.split(".")
        yield (status, rail), value


def _by_label(figure: str) -> Callable[[State], Iterable[Sample]]:
    return lambda state: [((name,), value) for name, value in state.figures.get(figure, {}).items()]


def _number(figure: str) -> Callable[[State], Iterable[Sample]]:
    return lambda state: [((), state.figures[figure])] if figure in state.figures else []


def _delivery(figure: str) -> Callable[[State], Iterable[Sample]]:
    return lambda state: [((), state.figures["deliveries"].get(figure, 0))] if "deliveries" in state.figures else []


def _age_of(figure: str) -> Callable[[State], Iterable[Sample]]:
    """Return the age of the oldest of what waits, 0 if nothing does."""
    return lambda state: [((), state.age(state.figures[figure]) or 0)] if figure in state.figures else []


def _age(name: str) -> Callable[[State], Iterable[Sample]]:
    return lambda state: [((), age)] if (age := state.age(getattr(state, name))) is not None else []


def _runs(read: Callable[[State, Mapping[str, Any]], float]) -> Callable[[State], Iterable[Sample]]:
    return lambda state: [((name,), read(state, run)) for name, run in state.figures.get("runs", {}).items()]


METRICS = (
    Metric(
        "florin_transactions",
        "Transactions of the bank's day that are posted, failed, voided or expired, and all that are pending.",
        ("type", "status", "currency"),
        _transactions,
    ),
    Metric("florin_transaction_amount", "Their amounts.", ("type", "status", "currency"), _amounts),
    Metric("florin_held_amount", "Money that is held for pending transactions.", ("currency",), _holdings),
    Metric("florin_pending_oldest_seconds", "Age of the oldest pending transaction.", (), _age_of("pending_oldest_at")),
    Metric("florin_approvals", "Approvals that wait for a decision.", (), _number("approvals")),
    Metric("florin_approvals_oldest_seconds", "Age of the oldest of them.", (), _age_of("approvals_oldest_at")),
    Metric("florin_clearing_payments", "Payments to other banks that are under way.", ("status", "rail"), _payments),
    Metric(
        "florin_clearing_submitted_oldest_seconds",
        "How long the oldest payment waits for the clearing's answer.",
        (),
        _age_of("submitted_oldest_at"),
    ),
    Metric("florin_deliveries_pending", "Deliveries to webhooks that have not ended.", (), _delivery("pending")),
    Metric("florin_deliveries_due", "Those whose time has come.", (), _delivery("due")),
    Metric("florin_deliveries_failing", "Those with a failed attempt.", (), _delivery("failing")),
    Metric(
        "florin_deliveries_oldest_due_seconds",
        "How long the oldest due delivery is due.",
        (),
        _age_of("deliveries_oldest_due_at"),
    ),
    Metric(
        "florin_consumer_lag_seconds",
        "How far a consumer of the stream is behind the bank.",
        ("consumer",),
        _by_label("lag_seconds"),
    ),
    Metric(
        "florin_set_aside_records", "Records of the stream that were set aside.", ("consumer",), _by_label("set_aside")
    ),
    Metric("florin_dead_letters", "Messages that could not be handled.", ("queue",), _by_label("dead_letters")),
    Metric("florin_digest_age_seconds", "Age of what the last signed digest seals.", (), _age("sealed_to")),
    Metric(
        "florin_unsealed_oldest_seconds", "Age of the first transaction after it.", (), _age_of("unsealed_oldest_at")
    ),
    Metric(
        "florin_verify_age_seconds", "Time since the last verification that found nothing.", (), _age("verified_at")
    ),
    Metric(
        "florin_run_completed",
        "Whether the latest scheduled run of a kind is completed.",
        ("run",),
        _runs(lambda _, run: int(run["status"] == "completed")),
    ),
    Metric(
        "florin_run_failures",
        "What the latest run of a kind could not do.",
        ("run",),
        _runs(lambda _, run: run["failed"]),
    ),
    Metric(
        "florin_run_age_seconds",
        "Time since the latest run of a kind has started.",
        ("run",),
        _runs(lambda state, run: state.age(run["started_at"]) or 0),
    ),
    Metric("florin_post_conflicts", "Posts that met another one within five minutes.", (), _number("conflicts")),
    Metric("florin_gauges_age_seconds", "Age of all figures but those of today and of digests.", (), _age("taken_at")),
)
