"""Legal holds: while one is set, nothing about a customer is erased. The customer never learns of it."""

from chalicelib import aws, clock
from chalicelib.domain import conflict_of_interest
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.customers.customer import Customer
from chalicelib.services import idempotency
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.customers import customers


@transact.until_committed
def set_hold(
    caller: Caller, idempotency_key: IdempotencyKey | None, customer_id: str, reason: str, matching: IfMatch
) -> tuple[Customer, bool]:
    """Set a legal hold, and return whether an earlier request under the same key had set it.

    Raises Conflict for a customer who has a hold or is being erased, or when `matching` (If-Match) is outdated;
    ConflictOfInterest for staff who are this customer, with a hold or without.
    """
    if idempotency.find_earlier(idempotency_key):
        return customers.find(caller, customer_id), True
    customer = customers.find(caller, customer_id)
    customers.require_changeable(caller, customer)
    matching.require(customer.version)
    if customer.is_on_legal_hold:
        raise Conflict(f"A legal hold was set at {customer.legal_hold_set_at}. End it before you set another one.")
    at = timestamp(clock.now())
    values = {"legal_hold_reason": reason, "legal_hold_set_by": caller.user_id, "legal_hold_set_at": at}
    actions = [customer.set_as_read(values, caller, at)]
    _, replayed = idempotency.commit_once(caller, idempotency_key, customer_id, actions, at)
    with aws.unknown_outcome_on_error():
        return customers.find(caller, customer_id), replayed


@transact.until_committed
def end(caller: Caller, customer_id: str, matching: IfMatch) -> Customer:
    """End the legal hold of a customer. The audit keeps who had set it, when and why, and who ended it.

    After that the customer can be erased, so it may wait for a second person. Raises NotFound without a hold, Conflict
    when `matching` (If-Match) is outdated; ConflictOfInterest for staff who are this customer, with a hold or without.
    """
    conflict_of_interest.require_other_customer(caller, customer_id)
    customer = customers.find(caller, customer_id)
    matching.require(customer.version)
    if not customer.is_on_legal_hold:
        raise NotFound("This customer has no legal hold.")
    request = HeldRequest(
        "legal_hold",
        f"End the legal hold of customer {customer.id}.",
        resource_id=customer.id,
        version=str(customer.legal_hold_set_at),
        parties=[customer.id],
    )
    approved = gate.require(caller, request)
    values = dict.fromkeys(("legal_hold_reason", "legal_hold_set_by", "legal_hold_set_at"))
    ended = customer.set_as_read(values, caller, timestamp(clock.now()))
    transact.commit([ended, *approved], caller.request_id)
    with aws.unknown_outcome_on_error():
        return customers.find(caller, customer_id)


def execute_end(maker: Caller, approval: Approval) -> None:
    """End a legal hold whose end was approved."""
    end(maker, str(approval.resource_id), ANY_VERSION)
