"""Questions of other banks about our IBANs: answered by the rules for our own payers, with no name but a close one."""

import pytest

from chalicelib.domain.clearing import acmt023, acmt024
from chalicelib.domain.clearing.node import Invalid
from chalicelib.services.clearing import inbox
from clearing_bank import verification
from tests.api.helpers.accounts import closed
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.clearing import BANK, IBAN, Clearing
from tests.unit.clearing.messages import valid


def ask(clearing: Clearing, iban: str, name: str, question_id: str = "VRQ-1") -> tuple[bool, str | None]:
    """Ask as another bank does, and return whether the name fits, and the name that the answer has."""
    document = verification.question(question_id, iban, name, clearing.now())
    valid(acmt023.NAME, document)
    inbox.receive(BANK, document)
    valid(acmt024.NAME, clearing.sent[-1].decode())
    report = acmt024.parse(clearing.sent[-1])
    assert report.question_id == question_id
    return report.is_match, report.name


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("Ada Lovelace", (True, None)),
        ("Lovelace, Ada", (True, None)),
        ("Ada Lovelaec", (False, "Ada Lovelace")),
        ("Grace Hopper", (False, None)),
    ],
)
def test_name_is_compared_with_the_holder_s(
    payer: Json, clearing: Clearing, name: str, answer: tuple[bool, str | None]
) -> None:
    assert ask(clearing, payer["iban"], name) == answer


@pytest.mark.parametrize("iban", [IBAN, "LV42FLRN0123456789012"])
def test_iban_that_no_account_has_tells_nothing(clearing: Clearing, iban: str) -> None:
    assert ask(clearing, iban, "Ada Lovelace") == (False, None)
    assert b"NOAP" in clearing.sent[-1]


def test_closed_account_tells_nothing(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    all_of_it = {"account_id": payer["id"], "amount": "1000.00"}
    client.post("/v1/transactions/withdraw", all_of_it, token=customer.token, key="out").ok(201)
    closed(client, customer, payer)
    assert ask(clearing, payer["iban"], "Ada Lovelace") == (False, None)


def test_question_that_comes_again_is_answered_once(payer: Json, clearing: Clearing) -> None:
    document = verification.question("VRQ-1", payer["iban"], "Ada Lovelace", clearing.now())
    for _ in range(2):
        inbox.receive(BANK, document)
    assert len(clearing.sent) == 1


def test_too_many_questions_at_once_are_refused(payer: Json, clearing: Clearing) -> None:
    document = verification.question("VRQ-1", payer["iban"], "Ada Lovelace", clearing.now())
    start, end = document.index("<Vrfctn>"), document.index("</IdVrfctnReq>")
    with pytest.raises(Invalid):
        inbox.receive(BANK, document[:end] + document[start:end] * 20 + document[end:])
    assert clearing.sent == []
