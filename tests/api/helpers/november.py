"""A bank in which a month of interest is due, and what tests of monthly runs ask of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from chalicelib import clock
from chalicelib.models.accounts import account as accounts_model
from chalicelib.models.orders import order as orders_model
from chalicelib.models.scheduled_runs import run as run_model
from chalicelib.services.scheduled_runs import runs, steps
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.run_machine import RunMachine

RUNS = "/v1/interest-runs"
OCTOBER = "2026-10"
DUE = datetime(2026, 11, 1, 2, tzinfo=UTC)


@dataclass
class November:
    """A bank on 1 November 2026 at two, with a customer since 1 October: 1000.00 earned 2.55 in those 31 days."""

    client: Api
    customer: User
    admin: User
    machine: RunMachine

    def set_clock(self, moment: datetime) -> None:
        clock.set_clock(lambda: moment)

    def savings(self, balance: str | None = "1000.00", **wanted: object) -> Json:
        """An account opened at noon on 1 October."""
        now = clock.now()
        self.set_clock(datetime(2026, 10, 1, 12, tzinfo=UTC))
        account = opened(self.client, self._again(self.customer), balance, type="savings", **wanted)
        self.set_clock(now)
        return account

    def signed_in(self) -> User:
        return self._again(self.admin)

    def _again(self, user: User) -> User:
        body = {"email": user.email, "password": user.password}
        tokens = self.client.post("/v1/auth/login", body).ok()
        return User(user.user_id, user.email, user.password, tokens["access_token"], "", user.customer_id)

    def run(self, period: str = OCTOBER) -> Json:
        found: Json = self.client.get(f"{RUNS}/{period}", token=self.signed_in().token).ok()
        return found


def have_partitions(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    for module in (accounts_model, orders_model, run_model, steps, runs):
        monkeypatch.setattr(module, "SHARDS", number)


def posted() -> list[Json]:
    return items(type="transaction", transaction_type="interest_credit", status="posted")


def credited(currency: str = "USD") -> int:
    """What the ledger says was credited, in minor units."""
    return sum(int(credit["amount"]) for credit in posted() if credit["currency"] == currency)


def counts(run: Json) -> dict[str, int]:
    return {name: run[name] for name in ("accounts", "credited", "nothing", "closed", "failed", "frozen")}


def of(**some: int) -> dict[str, int]:
    return dict.fromkeys(("accounts", "credited", "nothing", "closed", "failed", "frozen"), 0) | some


def balanced() -> bool:
    return sum(int(account["balance"]) for account in items(type="account")) == 0
