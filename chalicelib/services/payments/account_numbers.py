"""Which account a number or an IBAN names. An error names the field of the request that had it."""

from chalicelib import config
from chalicelib.domain import errors
from chalicelib.domain.accounts.account_number import is_account_number
from chalicelib.domain.errors import ClearingUnavailable, ValidationFailed
from chalicelib.domain.payments import iban
from chalicelib.domain.payments.iban import InvalidIban
from chalicelib.models.uniqueness import UniqueKey


def find_by_number(account_number: str, field: str = "to_account_number") -> str:
    """Return the id of the account with this number. Raises ValidationFailed, which names the field, if it is mistyped,
    else NotFound."""
    if not is_account_number(account_number):
        raise ValidationFailed.of(field, "is mistyped: it has twelve digits, and the last two check the others")
    owner_id = _owner_of(account_number)
    if owner_id is None:
        raise errors.unknown("account with the number", account_number)
    return owner_id


def parse_iban(given: str, field: str = "to_iban") -> str:
    """Return an IBAN in capital letters without spaces. Raises ValidationFailed, which names the field."""
    try:
        return iban.parse(given)
    except InvalidIban as error:
        raise ValidationFailed.of(field, str(error)) from None


def parse_iban_elsewhere(given: str, field: str = "to_iban") -> str | None:
    """Return the electronic form of an IBAN at another bank; None for one of this bank.

    Raises ValidationFailed, and ClearingUnavailable for a country that the clearing does not reach.
    """
    parsed = parse_iban(given, field)
    if config.bank_identifier().account_number_of(parsed) is not None:
        return None
    if parsed[:2] not in iban.SEPA_COUNTRIES:
        raise ClearingUnavailable(f"The clearing reaches no bank in {parsed[:2]}: it is not in SEPA.")
    return parsed


def find_by_iban(given: str, field: str = "to_iban") -> str:
    """Return the id of this bank's account with an IBAN. Raises ValidationFailed, which names the field, for an IBAN
    that is mistyped or of another bank, else NotFound."""
    account_number = parse_own_iban(given, field)
    owner_id = _owner_of(account_number) if is_account_number(account_number) else None
    if owner_id is None:
        raise errors.unknown("account with the IBAN", given)
    return owner_id


def parse_own_iban(given: str, field: str) -> str:
    """Return the account number in one of this bank's IBANs, which may be one that no account has.

    Raises ValidationFailed, which names the field.
    """
    account_number = config.bank_identifier().account_number_of(parse_iban(given, field))
    if account_number is None:
        raise ValidationFailed.of(field, "is of another bank; only accounts of this bank can be paid")
    return account_number


def _owner_of(account_number: str) -> str | None:
    guard = UniqueKey.find(*UniqueKey.number_key(account_number))
    return str(guard.owner_id) if guard else None
