"""Reason codes of ISO 20022's external code sets, in words for people."""

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "AB05": "The other bank did not answer in time.",
    "AB06": "The other bank did not answer in time.",
    "AC01": "The IBAN is wrong, or no account has it.",
    "AC03": "The payee's IBAN is wrong.",
    "AC04": "The payee's account is closed.",
    "AC06": "The account is blocked.",
    "AC13": "The account is of a kind that cannot be paid like this.",
    "AG01": "The payee's account cannot be paid like this.",
    "AG02": "The other bank cannot process this kind of payment.",
    "AM02": "The amount is larger than the other bank accepts.",
    "AM03": "The payee's account has another currency.",
    "AM04": "There was not enough money for the payment.",
    "AM05": "The payment was sent twice.",
    "AM09": "The amount is not the one that was agreed.",
    "AM10": "The control sum of the message is wrong.",
    "AM12": "The amount is missing or wrong.",
    "AM14": "It is more than the limit of the account.",
    "AM18": "The number of payments in the message is wrong.",
    "BE04": "The payee's address is missing or wrong.",
    "CNOR": "The other bank cannot be reached for this kind of payment.",
    "CUST": "The payer asked for it.",
    "CURR": "The currency is wrong.",
    "DT01": "The date is wrong.",
    "DUPL": "The payment was sent twice.",
    "ED05": "The settlement between the banks failed.",
    "FF01": "The message has a wrong format.",
    "FOCR": "It was given back because it was recalled.",
    "FRAD": "The payment is suspected of fraud.",
    "LEGL": "The law does not allow it.",
    "MD07": "The payee has died.",
    "MS02": "The payee does not accept the payment.",
    "MS03": "The bank gives no reason.",
    "NARR": "The reason is in the message.",
    "NOAS": "The payee did not answer.",
    "RC01": "The code of a bank is wrong.",
    "RR01": "Information about the payer's account is missing.",
    "RR02": "The payer's name or address is missing.",
    "RR03": "The payee's name or address is missing.",
    "RR04": "A regulation does not allow it.",
    "TECH": "It failed for a technical reason.",
    "TM01": "It came after the cut-off.",
}

UNKNOWN = "The other bank gives a reason that this bank does not know."

CANCELLED_BY_PAYER = "CUST"
RIGHT_ENDED = NOT_SPECIFIED = "MS03"
ACCOUNT_BLOCKED = "AC06"
NO_ANSWER = "AB06"
TIMED_OUT = "AB05"


def detail_of(code: str) -> str:
    """Return the words for a code; those of an unknown one say so."""
    return REASONS.get(code, UNKNOWN)
