"""A branch's cash on one of the bank's days, from the entries of the accounts that it is spread over.

Those accounts are negative where there is cash: an entry of −100 is 100 that came in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

Flow = Literal[
    "deposits", "withdrawals", "vault_in", "vault_out", "funding_in", "funding_out", "reversals_in", "reversals_out"
]

FLOWS: dict[tuple[str, bool], Flow] = {
    ("deposit", True): "deposits",
    ("withdrawal", False): "withdrawals",
    ("vault_movement", True): "vault_in",
    ("vault_movement", False): "vault_out",
    ("funding", True): "funding_in",
    ("funding", False): "funding_out",
    ("reversal", True): "reversals_in",
    ("reversal", False): "reversals_out",
}
"""What an entry counts as, by its type and whether cash came in."""


class Moved(Protocol):
    """The fields of an entry that a day's cash report needs."""

    @property
    def transaction_id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def balance_after(self) -> int: ...


@dataclass
class Tally:
    """How many, and how much together: positive, in minor units."""

    count: int = 0
    amount: int = 0


@dataclass
class CashDay:
    """A branch's cash of one day in one currency: `opening`, the flows, and `closing` as their sum."""

    opening: int = 0
    flows: dict[Flow, Tally] = field(default_factory=dict)
    _counted: set[tuple[Flow, str]] = field(default_factory=set)

    @property
    def closing(self) -> int:
        return self.opening + sum(
            tally.amount if COMES_IN[flow] else -tally.amount for flow, tally in self.flows.items()
        )

    def of(self, flow: Flow) -> Tally:
        return self.flows.get(flow, Tally())

    def rest(self, balance: int) -> None:
        """Count an account with this balance that did not move on the day."""
        self.opening -= balance

    def follow(self, entries: Iterable[Moved]) -> None:
        """Count all entries of an account on the day, oldest first, at least one.

        Raises KeyError for a type that moves no cash.
        """
        is_first = True
        for entry in entries:
            if is_first:
                self.opening -= entry.balance_after - entry.amount
                is_first = False
            flow = FLOWS[entry.type, entry.amount < 0]
            tally = self.flows.setdefault(flow, Tally())
            if (flow, entry.transaction_id) not in self._counted:  # one payment may take cash from several accounts
                self._counted.add((flow, entry.transaction_id))
                tally.count += 1
            tally.amount += abs(entry.amount)


COMES_IN: dict[Flow, bool] = {flow: comes_in for (_, comes_in), flow in FLOWS.items()}
