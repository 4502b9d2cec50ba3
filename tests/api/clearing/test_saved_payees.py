"""Saved payees at other banks: verified there when they are saved, and paid over the clearing by their id."""

import pytest

from chalicelib import config
from chalicelib.domain.payments.payee_name import Comparison, Result
from chalicelib.services.payments import payee_question
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import IBAN, Clearing, ask, own

PATH = "/v1/beneficiaries"


@pytest.fixture
def other_bank(monkeypatch: pytest.MonkeyPatch) -> dict[str, Result]:
    """Return the results that the other bank answers, by the name that is asked."""
    results: dict[str, Result] = {}
    monkeypatch.setattr(payee_question, "ask", lambda _, name: Comparison(results.get(name, "match")))
    return results


def save(client: Api, user: User, name: str = "Zoë Müller", iban: str = IBAN) -> Json:
    made: Json = client.post(PATH, {"name": name, "iban": iban}, token=user.token).ok(201)
    return made


def test_payee_at_another_bank_is_paid_over_the_clearing(
    client: Api, customer: User, payer: Json, clearing: Clearing, other_bank: dict[str, Result]
) -> None:
    payee = save(client, customer, iban="de89 3704 0044 0532 0130 00")
    assert (payee["iban"], payee["account_number"], payee["verification"]["result"]) == (IBAN, None, "match")
    assert client.get(PATH, token=customer.token).ok()["data"] == [payee]
    body = {"from_account_id": payer["id"], "amount": "10.00", "beneficiary_id": payee["id"]}
    made = ask(client, customer, body | {"remittance": "Rent", "rail": "standard"}).ok(202)
    told = made["payment"]
    assert (told["to_iban"], told["to_name"], told["remittance"]) == (IBAN, "Zoë Müller", "Rent")
    assert (told["rail"], made["type"], made["status"]) == ("standard", "payment", "pending")
    [item] = items(type="beneficiary")
    assert IBAN not in str(item)


def test_payee_whose_name_does_not_fit_is_paid_only_if_that_is_accepted(
    client: Api, customer: User, payer: Json, clearing: Clearing, other_bank: dict[str, Result]
) -> None:
    other_bank["Grace Hopper"] = "no_match"
    payee = save(client, customer, "Grace Hopper")
    body = {"from_account_id": payer["id"], "amount": "10.00", "beneficiary_id": payee["id"]}
    ask(client, customer, body).refused(422, "payee_mismatch")
    ask(client, customer, body | {"accept_mismatch": True}).ok(202)
    [stored] = items(type="clearing_payment")
    assert (stored["verification"], stored["has_accepted_mismatch"]) == ("no_match", True)


def test_other_name_is_verified_at_the_other_bank_again(
    client: Api, customer: User, payer: Json, clearing: Clearing, other_bank: dict[str, Result]
) -> None:
    other_bank["Zoe Muler"] = "close_match"
    payee = save(client, customer)
    edited = client.patch(f"{PATH}/{payee['id']}", {"name": "Zoe Muler"}, token=customer.token).ok()
    assert (edited["iban"], edited["verification"]["result"]) == (IBAN, "close_match")


def test_payee_of_another_customer_or_a_removed_one_is_not_paid(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing, other_bank: dict[str, Result]
) -> None:
    theirs, removed = save(client, other_customer), save(client, customer)
    client.delete(f"{PATH}/{removed['id']}", token=customer.token).ok(204)
    for payee in (theirs, removed):
        body = {"from_account_id": payer["id"], "amount": "10.00", "beneficiary_id": payee["id"]}
        ask(client, customer, body).refused(404, "not_found")
    assert own("clearing") == 0


def test_remittance_to_a_payee_of_this_bank_is_the_memo(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing
) -> None:
    payee = save(client, customer, "Ada", opened(client, other_customer, currency="EUR")["iban"])
    body = {"from_account_id": payer["id"], "amount": "10.00", "beneficiary_id": payee["id"]}
    made = ask(client, customer, body | {"remittance": "Rent", "rail": "instant"}).ok(201)
    assert (made["type"], made["memo"]) == ("transfer", "Rent")


def test_without_a_clearing_no_payee_at_another_bank_is_saved(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "clearing_connected", lambda: False)  # requests have the stage's own settings
    body = {"name": "Zoë Müller", "iban": IBAN}
    client.post(PATH, body, token=customer.token).refused(422, "clearing_unavailable")
