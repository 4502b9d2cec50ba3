"""Payees that a customer has saved: verified when they are saved, paid by their id."""

from chalicelib import aws, clock
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.if_match import IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.orders.beneficiary import Beneficiary
from chalicelib.models.paging import Page, Paging
from chalicelib.services import idempotency
from chalicelib.services.crypto.personal_fields import Fields
from chalicelib.services.customers import people
from chalicelib.services.customers.people import Revealed
from chalicelib.services.payments import payee_verifications, transfers

BENEFICIARIES_MAX = 500
"""Ever saved by one customer, removed ones too, so that nobody tries names one after the other without end."""

EDITS_MAX = 50
"""Of one payee, for the same reason."""

Payee = Revealed[Beneficiary]


def get(caller: Caller, beneficiary_id: str) -> Payee:
    """Read one of the caller's payees. Raises NotFound, also for another customer's and a removed one."""
    return people.decrypt_all([_find(caller, beneficiary_id)])[0]


def page(caller: Caller, paging: Paging) -> Page[Payee]:
    """List the caller's payees, the last saved first."""
    found = Beneficiary.page_of_customer(_customer_id(caller), paging)
    return Page(people.decrypt_all(found.items), found.next_cursor)


def account_id_of(caller: Caller, beneficiary_id: str) -> str:
    """Return the account to which one of the caller's payees is paid. Raises NotFound."""
    return str(_find(caller, beneficiary_id).account_id)


def payee_account_id(
    caller: Caller,
    to_account_id: str | None = None,
    to_account_number: str | None = None,
    to_iban: str | None = None,
    to_beneficiary_id: str | None = None,
) -> str:
    """Return the account that a request names as its payee, in one of four ways. Raises NotFound, ValidationFailed."""
    if to_account_id is not None:
        return to_account_id
    if to_beneficiary_id is not None:
        return account_id_of(caller, to_beneficiary_id)
    if to_iban is not None:
        return transfers.account_with_iban(to_iban)
    return transfers.account_with_number(str(to_account_number))


def add(caller: Caller, idempotency_key: IdempotencyKey | None, fields: Fields) -> tuple[Payee, bool]:
    """Save a payee, and return whether an earlier request under the same key had saved it.

    `fields` are name, nickname and either account_number or iban. Raises ValidationFailed for one that is mistyped or
    of another bank, NotFound for one that no account has, AccountClosed, and Conflict for a customer who has saved
    too many.
    """
    earlier = idempotency.earlier(idempotency_key)
    if earlier:
        return get(caller, earlier), True
    customer_id = _customer_id(caller)
    account_id, account_number = _account(fields)
    if Beneficiary.count_of_customer(customer_id, BENEFICIARIES_MAX) == BENEFICIARIES_MAX:
        raise Conflict(f"A customer can save {BENEFICIARIES_MAX} payees, removed ones included. Edit one instead.")
    now = clock.now()
    at = timestamp(now)
    payee = Beneficiary.new(customer_id, ids.new_id("ben", now), account_id).stamp(caller, at)
    payee.verification, payee.verified_at = (
        payee_verifications.compare_with_holders(account_id, str(fields["name"])).result,
        at,
    )
    actions = [
        people.encrypt(
            payee, {name: fields[name] for name in ("name", "nickname")} | {"account_number": account_number}
        ).put_if_absent()
    ]
    beneficiary_id, replayed = idempotency.commit_once(caller, idempotency_key, payee.id, actions, at)
    with aws.unknown_outcome_on_error():
        return get(caller, beneficiary_id), replayed


@transact.until_committed
def edit(caller: Caller, beneficiary_id: str, edits: Fields, matching: IfMatch) -> Payee:
    """Change name or nickname; another name is verified anew. Raises Conflict when `matching` (If-Match) is outdated.

    Another account is another payee: remove this one and save that one.
    """
    found = get(caller, beneficiary_id)
    payee, changed = found.item, found.changed(edits)
    matching.require(payee.version)
    if not changed:
        return found
    if payee.version > EDITS_MAX:
        raise Conflict("This payee was edited too often. Remove it and save it again.")
    at = timestamp(clock.now())
    values: dict[str, object] = {**people.encrypted_fields(payee, changed)}
    if "name" in changed:
        values |= {
            "verification": payee_verifications.compare_with_holders(payee.account_id, str(changed["name"])).result,
            "verified_at": at,
        }
    transact.commit([payee.set_as_read(values, caller, at)], caller.request_id)
    with aws.unknown_outcome_on_error():
        return get(caller, beneficiary_id)


@transact.until_committed
def remove(caller: Caller, beneficiary_id: str, matching: IfMatch) -> None:
    """Forget who the payee was. Raises Conflict when `matching` (If-Match) is outdated."""
    payee = _find(caller, beneficiary_id)
    matching.require(payee.version)
    transact.commit([payee.remove(caller, timestamp(clock.now()))], caller.request_id)


def _account(fields: Fields) -> tuple[str, str]:
    """Return the id and the number of the account that was named by its number or its IBAN."""
    given = fields.get("iban")
    if given is not None:
        return transfers.account_with_iban(str(given), "iban"), transfers.account_number_in(str(given), "iban")
    number = str(fields["account_number"])
    return transfers.account_with_number(number, "account_number"), number


def _customer_id(caller: Caller) -> str:
    if caller.customer_id is None:
        raise NotFound("Only a customer has payees.")
    return caller.customer_id


def _find(caller: Caller, beneficiary_id: str) -> Beneficiary:
    known = ids.is_id("ben", beneficiary_id)
    payee = Beneficiary.find(*Beneficiary.key(_customer_id(caller), beneficiary_id)) if known else None
    if payee is None or payee.status == "withdrawn":
        raise errors.unknown("payee", beneficiary_id)
    return payee
