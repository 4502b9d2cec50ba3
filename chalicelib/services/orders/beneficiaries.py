"""Payees that a customer has saved: verified when they are saved, paid by their id."""

from dataclasses import dataclass

from chalicelib import aws, clock
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import Conflict, NotFound, PayeeMismatch, ValidationFailed
from chalicelib.domain.if_match import IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.orders.beneficiary import Beneficiary
from chalicelib.models.paging import Page, Paging
from chalicelib.services import idempotency
from chalicelib.services.crypto.personal_fields import Fields
from chalicelib.services.customers import people
from chalicelib.services.customers.people import Revealed
from chalicelib.services.payments import account_numbers, outgoing, payee_question, payee_verifications, verified_payees

BENEFICIARIES_MAX = 500
"""Ever saved by one customer, removed ones too, so that nobody tries names one after the other without end."""

EDITS_MAX = 50
"""Of one payee, for the same reason."""

Payee = Revealed[Beneficiary]


@dataclass(frozen=True)
class OtherBankPayee:
    """A saved payee at another bank. `verification` is how well the name fitted when it was saved or edited."""

    iban: str
    name: str
    verification: Result


@dataclass(frozen=True)
class _Place:
    """Where a payee is paid: an account of this bank with its number, or an IBAN at another bank."""

    account_id: str | None
    account_number: str | None
    iban: str | None

    def compare(self, name: str) -> Result:
        """Compare a name with the holders, or ask the other bank."""
        if self.account_id is not None:
            return payee_verifications.compare_with_holders(self.account_id, name).result
        return payee_question.ask(str(self.iban), name).result


def get(caller: Caller, beneficiary_id: str) -> Payee:
    """Read one of the caller's payees. Raises NotFound, also for another customer's and a removed one."""
    return people.decrypt_all([_find(caller, beneficiary_id)])[0]


def page(caller: Caller, paging: Paging) -> Page[Payee]:
    """List the caller's payees, the last saved first."""
    found = Beneficiary.page_of_customer(_customer_id(caller), paging)
    return Page(people.decrypt_all(found.items), found.next_cursor)


def find_payee(caller: Caller, beneficiary_id: str, *, accept_mismatch: bool) -> str | OtherBankPayee:
    """Return the account to which one of the caller's payees is paid, or the payee if it is at another bank.

    Raises NotFound, and PayeeMismatch if the name of one at another bank does not fit and that is not accepted.
    """
    found = _find(caller, beneficiary_id)
    if found.account_id:
        return str(found.account_id)
    if found.verification == "no_match" and not accept_mismatch:
        raise PayeeMismatch(verified_payees.MISMATCH)
    [payee] = people.decrypt_all([found])
    return OtherBankPayee(str(payee.personal["iban"]), str(payee.personal["name"]), found.verification)


def payee_account_id(
    caller: Caller,
    to_account_id: str | None = None,
    to_account_number: str | None = None,
    to_iban: str | None = None,
    beneficiary_id: str | None = None,
) -> str:
    """Return the account of this bank that a request names as its payee, in one of four ways. Raises NotFound, and
    ValidationFailed for a payee at another bank."""
    if to_account_id is not None:
        return to_account_id
    if beneficiary_id is not None:
        return _account_id_of(caller, beneficiary_id)
    if to_iban is not None:
        return account_numbers.find_by_iban(to_iban)
    return account_numbers.find_by_number(str(to_account_number))


def add(caller: Caller, idempotency_key: IdempotencyKey | None, fields: Fields) -> tuple[Payee, bool]:
    """Save a payee, and return whether an earlier request under the same key had saved it.

    `fields` are name, nickname and either account_number or iban. Raises ValidationFailed for one that is mistyped,
    NotFound for one of this bank that no account has, AccountClosed, ClearingUnavailable for one of another bank if
    there is no clearing, and Conflict for a customer who has saved too many.
    """
    earlier = idempotency.find_earlier(idempotency_key)
    if earlier:
        return get(caller, earlier), True
    customer_id = _customer_id(caller)
    place = _place(fields)
    if Beneficiary.count_of_customer(customer_id, BENEFICIARIES_MAX) == BENEFICIARIES_MAX:
        raise Conflict(f"A customer can save {BENEFICIARIES_MAX} payees, removed ones included. Edit one instead.")
    now = clock.now()
    at = timestamp(now)
    payee = Beneficiary.new(customer_id, ids.new_id("ben", now), place.account_id).stamp(caller, at)
    payee.verification, payee.verified_at = place.compare(str(fields["name"])), at
    personal = {"name": fields["name"], "nickname": fields["nickname"]}
    personal |= {"account_number": place.account_number, "iban": place.iban}
    actions = [people.encrypt(payee, personal).put_if_absent()]
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
        place = _Place(payee.account_id, found.personal["account_number"], found.personal["iban"])
        values |= {"verification": place.compare(str(changed["name"])), "verified_at": at}
    transact.commit([payee.set_as_read(values, caller, at)], caller.request_id)
    with aws.unknown_outcome_on_error():
        return get(caller, beneficiary_id)


@transact.until_committed
def remove(caller: Caller, beneficiary_id: str, matching: IfMatch) -> None:
    """Forget who the payee was. Raises Conflict when `matching` (If-Match) is outdated."""
    payee = _find(caller, beneficiary_id)
    matching.require(payee.version)
    transact.commit([payee.remove(caller, timestamp(clock.now()))], caller.request_id)


def _place(fields: Fields) -> _Place:
    """Return the account that was named by its number or its IBAN."""
    given = fields.get("iban")
    if given is None:
        number = str(fields["account_number"])
        return _Place(account_numbers.find_by_number(number, "account_number"), number, None)
    elsewhere = account_numbers.parse_iban_elsewhere(given, "iban")
    if elsewhere is None:
        number = account_numbers.parse_own_iban(given, "iban")
        return _Place(account_numbers.find_by_iban(given, "iban"), number, None)
    outgoing.require_clearing()
    return _Place(None, None, elsewhere)


def _account_id_of(caller: Caller, beneficiary_id: str) -> str:
    account_id = _find(caller, beneficiary_id).account_id
    if not account_id:
        raise ValidationFailed.of("beneficiary_id", "is at another bank, which a batch does not pay")
    return str(account_id)


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
