"""Joint holders of an account: put there and changed by staff, ended by staff, the owner, or the holder itself."""

from contextlib import suppress
from dataclasses import dataclass, field

from chalicelib import config
from chalicelib.domain import conflict_of_interest, errors, ids
from chalicelib.domain.accounts.access import AccessLevel, Right, is_more
from chalicelib.domain.errors import AccountClosed, Conflict, NotFound
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts import joint_holder
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.services import payment_rights
from chalicelib.services.accounts import accounts, changes, limit_sharing
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.customers import kyc, people


@dataclass(frozen=True)
class NamedHolder:
    """A customer with what it may do with an account. `name` is None of a customer who was erased."""

    customer_id: str
    level: AccessLevel
    name: str | None = field(repr=False)


def of_account(caller: Caller, account_id: str) -> Account:
    """Read an account with its holders. Raises NotFound, also for another customer's account."""
    return accounts.get(caller, account_id)


def read_names(account: Account) -> list[NamedHolder]:
    """Return the owner and then the joint holders, with their names."""
    access = account.access()
    customer_ids = access.people()
    names = {
        one.item.id: " ".join(filter(None, (one.personal["first_name"], one.personal["last_name"]))) or None
        for one in people.decrypt_all(Customer.all_of(customer_ids))
    }
    levels = ((customer_id, access.level_of(customer_id)) for customer_id in customer_ids)
    return [NamedHolder(customer_id, level, names.get(customer_id)) for customer_id, level in levels if level]


def put(caller: Caller, account_id: str, customer_id: str, right: Right, matching: IfMatch) -> Account:
    """Make a customer a joint holder, or change its right; the account after that.

    The customer's pending payments are voided if it may only view the account now.

    Raises NotFound for who is no customer, and Conflict for the owner, for one holder too many, for a customer who may
    not sign in, or whose identity must be verified and is not, or when `matching` (If-Match) is outdated. Raises
    ConflictOfInterest for staff who would hold it.
    """
    conflict_of_interest.require_other_customer(caller, customer_id)

    def decide(account: Account) -> dict[str, object]:
        if account.status == "closed":
            raise AccountClosed("A closed account has no joint holders.")
        access = account.access()
        if access.holders.get(customer_id) == right:
            return {}
        return {"holders": access.add_holder(customer_id, right)}

    def put_on_lists(account: Account, at: str) -> list[Action | Extra]:
        approved, before = _require_approval(caller, account, customer_id, right), account.access().holders
        if customer_id in before and not (config.kyc_required() and is_more(right, before[customer_id])):
            return [*approved]
        holder = _active(customer_id).is_as_read()
        if customer_id in before:
            return [holder, *approved]
        shared = limit_sharing.count_held(account, customer_id, caller, at)
        return [holder, joint_holder.join(account, customer_id, caller, at), *shared, *approved]

    account, _ = changes.change(caller, account_id, None, decide, matching=matching, also=put_on_lists)
    if right == "view":
        payment_rights.void_ended_of_account(caller, account)
    return account


def end(
    caller: Caller,
    account_id: str,
    customer_id: str,
    matching: IfMatch = ANY_VERSION,
    *,
    is_erasing: bool = False,
) -> Account:
    """End what a customer may do with an account, void its pending payments, and return the account.

    An erasure (`is_erasing`) was approved as a whole.
    Raises NotFound for a customer who does not hold it, Conflict when `matching` (If-Match) is outdated.
    """

    def decide(account: Account) -> dict[str, object]:
        return {"holders": account.access().remove_holder(caller, customer_id) or None}

    def take_off_lists(account: Account, at: str) -> list[Action | Extra]:
        approved = _require_approval(caller, account, customer_id, None) if caller.is_staff and not is_erasing else ()
        return [joint_holder.end(account, customer_id, caller, at), *approved]

    account, _ = changes.change(caller, account_id, None, decide, matching=matching, wanted="view", also=take_off_lists)
    payment_rights.void_ended_of_account(caller, account)
    return account


def execute(maker: Caller, approval: Approval) -> None:
    """Carry out a change of a joint holder that was approved."""
    account_id, payload = str(approval.resource_id), approval.payload
    if payload["right"] is None:
        end(maker, account_id, payload["customer_id"])
    else:
        put(maker, account_id, payload["customer_id"], payload["right"], ANY_VERSION)


def _require_approval(caller: Caller, account: Account, customer_id: str, right: Right | None) -> tuple[Extra, ...]:
    """Ask whether one person may change a holder. A holding that began or ended meanwhile makes the request outdated:
    whoever has ended one has withdrawn what a request before that asked for.
    """
    wanted = f"Let customer {customer_id} {right} account" if right else f"End what customer {customer_id} may do with"
    key = joint_holder.Holder.key(account.id, customer_id)
    listing = joint_holder.Holder.find(*key) if ids.is_id("cus", customer_id) else None
    return gate.require(
        caller,
        HeldRequest(
            "holder",
            f"{wanted} {account.id}.",
            resource_id=account.id,
            version=f"{account.access().holders.get(customer_id, 'none')} {listing.version if listing else 0}",
            payload={"customer_id": customer_id, "right": right},
            parties=[*account.access().people(), customer_id],
        ),
    )


def all_ended(caller: Caller, account: Account, at: str) -> list[Action]:
    """Return the actions that end every holding of an account; they commit with its closing."""
    return [joint_holder.end(account, customer_id, caller, at) for customer_id in account.access().holders]


def ever_held(customer_id: str) -> set[str]:
    """Return the ids of others' accounts that a customer holds or has held: their statements may name it."""
    return {*joint_holder.account_ids_of(customer_id), *joint_holder.once_held_by(customer_id)}


def end_all(caller: Caller, customer_id: str) -> int:
    """End all that a customer holds of others; how many they were. `caller` is the customer itself, or staff."""
    account_ids = joint_holder.account_ids_of(customer_id)
    for account_id in account_ids:
        with suppress(NotFound):  # ended before, and the index does not know it yet
            end(caller, account_id, customer_id, is_erasing=True)
    return len(account_ids)


def _active(customer_id: str) -> Customer:
    customer = Customer.by_id(customer_id) if ids.is_id("cus", customer_id) else None
    if customer is None or customer.status != "active":
        raise errors.unknown("customer", customer_id)
    user = User.by_id(customer.user_id) if customer.user_id else None
    if user and user.status != "active":
        raise Conflict("This customer's user is disabled, so it cannot become a joint holder.")
    if config.kyc_required() and kyc.status_of(customer) != "verified":
        raise Conflict(
            f"A joint holder must be verified first: the customer's kyc.status is {kyc.status_of(customer)}."
        )
    return customer
