"""Saved payees."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.orders.beneficiary_schemas import AddBeneficiary, BeneficiaryView, EditBeneficiary
from chalicelib.models.paging import Paging
from chalicelib.services.orders import beneficiaries
from chalicelib.services.orders.beneficiaries import Payee


def answer(payee: Payee, *, replayed: bool = False) -> Answer:
    """Respond with a payee and its version as ETag, to send back as If-Match."""
    return Answer(BeneficiaryView.of(payee), version=payee.item.version, replayed=replayed)


@describe(
    "Save a payee",
    status=201,
    body=AddBeneficiary,
    answer=BeneficiaryView,
    problems=("not_found", "account_closed", "clearing_unavailable", "conflict", "contention", "outcome_unknown"),
    limit="beneficiaries",
)
def add_beneficiary(request: Request[AddBeneficiary, None]) -> Answer:
    """Saves a payee and compares the name with the account's holders. `verification` says how well it fits; a payee
    whose name does not fit is saved, too. With an IBAN of another bank, that bank is asked, five seconds at most. To
    pay it, send `beneficiary_id`. You can save at most 500, removed ones included.
    """
    payee, replayed = beneficiaries.add(request.caller, request.idempotency_key, request.body.model_dump())
    return answer(payee, replayed=replayed)


@describe("List payees", query=PageQuery, answer=Listing[BeneficiaryView], problems=("not_found", "invalid_cursor"))
def list_beneficiaries(request: Request[None, PageQuery]) -> Listing[BeneficiaryView]:
    """Lists your payees, the last saved first. A page may be short although there is another one."""
    page = beneficiaries.page(request.caller, Paging(request.query.limit, request.query.cursor))
    return Listing[BeneficiaryView].page([BeneficiaryView.of(one) for one in page.items], page.next_cursor)


@describe("Get a payee", answer=BeneficiaryView, problems=("not_found",), versioned="the payee")
def get_beneficiary(request: Request[None, None], beneficiary_id: str) -> Answer:
    """Returns the payee, unless it was removed."""
    return answer(beneficiaries.get(request.caller, beneficiary_id))


@describe(
    "Edit a payee",
    body=EditBeneficiary,
    answer=BeneficiaryView,
    versioned="the payee",
    problems=("not_found", "account_closed", "conflict", "contention", "outcome_unknown"),
    limit="beneficiaries",
)
def edit_beneficiary(request: Request[EditBeneficiary, None], beneficiary_id: str) -> Answer:
    """Changes name or nickname. Another name is compared with the account's holders again. To pay another account, save
    another payee.
    """
    edits = request.body.model_dump(exclude_unset=True)
    return answer(beneficiaries.edit(request.caller, beneficiary_id, edits, request.if_match))


@describe(
    "Remove a payee",
    status=204,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
    versioned="the payee",
)
def remove_beneficiary(request: Request[None, None], beneficiary_id: str) -> None:
    """Forgets name and number. Payments that were made to it stay."""
    beneficiaries.remove(request.caller, beneficiary_id, request.if_match)
