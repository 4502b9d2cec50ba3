"""Payments as their messages tell them: with payer and payee in clear. Never log them."""

from collections.abc import Iterable, Sequence
from datetime import date

from chalicelib import config
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.errors import Conflict
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.customers.customer import Address, Customer
from chalicelib.services.customers import people
from chalicelib.services.customers.people import Revealed


def describe_all(payments: Sequence[ClearingPayment]) -> list[CreditTransfer]:
    """Return the payments with the names, IBANs and addresses that a message needs; a few reads for all of them.

    Raises Conflict where payer or payee are erased: nobody is paid under a name that is not theirs.
    """
    accounts = {one.id: one for one in get_all(Account, (Account.key(payment.account_id) for payment in payments))}
    payers = _payers({str(payment.customer_id) for payment in payments})
    bank = config.bank_identifier()
    described = []
    for payment in people.decrypt_all(payments):
        item, payee = payment.item, payment.personal
        name, town, country = payers[item.customer_id]
        own_iban = bank.iban_of(str(accounts[item.account_id].account_number))
        described.append(
            CreditTransfer(
                uetr=item.uetr,
                transaction_id=item.end_to_end_id,
                end_to_end_id=payee["payer_reference"] or item.end_to_end_id,
                amount=item.amount,
                currency=item.currency,
                debtor=Party(_require(name), own_iban, town, country, config.bank_bic()),
                creditor=Party(_require(payee["to_name"]), _require(payee["to_iban"])),
                settlement_date=date.fromisoformat(item.settlement_date),
                rail=item.rail,
                remittance=payee["remittance"],
            )
        )
    return described


def _require(text: str | None) -> str:
    """Return what a message must say of payer and payee. Raises Conflict where it was erased."""
    if not text:
        raise Conflict("The data of the payer are erased: the message cannot be built again.")
    return text


def _payers(customer_ids: Iterable[str]) -> dict[str, tuple[str, str | None, str | None]]:
    """Return the name, town and country of each customer."""
    customers = people.decrypt_all(Customer.all_of(sorted(customer_ids)))
    places = [Address.key(one.item.id, one.item.primary_address_id) for one in customers if one.item.primary_address_id]
    addresses = {one.item.customer_id: one.personal for one in people.decrypt_all(get_all(Address, places))}
    return {one.item.id: (_name(one), *_place(addresses.get(one.item.id, {}))) for one in customers}


def _name(customer: Revealed[Customer]) -> str:
    names = (customer.personal[name] for name in ("first_name", "middle_name", "last_name"))
    return " ".join(filter(None, names))


def _place(address: dict[str, str | None]) -> tuple[str | None, str | None]:
    return address.get("city"), address.get("country")
