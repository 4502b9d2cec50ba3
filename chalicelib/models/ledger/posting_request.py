"""A request to the ledger: what to move, and what commits with it."""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Awaited, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import Wanted
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra


@dataclass(frozen=True)
class PostingRequest:
    """A request to the ledger under one idempotency key.

    `movement` decides what to move from the items that were read. It raises errors that are not recorded (not found,
    not yours, wrong PIN). `accounts` and `others` are read first, in one call; other accounts that the movement names,
    in a second call. What is wanted `beside` is read with them. `label` and `extras` commit with the posting. `awaits`
    is the reason of a hold. `order_id` and `occurrence` are of the order that it pays. Refusals with a code in
    `tried_again` are raised and not recorded: the same request is made again later. `for_clearing` returns what commits
    with a payment to another bank: such a payment is never posted at once, but held until the clearing answers.
    `uetr` is of what came in from another bank, or back.
    """

    idempotency_key: IdempotencyKey
    caller: Caller
    accounts: tuple[str, ...]
    movement: Callable[[Snapshot], Movement]
    others: tuple[Key, ...] = ()
    beside: tuple[Wanted, ...] = ()
    memo: str | None = None
    branch_id: str | None = None
    reverses: str | None = None
    reason: str | None = None
    awaits: Awaited | None = None
    opening: Account | None = None
    label: Callable[[str], Action] | None = None
    extras: tuple[Extra, ...] = ()
    order_id: str | None = None
    occurrence: str | None = None
    uetr: str | None = None
    tried_again: frozenset[str] = frozenset()
    for_clearing: Callable[[Transaction], list[Action]] | None = None
