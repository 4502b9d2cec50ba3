"""What sealing costs, and that it grows with what has moved, not with the bank."""

import io
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import price
from bench.price import Tariff
from bench.report import Section, table
from bench.stub import Stub
from bench.watch import Units, Watch

WINDOWS = ((50, 20), (400, 20), (400, 200))
"""Accounts in the bank, and transfers since the last digest."""


@dataclass(frozen=True)
class Sealed:
    """One digest, over transfers between accounts of which each moved once."""

    accounts: int
    transfers: int
    calls: Counter[str]
    units: Units


def digests(stub: Stub) -> list[Sealed]:
    """Of every window, in a bank that grows."""
    found = []
    watch = Watch()
    watch.begin()
    stub.make_archive()
    now = _Clock()
    with _quietly_at(now):
        bank = _Bank()
        for accounts, transfers in WINDOWS:
            bank.open_until(accounts)
            now.next_hour()
            bank.seal()
            bank.transfer(transfers)
            now.next_hour()
            with watch.counting_calls() as calls, watch.counting_units(stub.database, stub.indexes()) as units:
                bank.seal()
            found.append(Sealed(accounts, transfers, calls, units))
    return found


def section(digests: Sequence[Sealed], tariff: Tariff) -> Section:
    """What an hour's digest costs, and what digests add to a million transfers."""
    rows = []
    for one in digests:
        calls = ", ".join(f"{one.calls[name]} {name}" for name in ("Query", "BatchGetItem", "PutItem", "PutObject"))
        dollars = tariff.dollars("dynamodb_write_units", one.units.all_write * price.MILLION / one.transfers)
        dollars += tariff.dollars("dynamodb_read_units", one.units.read * price.MILLION / one.transfers)
        figures = (f"{one.accounts}", f"{one.transfers}", calls, f"{one.units.read:g}", f"{one.units.all_write:g}")
        rows.append((*figures, f"{dollars:.2f}"))
    notes = (
        "One digest, an hour after the one before. It costs what has moved, whatever the bank has accounts.",
        "The dearest case: of all accounts that moved, each moved once, so that every entry has a leaf of its own.",
        "$: DynamoDB's units for a million transfers; not part of the bill above, for it falls with every entry more.",
        "Beside them a digest takes 4 GetObject and 1 Sign, $0.03 a month for 730 of them; the key is $1 a month.",
    )
    header = ("accounts", "transfers", "calls to AWS", "read units", "write units", "$ a million")
    return Section("Sealing", "python -m bench sealing", table(header, rows, words=(2,)), notes)


class _Bank:
    """Accounts with money, and transfers from one half of them to the other."""

    def __init__(self) -> None:
        from chalicelib.domain.permissions import Caller
        from chalicelib.services.operations import bootstrap

        self._caller = Caller("usr_bench", "customer", "bench", "cus_bench")
        self._accounts: list[str] = []
        bootstrap.ensure_head_office_and_admin("bench@florin.example", uuid.uuid4().hex)

    def open_until(self, wanted: int) -> None:
        from chalicelib.services.accounts.open_account import Opening, open_account

        while len(self._accounts) < wanted:
            account, _ = open_account(self._caller, Opening("current", "USD", initial_deposit="9.00"), self._claim())
            self._accounts.append(account.id)

    def transfer(self, times: int) -> None:
        from chalicelib.services.payments import transfer_steps
        from chalicelib.services.payments.labels import Annotations
        from chalicelib.services.payments.transfer_request import TransferRequest

        for payer, payee in zip(self._accounts[:times], self._accounts[-times:], strict=True):
            request = TransferRequest(payer, payee, "1.00", None, Annotations(), self._caller, self._claim())
            transfer_steps.post(request)

    def seal(self) -> None:
        from chalicelib.services.verification import seal_digest

        seal_digest.seal()

    def _claim(self) -> Any:
        from chalicelib.domain.ledger.idempotency import derive_key

        return derive_key(self._caller.user_id, uuid.uuid4().hex, "bench", {})


class _Clock:
    """It goes a millisecond further whenever it is looked at, and an hour when it is told to."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def next_hour(self) -> None:
        self._now += timedelta(hours=1)


@contextmanager
def _quietly_at(now: _Clock) -> Iterator[None]:
    """The bank's clock is this one, its clients are new ones, and nobody reads what it logs."""
    from chalicelib import aws, clock
    from chalicelib.models import connection
    from chalicelib.observability import logger

    level = logger.log_level
    connection.forget()
    aws.client.cache_clear()
    clock.set_clock(now)
    logger.setLevel("CRITICAL")
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
        clock.set_clock(None)
