"""The story of a year of a standing order, in a separate bank whose clock can be set."""

from datetime import UTC, date, datetime, time, timedelta

from infra.demo import order_dates, people
from infra.demo.client import Client, Unexpected
from infra.demo.narrator import Narrator, describe_verdict
from infra.demo.order_dates import Date
from infra.demo.own_bank import OwnBank, own_bank
from infra.demo.people import ADA, BEN
from infra.progress import say
from infra.settings import Settings

RENT, FIRST_BALANCE = 100, 50
"""Whole amounts of money."""
NIGHT, NOON, LAST_ATTEMPT = time(0, 10), time(12), time(15, 5)
"""In UTC, this bank's time zone: minutes after the first and the last attempt of a day, and in between."""


def tell(home: Settings, months: int = 12) -> None:
    """Tell all of it in a bank beside `home`'s, at least eight months: a forecast sees three.

    Raises Unexpected at the first answer that is not as it should be.
    """
    say("\nA year of a standing order, in a bank whose clock can be set forward")
    with own_bank(home) as bank:
        _Story(bank, months).tell()


class _Story:
    """Ada pays her rent to Ben at the end of each month. In the middle there is too little money in the night.

    Her salary is enough for the months before, her bonus for the rest.
    """

    def __init__(self, bank: OwnBank, months: int) -> None:
        self._bank, self._story, self._months = bank, Narrator(), months
        self._refused = months // 2 - 1
        self._payer, self._payee, self._order = "", "", ""
        self._dates: list[Date] = []

    def tell(self) -> None:
        for person in (ADA, BEN):
            people.register(self._bank.client, person)
        self._bank.use_one_worker()
        ada = self._log_in(ADA.email)
        self._they_open_accounts(ada)
        self._ada_orders(ada)
        self._she_looks_ahead(ada)
        self._months_pass(self._dates[: self._refused])
        self._a_payment_is_refused_and_tried_again(*self._dates[self._refused])
        self._months_pass(self._dates[self._refused + 1 :])
        self._the_year_is_over()
        self._story.end()

    def _they_open_accounts(self, ada: Client) -> None:
        story = self._story
        story.chapter("Ada pays her rent to Ben on the last day of each month")
        opening = {"type": "current", "initial_deposit": _money(FIRST_BALANCE)}
        self._payer = story.step(
            f"Ada opens an account with {_money(FIRST_BALANCE)}.",
            ada.post("/v1/accounts", opening, key="open-payer"),
            201,
            tells=lambda body: f"balance {body['balance']} {body['currency']}",
        )["id"]
        ben = self._log_in(BEN.email)
        self._payee = ben.post("/v1/accounts", {"type": "current"}, key="open-payee").expect(201)["id"]

    def _ada_orders(self, ada: Client) -> None:
        story, first = self._story, (datetime.now(UTC).date().replace(day=1) + timedelta(days=32)).replace(day=1)
        terms = {
            "from_account_id": self._payer,
            "to_account_id": self._payee,
            "amount": _money(RENT),
            "frequency": {"unit": "month", "day": 31},
            "start": first.isoformat(),
            "count": self._months,
            "business_days": "following",
            "memo": "Rent",
        }
        listed = story.step(
            "Which dates would an order of the 31st have? Nothing is made.",
            ada.post(f"/v1/standing-orders?preview={self._months}", terms, key="preview"),
            tells=lambda body: ", ".join(f"{date.fromisoformat(one['date']):%-d %b}" for one in body["dates"]),
        )["dates"]
        self._dates = order_dates.read(listed)
        story.check("The dates", [day for day, _ in self._dates], order_dates.month_ends(first, self._months))
        are_open = all(order_dates.may_be_paid_on(day, paid_on) for day, paid_on in self._dates)
        story.check("Days of payment that may be open", are_open, wanted=True)
        self._order = story.step(
            "She makes the order. Dates on closed days are paid on the next business day.",
            ada.post("/v1/standing-orders", terms, key="order"),
            201,
            tells=lambda body: f"{body['status']}; moved: {order_dates.list_moved(self._dates)}",
        )["id"]

    def _she_looks_ahead(self, ada: Client) -> None:
        story, account = self._story, f"/v1/accounts/{self._payer}"
        first = self._dates[0][1]
        story.chapter("What will the account look like?")
        forecast = story.step(
            "The forecast names the first day that is not covered.",
            ada.get(f"{account}/forecast?days=92"),
            tells=lambda body: f"short on {body['shortfall_on']}, {body['missing']} are missing",
        )
        short = (first.isoformat(), _money(RENT - FIRST_BALANCE))
        story.check("The shortfall", (forecast["shortfall_on"], forecast["missing"]), short)
        self._deposit(ada, RENT * self._refused, "Ada pays her salary in.")
        forecast = story.step(
            "Now the rent is covered.",
            ada.get(f"{account}/forecast?days=92"),
            tells=lambda body: f"short on no day; {body['days'][-1]['balance']} on {body['days'][-1]['date']}",
        )
        story.check("The shortfall", forecast["shortfall_on"], None)
        link = story.step(
            "Ada's calendar program needs a link that works without logging in.",
            ada.post(f"{account}/calendar-link", {}, key="link"),
            201,
            tells=lambda body: body["url"].partition("?")[0],
        )["url"]
        calendar = self._bank.client.get(link)
        events = [line for line in calendar.expect(200).splitlines() if line.startswith(("DTSTART", "SUMMARY"))]
        story.check("The rent in the calendar", any(f"{first:%Y%m%d}" in line for line in events), wanted=True)
        say(f"     The calendar's first event: {', '.join(events[:2])}")

    def _months_pass(self, dates: list[Date]) -> None:
        """Let the run of each day pay."""
        self._story.chapter(f"{dates[0][1]:%B %Y} to {dates[-1][1]:%B %Y}")
        for day, paid_on in dates:
            self._bank.pay_orders_at(_at(paid_on, NIGHT))
            say(f"     {paid_on:%a %-d %B %Y}, 00:10: the run pays the rent of {day:%-d %B}")

    def _a_payment_is_refused_and_tried_again(self, day: date, paid_on: date) -> None:
        story = self._story
        story.chapter(f"{paid_on:%-d %B %Y}: too little money")
        self._bank.pay_orders_at(_at(paid_on, NIGHT))
        self._bank.be_at(_at(paid_on, NOON))
        ada = self._log_in(ADA.email)
        tried = story.step(
            "At noon Ada sees that the night's attempt was refused. It will be tried again today.",
            ada.get(f"/v1/standing-orders/{self._order}/executions"),
            tells=lambda body: order_dates.describe(order_dates.find(body, day)),
        )
        found = order_dates.find(tried, day)
        story.check("The refusal", (found["status"], found["reason"]), ("scheduled", "insufficient_funds"))
        self._deposit(ada, RENT * (self._months - self._refused), "She pays a bonus in.")
        self._bank.pay_orders_at(_at(paid_on, LAST_ATTEMPT))
        say(f"     {paid_on:%a %-d %B %Y}, 15:05: the run tries again")

    def _the_year_is_over(self) -> None:
        story, last = self._story, self._dates[-1][1]
        story.chapter(f"{last:%-d %B %Y}: the year is over")
        self._bank.be_at(_at(last, NOON))
        ada, ben = self._log_in(ADA.email), self._log_in(BEN.email)
        made = story.step(
            "Each date was paid once, on its business day.",
            ada.get(f"/v1/standing-orders/{self._order}/executions?limit=50"),
            tells=lambda body: "; ".join(map(order_dates.describe, reversed(body["data"]))),
        )["data"]
        paid = [(one["date"], one["execution_date"], one["status"]) for one in reversed(made)]
        wanted = [(day.isoformat(), paid_on.isoformat(), "posted") for day, paid_on in self._dates]
        story.check("What became of the dates", paid, wanted)
        order = story.step(
            "No date is left, so the order has ended.",
            ada.get(f"/v1/standing-orders/{self._order}"),
            tells=lambda body: str(body["status"]),
        )
        story.check("The order", order["status"], "ended")
        account = story.step(
            f"Ben has {self._months} rents.",
            ben.get(f"/v1/accounts/{self._payee}"),
            tells=lambda body: f"balance {body['balance']}",
        )
        story.check("Ben's balance", account["balance"], _money(RENT * self._months))
        admin = people.log_in(self._bank.client, self._bank.admin.email, self._bank.admin.password)
        verdict = story.step(
            "Does Ben's account match its entries and its audit?",
            admin.get(f"/v1/audit/verify?account_id={self._payee}"),
            tells=describe_verdict,
        )
        story.check("The verdict", verdict["ok"], wanted=True)

    def _deposit(self, ada: Client, amount: int, sentence: str) -> None:
        paid_in = {"account_id": self._payer, "amount": _money(amount)}
        self._story.step(
            sentence,
            ada.post("/v1/transactions/deposit", paid_in, key=f"deposit-{amount}"),
            201,
            tells=lambda body: f"balance {body['entries'][0]['balance_after']}",
        )

    def _log_in(self, email: str) -> Client:
        try:
            return people.log_in(self._bank.client, email)
        except people.ChangedByHand as changed:
            raise Unexpected(str(changed)) from changed


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=UTC)


def _money(whole: int) -> str:
    return f"{whole}.00"
