"""Ways to break the ledger, for the checker to find out. Packed beside the bank's own code, in tests only.

Each lives in the functions of an emulator that a test has started, and takes effect as they are imported.
"""

import time
from typing import Any

from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome

GAP_SECONDS = 0.4
"""Between two writes there is always time for somebody else; this much, that a client reads two accounts meanwhile,
on busy cores too."""


def version_condition_removed() -> None:
    """Accounts are updated whatever has happened to them since they were read."""
    update_if = Account.update_if

    def unconditioned(account: Account, _: Any, *others: Any) -> Action:
        return update_if(account, Account.pk.exists(), *others)

    Account.update_if = unconditioned  # type: ignore[method-assign, assignment]


def fingerprint_not_compared() -> None:
    """Whatever is asked under a key gets the answer of what it was used for first."""

    def answer(slot: Any, _: Any, caller: Any) -> Outcome:
        return Outcome(slot, replayed=slot.request_id != caller.request_id)

    ledger.answer = answer  # type: ignore[assignment]


def written_in_two_steps() -> None:
    """The transaction and its first account and entry are written first, the other account and entry after them."""
    write = transact.write

    def in_two(actions: list[Action]) -> None:
        if len(actions) != 5:
            return write(actions)
        transaction, payer, payee, out, into = actions
        write([transaction, payer, out])
        time.sleep(GAP_SECONDS)
        try:
            write([payee, into])
        except transact.Cancelled as cancelled:
            raise transact.Cancelled([transact.Reason("None")] * 3 + cancelled.reasons) from cancelled

    transact.write = in_two
