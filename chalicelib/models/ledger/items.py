"""The items and actions of a decision by the domain. Only modules that plan writes of money use this."""

from collections.abc import Iterable
from copy import deepcopy

from chalicelib.domain.days import Days
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Held, Movement, Posting, spending_of
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import Action
from chalicelib.models.ledger import spending
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.hold import NO_END, Hold
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.share import Share
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction, merge_shards
from chalicelib.models.ledger.waiting import Allowance
from chalicelib.models.transact import Extra


def transaction(
    idempotency_key: IdempotencyKey, movement: Movement, snapshot: Snapshot, caller: Caller, created_at: str
) -> Transaction:
    """Return a transaction before its status is known. Money goes from the paying to the receiving account."""
    pk, sk = Transaction.key(idempotency_key.transaction_id)
    made = Transaction(
        pk,
        sk,
        id=idempotency_key.transaction_id,
        fingerprint=idempotency_key.fingerprint,
        transaction_type=movement.type,
        amount=movement.amount,
        currency=movement.currency,
        legs=[list(leg) for leg in merge_shards((leg.account_id, leg.amount) for leg in movement.legs)],
        initiated_by=caller.user_id,
        interest=_interest(movement),
    )
    for leg in movement.legs:
        account = snapshot.accounts[leg.account_id]
        if account.customer_id and leg.amount < 0:
            made.from_account_id, made.from_customer_id = account.id, account.customer_id
        elif account.customer_id:
            made.to_account_id, made.to_customer_id = account.id, account.customer_id
    made.joint_holders = joint_holders(snapshot, made.account_ids())
    return made.stamp(caller, created_at).listed()


def joint_holders(snapshot: Snapshot, account_ids: Iterable[str]) -> dict[str, list[str]] | None:
    """Return the joint holders of accounts that were read, by account; None if no account has any."""
    accounts = [snapshot.accounts[name] for name in sorted(account_ids) if name in snapshot.accounts]
    return {account.id: sorted(account.holders) for account in accounts if account.holders} or None


def count_for_customers(
    made: Transaction, prepared: PreparedMovement, caller: Caller, allowance: Allowance | None
) -> tuple[tuple[Extra, ...], list[Action]]:
    """Return what counts a new transaction for its people beside the accounts, and what a reversal gives back.

    `allowance` is what their day may be at most for it to be posted at once.
    """
    movement, accounts, at = prepared.movement, prepared.snapshot.accounts, prepared.at
    if made.is_own:
        return (), []
    counted: tuple[Extra, ...] = ()
    most = allowance.most if allowance else None
    if movement.limits:
        shares = shares_of(made, prepared, caller, allowance)
        counted = spending.count(shares, movement.limits, most, caller, at)
    if movement.type == "deposit" and most is not None and made.to_customer_id:
        brought = Share(made.to_customer_id, movement.amount, movement.currency, prepared.day, "CASH")
        counted = (*counted, *spending.count_cash(brought, most, caller, at))
    returned = spending.shares_of(movement.gives_back, accounts, movement.currency, movement.holder_id)
    return counted, spending.give_back(returned, caller, at)


def shares_of(
    made: Transaction, prepared: PreparedMovement, caller: Caller, allowance: Allowance | None
) -> list[Share]:
    """Return what a new transaction counts for its people beside the accounts, and note the holder who pays."""
    movement, accounts = prepared.movement, prepared.snapshot.accounts
    if made.is_own or not movement.limits:
        return []
    of_staff = allowance.shares if allowance else ()
    if not made.from_account_id:
        return [*of_staff]
    paid = spending_of(movement, prepared.positions, prepared.day)
    made.holder_id = spending.holder_of(accounts[made.from_account_id], made.to_customer_id, caller)
    return [*spending.shares_of(paid, accounts, movement.currency, made.holder_id), *of_staff]


def give_back_counts(pending: Transaction, snapshot: Snapshot, caller: Caller, at: str) -> list[Action]:
    """Return what gives back the counts of a pending transaction that ends without being posted."""
    if pending.is_own:
        return []
    shares = spending.shares_of(pending.own_holds(), snapshot.accounts, str(pending.currency), pending.holder_id)
    return spending.give_back(shares, caller, at)


def sides(movement: Movement, snapshot: Snapshot, caller: Caller) -> tuple[str, ...]:
    """Return the accounts of a movement that the caller may see."""
    accounts = [snapshot.accounts[leg.account_id] for leg in movement.legs]
    return tuple(account.id for account in accounts if account.access().lets(caller, "view"))


def holds_of(pending: Transaction) -> dict[str, Held]:
    return {held.account_id: held for held in pending.own_holds()}


def holds_json(posting: Posting) -> list[list[object]]:
    return [[held.account_id, held.amount, held.counted_on] for held in posting.holds]


def entries_json(posting: Posting) -> list[dict[str, object]]:
    return [
        {"account_id": entry.account_id, "seq": entry.seq, "amount": entry.amount, "balance_after": entry.balance_after}
        for entry in posting.entries
    ]


def interest_json(currency: str, days: Days, carried: str) -> list[str]:
    return [currency, days.start.isoformat(), days.last.isoformat(), carried]


def _interest(movement: Movement) -> list[str] | None:
    paid = movement.interest
    return interest_json(movement.currency, paid.days, paid.carried) if paid else None


def actions(made: Transaction, posting: Posting, snapshot: Snapshot, caller: Caller) -> list[Action]:
    """Return an action for each account of a transaction, then one for each entry."""
    accounts = [
        account(snapshot.accounts[position.account_id], position, caller, posting.created_at)
        for position in posting.positions
    ]
    return [*accounts, *entries(made, posting)]


def entries(made: Transaction, posting: Posting) -> list[Action]:
    """Return an action for each entry of a transaction."""
    return [LedgerEntry.of(entry, made.details_for(entry.account_id)).put_if_absent() for entry in posting.entries]


def holds(posting: Posting, snapshot: Snapshot, caller: Caller, transaction_id: str, until: str | None) -> list[Action]:
    """Return one action for each new hold; without `until` no timer ends it."""
    at = posting.created_at
    made = [
        Hold.of(held, transaction_id, str(snapshot.accounts[held.account_id].customer_id), at, until or NO_END)
        for held in posting.holds
    ]
    return [hold.stamp(caller, at).put_if_absent() for hold in made]


def keep(held: Held, transaction_id: str, caller: Caller, at: str) -> Action:
    """Return the action after which no timer ends a hold."""
    return Hold(*Hold.key(held.account_id, transaction_id)).keep(caller, at)


def release(held: Held, transaction_id: str, caller: Caller, at: str, *, is_posted: bool) -> Action:
    return Hold(*Hold.key(held.account_id, transaction_id)).release(caller, at, is_posted=is_posted)


def account(read: Account, position: Position, caller: Caller, at: str, hot_until: int | None = None) -> Action:
    """Return the action that stores an account's position, if the account is still as it was read.

    With `hot_until` (epoch seconds) it also says until when posts of the account are committed in groups.
    """
    if read.ledger_version == 0:
        opened = deepcopy(read)
        opened.stand_at(position)
        return opened.put_if_absent()
    as_read = Account.ledger_version == read.ledger_version
    before = read.position().posting_fields()
    changes = [
        getattr(Account, name).set(value) for name, value in position.posting_fields().items() if value != before[name]
    ]
    if hot_until is not None:
        changes.append(Account.hot_until.set(hot_until))
    return read.update_if(as_read, changes, caller, at)
