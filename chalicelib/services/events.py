"""What follows from the stream of `bank` beside the audit: one consumer, and a list of what it does with each batch.

A stream feeds two consumers well and a third one badly, so whatever else is to follow from what happens in the bank is
another handler here. Each gets what a batch tells, in its order. It must be able to meet the same again, for a batch
that fails in one handler is delivered to all of them again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.models.export import Export
from chalicelib.models.label import Label
from chalicelib.models.transaction import Transaction
from chalicelib.observability import logger
from chalicelib.services import category_rules, exports, risk_watch, rollups


@dataclass(frozen=True)
class Happened:
    """What a batch of the stream tells: transactions posted, and those stopped for their risk, labels as somebody has
    set them, exports asked for."""

    posted: tuple[Transaction, ...] = ()
    stopped: tuple[Transaction, ...] = ()
    labelled: tuple[Label, ...] = ()
    exports: tuple[Export, ...] = ()


Handler = Callable[[Happened], None]


def _count(happened: Happened) -> None:
    if happened.posted or happened.labelled:
        rollups.count(happened.posted, happened.labelled)


def _export(happened: Happened) -> None:
    for export in happened.exports:
        exports.start(export)


def _watch(happened: Happened) -> None:
    if happened.posted or happened.stopped:
        risk_watch.watch((*happened.posted, *happened.stopped))


def _categorise(happened: Happened) -> None:
    category_rules.apply(happened.posted)


HANDLERS: tuple[Handler, ...] = (_count, _categorise, _export, _watch)


def consume(records: list[dict[str, Any]]) -> Happened:
    """Let every handler have what a batch tells. What one raises goes up, and the stream sends the batch again."""
    happened = told_by(records)
    for handler in HANDLERS:
        handler(happened)
    logger.info("events handled", posted=len(happened.posted), labelled=len(happened.labelled), received=len(records))
    return happened


def told_by(records: list[dict[str, Any]]) -> Happened:
    """By records of the stream, as Lambda delivers them. A transaction is posted as it is made, or from pending."""
    posted, not_posted, labelled, exports_ = [], [], [], []
    for change in (record["dynamodb"] for record in records):
        after, before = change.get("NewImage", {}), change.get("OldImage", {})
        kind = after.get("type", {}).get("S")
        if kind == "transaction" and _status(after) == "posted" and _status(before) != "posted":
            posted.append(Transaction.from_raw_data(after))
        elif kind == "transaction" and not before:
            not_posted.append(Transaction.from_raw_data(after))
        elif kind == "label":
            labelled.append(Label.from_raw_data(after))
        elif kind == "export" and not before:
            exports_.append(Export.from_raw_data(after))
    stopped = filter(risk_watch.is_stopped, not_posted)
    return Happened(tuple(posted), tuple(stopped), tuple(labelled), tuple(exports_))


def _status(image: dict[str, Any]) -> str | None:
    status: str | None = image.get("status", {}).get("S")
    return status
