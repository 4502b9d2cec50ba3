"""Asks the clearing whether a name fits an IBAN at another bank."""

import secrets

from chalicelib import clock, config, resources, workflows
from chalicelib.domain.payments.payee_name import Comparison
from chalicelib.observability import logger

ANSWER_SECONDS_MAX = 3
"""With the two seconds in which a connection must stand, a payer waits five at most."""

NOT_POSSIBLE = Comparison("not_possible")


def ask(iban: str, name: str) -> Comparison:
    """Return how well a name fits, as the other bank sees it; `not_possible` if it cannot be asked or is too slow."""
    verifier = resources.payee_verifier()
    if not verifier:
        return NOT_POSSIBLE
    from chalicelib.domain.clearing import acmt023  # loads lxml, which other payments do not need

    question = acmt023.PayeeQuestion(f"VRQ-{secrets.token_hex(14)}", name, iban, config.bank_bic())
    event = {"document": acmt023.build(question, clock.now())}
    try:
        answer = workflows.call(verifier, event, seconds_max=ANSWER_SECONDS_MAX)
        return _comparison(question.message_id, answer) if answer else NOT_POSSIBLE
    except (RuntimeError, ValueError) as error:  # it failed, or sent what is no answer
        logger.warning("a question about a payee has no usable answer", error=type(error).__name__)
        return NOT_POSSIBLE


def _comparison(question_id: str, answer: workflows.Json) -> Comparison:
    from chalicelib.domain.clearing import acmt024

    report = acmt024.parse(str(answer.get("document", "")).encode())
    if report.question_id != question_id:
        raise ValueError("the answer is to another question")
    if report.is_match:
        return Comparison("match")
    return Comparison("close_match", report.name) if report.name else Comparison("no_match")
