"""What the checker reports."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "chain", "torn", "funds", "outcome", "twice", "answer", "reuse", "read", "back in time", "refusal", "order"
]
"""
- chain         an account's entries have gaps or duplicates, do not add up, or do not lead to its balance
- torn          a transaction lacks entries, has too many, or they do not sum to zero
- funds         a balance below what is allowed
- outcome       done although refused, not done although confirmed, done though nobody asked, or never found out
- twice         one key, several transactions
- answer        an answer that does not fit its request or the ledger, or replays that differ
- reuse         a key served a request that was not the one it was first used for
- read          a read of something that never stood there
- back in time  a client saw less than it had seen or done before
- refusal       refused for insufficient funds, and at no moment in between were they insufficient
- order         answers that no serial order explains
"""


@dataclass(frozen=True)
class Violation:
    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"[{self.kind}] {self.text}"
