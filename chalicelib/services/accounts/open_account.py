"""Opening an account, with or without money in it: one step, all of it or nothing."""

from dataclasses import dataclass

from chalicelib import aws, clock, config
from chalicelib.domain import conflict_of_interest, errors, ids
from chalicelib.domain.accounts.account_number import new_account_number
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import (
    Conflict,
    Contention,
    IdempotencyKeyMissing,
    ValidationFailed,
)
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.balance import AccountType
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.branches import account_counts
from chalicelib.models.customers.customer import Customer
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.waiting import Allowance, BeyondAllowance, Judge
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import amounts, customer_cash, idempotency
from chalicelib.services.accounts import accounts, limit_sharing, pins
from chalicelib.services.approvals import in_force, needs
from chalicelib.services.branches import branches
from chalicelib.services.customers import kyc

TRIES_MAX = 5


@dataclass(frozen=True)
class Opening:
    """A request to open an account; `initial_deposit` is a decimal string."""

    account_type: AccountType
    currency: str
    branch_id: str | None = None
    customer_id: str | None = None
    nickname: str | None = None
    pin: str | None = None
    initial_deposit: str | None = None


class _TryAgain(Exception):
    """Another account has the number that was drawn, or the customer has changed: draw, and look, again."""


def open_account(caller: Caller, opening: Opening, idempotency_key: IdempotencyKey | None) -> tuple[Account, bool]:
    """Open an account, and return whether an earlier request under the same key had opened it."""
    if opening.currency not in config.currencies():
        raise ValidationFailed.of("currency", f"must be one of {', '.join(sorted(config.currencies()))}")
    customer_id = _customer_id(caller, opening.customer_id)
    if opening.initial_deposit is not None:
        customer_cash.require_allowed(caller)
    branch_id = opening.branch_id or caller.branch_id or HEAD_OFFICE_ID
    branches.require(branch_id)
    for _ in range(TRIES_MAX):
        verified = _require_verified(customer_id, idempotency_key)
        at = timestamp(clock.now())
        account = Account.of_customer(
            ids.new_id("acc", clock.now()),
            customer_id,
            at,
            account_type=opening.account_type,
            currency=opening.currency,
            branch_id=branch_id,
            nickname=opening.nickname,
            account_number=new_account_number(),
        ).stamp(caller, at)
        try:
            return _commit(caller, opening, idempotency_key, account, at, verified)
        except _TryAgain:
            continue
    raise Contention("No free account number was found. Nothing was opened; retry.", retry_after_seconds=1)


def _require_verified(customer_id: str, idempotency_key: IdempotencyKey | None) -> list[Action]:
    """Return the condition that the customer is verified.

    Raises Conflict if not, unless an earlier request under the same key opened the account.
    """
    try:
        return kyc.require_verified(customer_id)
    except Conflict:
        if idempotency.find_earlier(idempotency_key) is None:
            raise
        return []


def _commit(
    caller: Caller,
    opening: Opening,
    idempotency_key: IdempotencyKey | None,
    account: Account,
    at: str,
    verified: list[Action],
) -> tuple[Account, bool]:
    taken = _TryAgain("taken")
    guard = UniqueKey.of_number(account.account_number, account.id).stamp(caller, at).put_if_absent()
    of_customer = limit_sharing.count_opened(account, caller, at, _refusal_of_erased(), taken)
    of_branch = account_counts.count_change(account, str(account.branch_id), "opened", caller, at)
    others = [of_branch, *_pin_actions(caller, opening, account, at), *verified]
    extras = (Extra(guard, taken), *of_customer, *(Extra(action, taken) for action in others))
    if opening.initial_deposit is not None:
        return _with_deposit(caller, opening, idempotency_key, account, extras)
    account.ledger_version = 1
    actions: list[Action | Extra] = [account.put_if_absent(), *extras]
    account_id, replayed = idempotency.commit_once(caller, idempotency_key, account.id, actions, at)
    return (_get_opened(caller, account_id), True) if replayed else (account, False)


def _with_deposit(
    caller: Caller,
    opening: Opening,
    idempotency_key: IdempotencyKey | None,
    account: Account,
    extras: tuple[Extra, ...],
) -> tuple[Account, bool]:
    if idempotency_key is None:
        raise IdempotencyKeyMissing("An initial deposit moves money: send an Idempotency-Key header.")
    amount = amounts.parse("initial_deposit", str(opening.initial_deposit), opening.currency)
    cash = general_ledger.cash(str(account.branch_id), opening.currency)
    deposited = Movement(
        idempotency_key.transaction_id,
        "deposit",
        opening.currency,
        (Leg(account.id, amount), Leg(cash, -amount)),
        amounts.limits(opening.currency),
    )

    def movement(_: Snapshot) -> Movement:
        needs.require_alone(caller, "deposit", opening.currency, amount)
        return deposited

    order = PostingRequest(
        idempotency_key=idempotency_key,
        caller=caller,
        accounts=(cash,),
        movement=movement,
        branch_id=account.branch_id,
        opening=account,
        extras=extras,
    )
    outcome = ledger.post_if_clear(order, _judge_of_day(caller))
    outcome.raise_refusal()
    return _get_opened(caller, str(outcome.transaction.opens_account_id)), outcome.replayed


def _judge_of_day(caller: Caller) -> Judge:
    """Return the judge of an initial deposit by the cash that the customer has brought that day, as of any deposit,
    and by what the member of staff has taken in alone.
    """

    def decide(prepared: PreparedMovement) -> Allowance | None:
        movement = prepared.movement
        most = in_force.policy_of("deposit").free_in_day(movement.currency)
        shares = needs.shares_of_staff(caller, "deposit", movement.amount, movement.currency, prepared.day)

        def refuse(_: PreparedMovement, cause: BeyondAllowance) -> None:
            if cause.is_of_staff:
                raise needs.refusal_to_do_alone("deposit")
            needs.require_alone(caller, "deposit", movement.currency, movement.amount, most or 0)

        return Allowance(most, refuse, shares) if shares or most is not None else None

    return decide


def _refusal_of_erased() -> Conflict:
    return Conflict("This customer is erased or being erased, so it cannot open an account.")


def _get_opened(caller: Caller, account_id: str) -> Account:
    with aws.unknown_outcome_on_error():
        return accounts.get(caller, account_id)


def _pin_actions(caller: Caller, opening: Opening, account: Account, at: str) -> list[Action]:
    if opening.pin is None:
        return []
    return [Pin.new(account.id, pins.hash_new(opening.pin, account.customer_id)).stamp(caller, at).put_if_absent()]


def _customer_id(caller: Caller, asked: str | None) -> str:
    """Return the customer of the new account: the caller, or the one that staff name, who is not one of them."""
    if not caller.is_staff:
        if asked not in (None, caller.customer_id) or caller.customer_id is None:
            raise errors.unknown("customer", asked)
        return caller.customer_id
    if asked is None:
        raise ValidationFailed.of("customer_id", "is required: staff open accounts for a customer")
    conflict_of_interest.require_other_customer(caller, asked)
    if not ids.is_id("cus", asked) or Customer.by_id(asked) is None:
        raise errors.unknown("customer", asked)
    return asked
