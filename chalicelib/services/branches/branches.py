"""Branches: made by managers and admins, with the cash that they begin with; read by everyone."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from chalicelib import aws, clock, config
from chalicelib.domain import errors, ids
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import Conflict, IdempotencyKeyMissing, ValidationFailed
from chalicelib.domain.if_match import IfMatch
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.branches.branch import Branch
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger, shards
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.paging import Page, Paging
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import amounts, idempotency, reference_cache
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest

OpeningHours = dict[str, list[str]]


@dataclass(frozen=True)
class NewBranch:
    """`initial_balance` is a decimal string in `currency`, the bank's usual one unless given."""

    name: str
    code: str
    city: str
    country: str
    opening_hours: OpeningHours | None = None
    initial_balance: str | None = None
    currency: str | None = None


def require(branch_id: str) -> None:
    """Raise NotFound unless the branch exists. The head office always does: the deployment creates it."""
    if branch_id == HEAD_OFFICE_ID:
        return
    get(branch_id)


def get(branch_id: str) -> Branch:
    """Read a branch. Raises NotFound."""
    branch = Branch.by_id(branch_id) if ids.is_id("brn", branch_id) else None
    if branch is None:
        raise errors.unknown("branch", branch_id)
    return branch


@reference_cache.kept
def page(paging: Paging) -> Page[Branch]:
    """List branches, newest first: a query, and a read to fill the page, unless the result is cached."""
    return Branch.page_of_all(paging)


def create(
    caller: Caller, idempotency_key: IdempotencyKey | None, new: NewBranch, approved_id: str | None = None
) -> tuple[Branch, bool]:
    """Open a branch, and return whether an earlier request under the same key had opened it.

    With an initial balance, branch and cash are created in one transaction of the ledger, or neither is; that makes
    cash from the bank's equity, and may wait for a second person. `approved_id` is the id that an approval names.
    Raises Conflict if the code is taken.
    """
    now = clock.now()
    at, branch_id = timestamp(now), approved_id or ids.new_id("brn", now)
    fields = {name: getattr(new, name) for name in ("name", "code", "city", "country")}
    branch = Branch.new(branch_id, at, opening_hours=new.opening_hours, **fields).stamp(caller, at)
    guard = UniqueKey.of_branch_code(new.code, branch_id).stamp(caller, at).put_if_absent()
    taken = Conflict(f"There is a branch with the code {new.code} already.")
    if new.initial_balance is not None:
        found_id, replayed = _open_with_balance(caller, idempotency_key, new, branch, guard, taken)
    else:
        actions: list[Action | Extra] = [Extra(guard, taken), branch.put_if_absent()]
        found_id, replayed = idempotency.commit_once(caller, idempotency_key, branch_id, actions, at)
    reference_cache.forget()
    if not replayed:
        return branch, False
    with aws.unknown_outcome_on_error():
        return get(found_id), True


def execute_funding(maker: Caller, approval: Approval) -> None:
    """Open a branch with cash that was approved."""
    create(maker, gate.key_of(approval), NewBranch(**approval.payload), str(approval.resource_id))


@transact.until_committed
def edit(branch_id: str, caller: Caller, edits: dict[str, Any], matching: IfMatch) -> Branch:
    """Change name, city, country or opening hours. Raises Conflict when `matching` (If-Match) is outdated."""
    branch = get(branch_id)
    matching.require(branch.version)
    if not edits:
        return branch
    action = branch.set_as_read(edits, caller, clock.now())
    transact.commit([action], caller.request_id)
    reference_cache.forget()
    with aws.unknown_outcome_on_error():
        return get(branch_id)


def currency_of(asked: str | None) -> str:
    """Return the requested currency, by default the bank's.

    Raises ValidationFailed for a currency in which the bank has no cash.
    """
    currency = asked or config.default_currency()
    if currency not in config.currencies():
        raise ValidationFailed.of("currency", f"must be one of {', '.join(sorted(config.currencies()))}")
    return currency


def _open_with_balance(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    new: NewBranch,
    branch: Branch,
    guard: Action,
    taken: Conflict,
) -> tuple[str, bool]:
    if idempotency_key is None:
        raise IdempotencyKeyMissing("An initial balance moves money: send an Idempotency-Key header.")
    currency = currency_of(new.currency)
    amount = amounts.parse("initial_balance", str(new.initial_balance), currency)
    request = HeldRequest(
        "branch_funding",
        f"Open the branch {new.code} with cash from the bank's equity.",
        resource_id=branch.id,
        payload=asdict(replace(new, currency=currency)),
        amount=amount,
        currency=currency,
    )
    approved = gate.require(caller, request, idempotency_key)
    cash = shards.vault(general_ledger.cash(branch.id, currency))
    legs = (Leg(cash, -amount), Leg(general_ledger.equity(currency), amount))
    movement = Movement(idempotency_key.transaction_id, "funding", currency, legs)
    order = PostingRequest(
        idempotency_key=idempotency_key,
        caller=caller,
        accounts=(general_ledger.equity(currency), cash),
        movement=lambda _: movement,
        branch_id=branch.id,
        extras=(Extra(guard, taken), Extra(branch.put_if_absent(), taken), *approved),
    )
    outcome = ledger.post(order)
    outcome.raise_refusal()
    return str(outcome.transaction.branch_id), outcome.replayed
