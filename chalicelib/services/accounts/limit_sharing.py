"""Gives a customer one daily limit, however many accounts it owns and holds.

The first account in a currency counts alone: what it spends is what the customer spends. With the second one, or the
first one that it holds of somebody else, a count of the customer begins, at what the first has spent already
(`models/ledger/spending.py`).
"""

from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.customers.account_counts import CustomerAccounts
from chalicelib.models.item import Action
from chalicelib.models.ledger import spending
from chalicelib.models.ledger.share import Share
from chalicelib.models.transact import Extra

SHARED = ""


def count_opened(account: Account, caller: Caller, at: str, barred: Exception, changed: Exception) -> tuple[Extra, ...]:
    """Return what commits with a new account of a customer, and say on the account whether it counts alone.

    One read, and one more for the second account in a currency. Errors: `barred` for a customer that may open none,
    `changed` when another account is opened, or the first one changes, at the same time.
    """
    customer_id, currency = str(account.customer_id), str(account.currency)
    stored = CustomerAccounts.of(customer_id)
    alone, actions = stored.alone, list[Action]()
    if alone is not None and currency not in alone:
        account.counts_alone = True
        alone = {**alone, currency: account.id}
    elif alone is not None and alone[currency] != SHARED:
        actions = _share(alone[currency], caller, at)
        alone = {**alone, currency: SHARED}
    counted = stored.count_opened(customer_id, alone, caller, at)
    return Extra(counted, barred if stored.is_barred else changed), *(Extra(action, changed) for action in actions)


def count_held(account: Account, customer_id: str, caller: Caller, at: str) -> list[Action]:
    """Return what commits with a customer's becoming a joint holder: its own account counts alone no longer.

    One read, and one more for a customer with one account in the currency. Customers from before counts were kept have
    no account that counts alone.
    """
    stored, currency = CustomerAccounts.of(customer_id), str(account.currency)
    if stored.alone is None or stored.alone.get(currency) == SHARED:
        return []
    begun = _share(stored.alone[currency], caller, at) if currency in stored.alone else []
    return [stored.share(customer_id, {**stored.alone, currency: SHARED}, caller, at), *begun]


def _share(account_id: str, caller: Caller, at: str) -> list[Action]:
    """Return the actions after which an account does not count alone any more: the customer's count begins."""
    first = Account.by_id(account_id)
    if first is None:
        raise LookupError(f"{account_id} is counted and does not exist")
    actions = [first.change({"counts_alone": None}, caller, at, bears_on_posting=True)]
    if first.spent and first.spent_on:
        share = Share(str(first.customer_id), first.spent, str(first.currency), first.spent_on)
        actions.append(spending.carry(share, share.amount, caller, at))
    return actions
