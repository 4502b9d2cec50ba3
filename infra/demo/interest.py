"""The story of a month's interest and of a payment of two people, in a separate bank whose clock can be set."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from infra.demo import people, two_people
from infra.demo.client import Client, Unexpected
from infra.demo.narrator import Narrator, describe_verdict
from infra.demo.own_bank import OwnBank, own_bank
from infra.demo.people import ADA, AUDITOR, MANAGER, TELLER
from infra.progress import say
from infra.settings import Settings

BALANCE_CENTS = 1_000_00
RATE = Fraction(3, 100)
NIGHT = time(3)
"""An hour at which the interest of the month before is due."""


@dataclass
class _Reckoning:
    """What the bank has to come to, reckoned here by itself: cents, and the fraction of one that is not paid yet."""

    balance: int = BALANCE_CENTS
    carried: Fraction = Fraction(0)

    def credit(self, days: int) -> int:
        """Return the cents that so many days of this balance earn, rounded half to even once (Python's own `round`)."""
        exact = self.balance * RATE * days / 365 + self.carried
        cents = round(exact)
        self.balance, self.carried = self.balance + cents, exact - cents
        return cents


def tell(home: Settings) -> None:
    """Tell all of it in a bank beside `home`'s. Raises Unexpected at the first answer that is not as it should be."""
    say("\nInterest and a payment of two people, in a bank whose clock can be set forward")
    with own_bank(home) as bank:
        _Story(bank).tell()


class _Story:
    """Ada saves from today on; by hand she is paid on the 15th of next month, and then by that month's run."""

    def __init__(self, bank: OwnBank) -> None:
        self._bank, self._story, self._reckoning = bank, Narrator(), _Reckoning()
        self._today = datetime.now(UTC).date()
        first = (self._today.replace(day=1) + timedelta(days=32)).replace(day=1)
        self._fifteenth, self._month_over = first.replace(day=15), (first + timedelta(days=32)).replace(day=1)
        self._period = f"{first:%Y-%m}"
        self._account = ""

    def tell(self) -> None:
        people.make_staff(self._bank.client, self._bank.admin)
        people.register(self._bank.client, ADA)
        self._today_ada_saves()
        self._be_at(self._fifteenth)
        self._she_is_paid_by_hand()
        two_people.set_policy(self._story, self._admin())
        self._be_at(self._month_over)
        self._everybody_is_paid()
        self._two_people_pay()
        self._all_of_it_holds()
        self._story.end()

    def _today_ada_saves(self) -> None:
        story, ada = self._story, self._sign_in(ADA.email)
        story.chapter(f"{self._today:%-d %B %Y}: Ada saves")
        opened = story.step(
            "Ada opens a savings account with 1,000.00.",
            ada.post("/v1/accounts", {"type": "savings", "initial_deposit": "1000.00"}, key="open-savings"),
            201,
            tells=lambda body: f"balance {body['balance']} {body['currency']}",
        )
        self._account = f"/v1/accounts/{opened['id']}"
        self._today = date.fromisoformat(opened["opened_at"][:10])  # midnight may have passed
        rates = story.step(
            "What does it earn?",
            ada.get("/v1/interest-rates"),
            tells=lambda body: ", ".join(
                f"{one['type']} {one['annual_rate']} {one['day_count']}" for one in body["data"]
            ),
        )
        earning = {one["type"]: one["annual_rate"] for one in rates["data"]}
        story.check("The rate of savings", Fraction(earning["savings"]), RATE)

    def _she_is_paid_by_hand(self) -> None:
        story, manager = self._story, self._sign_in(MANAGER.email)
        story.chapter(f"{self._fifteenth:%-d %B %Y}, by the clock of its functions: Ada asks for her interest")
        days = (self._fifteenth - self._today).days
        cents = self._reckoning.credit(days)
        pending = story.step(
            "The pending interest up to yesterday, and its calculation.",
            self._sign_in(ADA.email).get(f"{self._account}/interest"),
            tells=lambda body: f"{body['pending']}: {body['accrued']} in {body['days']} days",
        )
        story.check("The pending interest and its days", (pending["pending"], pending["days"]), (_money(cents), days))
        credit = manager.post(f"{self._account}/apply_interest", {}, key="by-hand")
        paid = story.step("A manager credits it by hand.", credit, 201, tells=_describe_credit)
        story.check("What was credited", paid["amount"], _money(cents))
        again = manager.post(f"{self._account}/apply_interest", {}, key="by-hand-again")
        story.step("Each day is paid once.", again, 409, "conflict")

    def _everybody_is_paid(self) -> None:
        story, manager = self._story, self._sign_in(MANAGER.email)
        story.chapter(f"{self._month_over:%-d %B %Y}, three in the morning: the month's run")
        early = manager.post("/v1/interest-runs", {"period": f"{self._month_over:%Y-%m}"})
        story.step("A month that is not over is refused.", early, 422, "validation_failed")
        story.step(
            "The schedule starts a run every month; here the manager does.",
            manager.post("/v1/interest-runs", {"period": self._period}, key="run"),
            202,
            tells=lambda body: f"{body['period']} {body['status']}",
        )
        run = story.step_when(
            "The state machine pays all accounts, in sixteen partitions.",
            lambda: manager.get(f"/v1/interest-runs/{self._period}"),
            ready=lambda body: body["status"] == "completed",
            tells=_ran,
        )
        cents = self._reckoning.credit((self._month_over - self._fifteenth).days)
        story.check("The accounts credited", (run["accounts"], run["credited"], run["failed"]), (1, 1, 0))
        story.check("The total of the run", run["total"], [{"currency": "USD", "amount": _money(cents)}])
        history = story.step(
            "It paid Ada the days that the credit by hand had left: from the 15th to the end.",
            self._sign_in(ADA.email).get(f"{self._account}/history"),
            tells=lambda body: ", ".join(f"{one['type']} {one['amount']}" for one in body["data"]),
        )["data"]
        credited = [one["amount"] for one in history if one["type"] == "interest_credit"]
        story.check("The latest credit in the history", credited[0], _money(cents))
        story.check("The balance", history[0]["balance_after"], _money(self._reckoning.balance))

    def _two_people_pay(self) -> None:
        teller, manager = self._sign_in(TELLER.email), self._sign_in(MANAGER.email)
        self._reckoning.balance -= round(Fraction(two_people.HELD) * 100)
        account_id = self._account.rpartition("/")[2]
        two_people.pay(self._story, teller, manager, account_id, _money(self._reckoning.balance))

    def _all_of_it_holds(self) -> None:
        auditor = self._sign_in(AUDITOR.email)
        verdict = self._story.step_when(
            "Does the whole bank match its entries and its audit, and had every approval enough other people?",
            lambda: auditor.get("/v1/audit/verify"),
            ready=lambda body: body["ok"],
            tells=describe_verdict,
        )
        self._story.check("The verdict", verdict["ok"], wanted=True)

    def _be_at(self, day: date) -> None:
        self._bank.be_at(datetime.combine(day, NIGHT, tzinfo=UTC))

    def _admin(self) -> Client:
        return people.log_in(self._bank.client, self._bank.admin.email, self._bank.admin.password)

    def _sign_in(self, email: str) -> Client:
        try:
            return people.log_in(self._bank.client, email)
        except people.ChangedByHand as changed:
            raise Unexpected(str(changed)) from changed


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _describe_credit(body: Any) -> str:
    return f"{body['amount']} {body['currency']} for {body['from']} to {body['to']}; carried on {body['carried']}"


def _ran(body: Any) -> str:
    totals = ", ".join(f"{one['amount']} {one['currency']}" for one in body["total"])
    return f"{body['status']}: {body['accounts']} accounts, {body['credited']} credited, {totals} in all"
