"""What each occurrence of a standing order pays."""

from dataclasses import dataclass

from chalicelib.domain.orders.recurrence import Occurrence, Schedule


@dataclass(frozen=True)
class OrderAmounts:
    """Minor units. The first and the last occurrence may differ; an order with one date pays its first amount."""

    regular: int
    first: int | None = None
    final: int | None = None

    def of(self, occurrence: Occurrence) -> int:
        """Return the amount of an occurrence."""
        if occurrence.number == 1 and self.first is not None:
            return self.first
        if occurrence.is_last and self.final is not None:
            return self.final
        return self.regular


def check(amounts: OrderAmounts, schedule: Schedule) -> None:
    """Raise ValueError, with a message for the client, if a final amount could never be paid."""
    if amounts.final is not None and schedule.end is None and schedule.times is None:
        raise ValueError("final_amount needs an end or a count: without one there is no last payment")
