"""Reviews of who a customer is, by staff; and what an unverified customer may not."""

from dataclasses import asdict, dataclass
from datetime import date

from chalicelib import aws, clock, config
from chalicelib.domain.customers import kyc
from chalicelib.domain.errors import Conflict
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.customers.customer import Customer
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.customers import customers
from chalicelib.services.customers.people import Revealed


@dataclass(frozen=True)
class Review:
    """`expires_on` is the last of the bank's days on which a verification holds; None: it has no end."""

    status: kyc.Status
    reason: str
    expires_on: str | None = None


def today() -> date:
    """Return the bank's day."""
    return clock.now().astimezone(config.timezone()).date()


def status_of(customer: Customer) -> kyc.Status:
    """Return the customer's status as of today."""
    return kyc.status_on(today(), customer.kyc_status, customer.kyc_expires_on)


@transact.until_committed
def review(
    caller: Caller, idempotency_key: IdempotencyKey | None, customer_id: str, decided: Review, matching: IfMatch
) -> tuple[Revealed[Customer], bool]:
    """Review a customer, and return whether an earlier request under the same key had done it.

    Raises Conflict for a step that the diagram does not have, or when `matching` (If-Match) is outdated.
    """
    if idempotency.find_earlier(idempotency_key):
        return customers.get(caller, customer_id), True
    kyc.require_expiry(decided.status, decided.expires_on, today())
    customer = customers.find(caller, customer_id)
    customers.require_changeable(caller, customer)
    matching.require(customer.version)
    kyc.require_step(status_of(customer), decided.status)
    at = timestamp(clock.now())
    values = {
        "kyc_status": decided.status,
        "kyc_reason": decided.reason,
        "kyc_reviewed_by": caller.user_id,
        "kyc_reviewed_at": at,
        "kyc_expires_on": decided.expires_on,
    }
    approved = _require_approval(caller, customer, decided, idempotency_key) if decided.status == "verified" else ()
    actions: list[Action | Extra] = [customer.set_as_read(values, caller, at), *approved]
    _, replayed = idempotency.commit_once(caller, idempotency_key, customer_id, actions, at)
    with aws.unknown_outcome_on_error():
        return customers.get(caller, customer_id), replayed


def _require_approval(
    caller: Caller, customer: Customer, decided: Review, idempotency_key: IdempotencyKey | None
) -> tuple[Extra, ...]:
    """Ask whether one person may verify the customer. To reject, or to withdraw a verification, one is enough.

    Any edit meanwhile makes the request outdated: the documents were checked against the data as they were.
    """
    request = HeldRequest(
        "kyc",
        f"Verify customer {customer.id}.",
        resource_id=customer.id,
        version=customer.version,
        payload=asdict(decided),
        parties=[customer.id],
    )
    return gate.require(caller, request, idempotency_key)


def execute_review(maker: Caller, approval: Approval) -> None:
    """Carry out a review that was approved."""
    review(maker, None, str(approval.resource_id), Review(**approval.payload), ANY_VERSION)


def require_verified(customer_id: str) -> list[Action]:
    """Return the condition that the customer is verified, to commit with a write that requires it.

    Returns nothing if the bank's settings require no verification. Raises Conflict for an unverified customer.
    """
    if not config.kyc_required():
        return []
    customer = Customer.by_id(customer_id)
    if customer is None:
        raise _refusal("pending")
    require_verified_where_needed(customer)
    return [customer.is_as_read()]


def require_verified_where_needed(customer: Customer) -> None:
    """Raise Conflict for an unverified customer, if the bank's settings require a verification."""
    if not is_verified_where_needed(customer):
        raise _refusal(status_of(customer))


def is_verified_where_needed(customer: Customer) -> bool:
    """Return whether a customer is verified, or the bank's settings require no verification."""
    return not config.kyc_required() or status_of(customer) == "verified"


def _refusal(status: kyc.Status) -> Conflict:
    return Conflict(f"The customer must be verified first: its kyc.status is {status}.")
