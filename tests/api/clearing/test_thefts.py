"""Messages that are forged, do not match their payment, or come again under another name; and money that has ended."""

from datetime import date

import pytest

from chalicelib.domain.clearing import pacs002, pacs004, pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs004 import PaymentReturn, ReturnBatch
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.services.clearing import inbox
from chalicelib.services.clearing.inbox import Unreadable
from tests.api.helpers.accounts import opened, read
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import ADVICE, BANK, BIC, IBAN, Clearing, answer, ask, own, pay, report
from tests.api.helpers.clearing import read as read_payment
from tests.api.helpers.persons import erase
from tests.api.helpers.race import just_before
from tests.api.helpers.tampering import table

UETR = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e91"


def balance(client: Api, user: User, account: Json) -> str:
    return str(read(client, user, account)["balance"])


def send_return(
    clearing: Clearing, payment: Json, amount: int = 1000, *, currency: str = "EUR", name: str = "RETURN"
) -> None:
    original = OriginalPayment(uetr=payment["payment"]["uetr"])
    one = PaymentReturn("R-1", original, amount, currency, date(2026, 12, 2), Reason("MD07"))
    inbox.receive(BANK, pacs004.build(ReturnBatch(name, (one,), BIC), clearing.now()))


def send_payment(clearing: Clearing, iban: str, name: str) -> str:
    """Send 25.00 under one UETR to an account, and return the status that the bank has answered."""
    parties = Party("Acme GmbH", IBAN), Party("Ada", iban)
    one = CreditTransfer(UETR, "T-1", "E-1", 2500, "EUR", *parties, date(2026, 11, 30), "standard", "Salary")
    inbox.receive(BANK, pacs008.build(Batch(name, (one,), sender_bic=BIC), clearing.now()))
    [status] = pacs002.parse(clearing.sent[-1]).payments
    return status.reason.code if status.reason else status.status


def test_return_in_another_currency_is_left_to_people(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    with pytest.raises(Unreadable):
        send_return(clearing, settled, 1000, currency="JPY")
    assert balance(client, customer, payer) == "990.00"


def test_uetr_that_was_credited_to_another_account_is_rejected(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing
) -> None:
    other = opened(client, other_customer, currency="EUR")
    assert send_payment(clearing, payer["iban"], "IN-1") == "ACSC"
    assert send_payment(clearing, other["iban"], "IN-2") == "AM05"
    assert (balance(client, customer, payer), balance(client, other_customer, other)) == ("1025.00", "0.00")


def test_status_of_a_payment_that_came_in_does_not_stop_the_other_answers(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    send_payment(clearing, payer["iban"], "IN-1")
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    answer(clearing, "ACSC", {"payment": {"uetr": UETR}}, payment)
    assert read_payment(client, customer, payment)["payment"]["state"] == "settled"


def test_return_of_a_payment_that_came_in_is_left_to_people(client: Api, payer: Json, clearing: Clearing) -> None:
    send_payment(clearing, payer["iban"], "IN-1")
    with pytest.raises(Unreadable):
        send_return(clearing, {"payment": {"uetr": UETR}})


def test_messages_of_two_kinds_may_have_one_id(client: Api, customer: User, payer: Json, clearing: Clearing) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    inbox.receive(BANK, report(clearing, "ACSC", payment, name="0001"))
    send_return(clearing, payment, name="0001")
    assert balance(client, customer, payer) == "1000.00"


def test_second_return_of_a_part_is_a_contradiction(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    send_return(clearing, settled, 400, name="A")
    send_return(clearing, settled, 600, name="B")
    found = read_payment(client, customer, settled)["payment"]
    assert balance(client, customer, payer) == "994.00"
    assert found["trace"][-1]["what"] == "contradiction: return"


def test_of_two_returns_at_once_one_is_booked_and_the_other_a_contradiction(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    with just_before("TransactWriteItems", lambda: send_return(clearing, settled, 600, name="B")):
        send_return(clearing, settled, 400, name="A")
    assert balance(client, customer, payer) == "996.00"
    assert read_payment(client, customer, settled)["payment"]["trace"][-1]["what"] == "contradiction: return"


@pytest.mark.parametrize("changed", [{"amount": 99_000}, {"account_id": "acc_01KAK4Y2T7D3N8P1X6Q4R9S5VB"}])
def test_payment_whose_item_was_changed_is_not_sent(
    client: Api, customer: User, payer: Json, clearing: Clearing, changed: Json
) -> None:
    payment = pay(client, customer, payer)
    [item] = items(type="clearing_payment")
    table("bank").put_item(Item=item | changed)
    clearing.cut_off(payment)
    assert (clearing.sent, read(client, customer, payer)["held"]) == ([], "0.00")
    assert read_payment(client, customer, payment)["payment"]["state"] == "rejected"


def test_payments_to_other_banks_count_against_the_limit_of_the_day_until_they_are_cancelled(
    client: Api, customer: User, payer: Json, clearing: Clearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "100")
    first = pay(client, customer, payer, "60.00")
    body = {"from_account_id": payer["id"], "amount": "60.00", "to_iban": IBAN, "to_name": "Zoë", "rail": "standard"}
    ask(client, customer, body).refused(422, "limit_exceeded")
    client.post(f"/v1/transactions/{first['id']}/cancel", token=customer.token).ok()
    ask(client, customer, body).ok(202)


def test_reversal_and_cancelling_of_what_is_at_the_clearing_are_refused(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    for path, body, user in (("reverse", {"reason": "x"}, manager), ("reject", {"reason": "x"}, manager)):
        client.post(f"/v1/transactions/{payment['id']}/{path}", body, token=user.token, key=path).refused(
            409, "conflict"
        )
    client.post(f"/v1/transactions/{payment['id']}/approve", token=manager.token, key="a").refused(409, "conflict")
    assert read(client, customer, payer)["held"] == "10.00"


def test_money_that_comes_back_to_an_erased_payer_waits_for_people(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer, "1000.00")
    clearing.cut_off(payment)
    answer(clearing, "ACSC", payment)
    client.delete(f"/v1/accounts/{payer['id']}", token=customer.token).ok()
    erase(client, manager, str(customer.customer_id))
    send_return(clearing, payment, 100000)
    seen = read_payment(client, manager, payment)["payment"]
    assert (seen["state"], seen["to_iban"], seen["to_name"]) == ("returned", None, None)
    assert send_payment(clearing, payer["iban"], "IN-9") == "AC04"


def test_entries_of_two_advices_with_one_reference_are_both_booked(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    first, second = (pay(client, customer, payer) for _ in range(2))
    clearing.cut_off(first)
    answer(clearing, "ACSC", first, second)
    for name, payment in (("A", first), ("B", second), ("C", first)):
        inbox.receive(BANK, ADVICE.format(name=name, uetr=payment["payment"]["uetr"]))
    assert (own("clearing"), own("nostro")) == (0, 2000)
