"""Answers other banks that ask whether a name fits an IBAN of this bank: by the rules that hold for its own payers."""

from chalicelib import clock, config
from chalicelib.domain.clearing import acmt023, acmt024
from chalicelib.domain.clearing.acmt024 import PayeeAnswer
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.errors import AccountClosed, NotFound, ValidationFailed
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.payments.payee_name import Comparison
from chalicelib.domain.permissions import Caller
from chalicelib.services.clearing import adapter
from chalicelib.services.payments import account_numbers, payee_verifications

QUESTIONS_MAX = 20
"""Of one message: each tells something of whose account it is."""
ANSWER_ID_CHARACTERS = 30
NOT_POSSIBLE = Comparison("not_possible")


def answer_questions(_: Caller, raw: bytes) -> None:
    """Answer each question of an acmt.023, and send one acmt.024. Raises Invalid for too many questions.

    The holder's name is in the answer only if the asked one is close to it. The same message gets the same answer.
    """
    asked = acmt023.parse(raw)
    if len(asked.questions) > QUESTIONS_MAX:
        raise Invalid("FF01", "/Document/IdVrfctnReq/Vrfctn", f"comes more than {QUESTIONS_MAX} times")
    answers = [PayeeAnswer(one.message_id, _compare(one.iban, one.name)) for one in asked.questions]
    answer_id = digest(["payees", asked.sender_bic, asked.message_id])[:ANSWER_ID_CHARACTERS]
    adapter.send(acmt024.build(answer_id, asked, answers, config.bank_bic(), clock.now()))


def _compare(iban: str, name: str) -> Comparison:
    """Compare a name with the holders of an account; `not_possible` for one that is closed, or not of this bank."""
    try:
        return payee_verifications.compare_with_holders(account_numbers.find_by_iban(iban, "iban"), name)
    except (NotFound, AccountClosed, ValidationFailed):
        return NOT_POSSIBLE
