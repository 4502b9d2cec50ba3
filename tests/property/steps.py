"""What the machine may do next."""

from typing import Any

from hypothesis import strategies as st

ROUND = [1, 100, 500, 900, 999, 1000]
"""Amounts that meet each other, and the limits, more often than chance would have it."""


def known(names: str) -> st.SearchStrategy[str]:
    """One of the names that the machine has by then, so that a failure prints as plain calls."""
    return st.runner().flatmap(lambda machine: st.sampled_from(getattr(machine, names)))


amounts = st.sampled_from(ROUND) | st.integers(1, 1100)
deposits = st.just(0) | amounts
an_account, a_payee, a_key = known("accounts"), known("payees"), known("keys")
a_transaction, a_hold = known("transactions"), known("holds")

STEPS: dict[str, tuple[int, tuple[st.SearchStrategy[Any], ...]]] = {
    "transfer": (4, (an_account, a_payee, amounts)),
    "hold": (4, (an_account, a_payee, amounts)),
    "deposit": (2, (an_account, amounts)),
    "withdraw": (2, (an_account, amounts)),
    "empty": (2, (an_account,)),
    "end": (6, (a_hold, st.sampled_from(["posted", "posted", "voided", "expired"]))),
    "reverse": (3, (a_transaction, st.booleans())),
    "turn": (3, (an_account, st.booleans())),
    "limit": (2, (an_account, deposits)),
    "close": (2, (an_account,)),
    "repeat": (3, (a_key,)),
    "reuse": (3, (a_key, an_account, st.integers(1001, 1100))),
    "open": (1, (deposits,)),
    "interest": (3, (an_account, st.sampled_from([31, 365, 1, 0]))),
    "later": (1, (st.sampled_from([1, 1, 31]),)),
    "elsewhere": (1, ()),
}
"""What may be done, with a weight, and with what. One rule draws from them all: Hypothesis leaves out some rules in
each example, and of a few dozen examples few would then both hold and settle."""

a_step = st.sampled_from([name for name, (weight, _) in STEPS.items() for _ in range(weight)]).flatmap(
    lambda name: st.tuples(st.just(name), *STEPS[name][1])
)
