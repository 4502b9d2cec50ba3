"""Payments between banks: what every message about one says of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Rail = Literal["instant", "standard"]


@dataclass(frozen=True)
class Party:
    """A debtor or creditor. The address is structured: town and country, nothing else."""

    name: str
    iban: str
    town: str | None = None
    country: str | None = None
    bic: str | None = None
    """Of its bank, where it is known: the IBAN names the bank."""


@dataclass(frozen=True)
class CreditTransfer:
    """A payment of one customer to another at another bank. `amount` is in minor units.

    `accepted_at` is when the payer's bank took an instant payment on: its ten seconds begin then.
    """

    uetr: str
    transaction_id: str
    end_to_end_id: str
    amount: int
    currency: str
    debtor: Party
    creditor: Party
    settlement_date: date
    rail: Rail
    remittance: str | None = None
    accepted_at: datetime | None = None
