"""What other banks and the clearing send: returns, payments to our customers, and advices of settlement."""

from datetime import date, timedelta

import pytest

from chalicelib.domain.clearing import pacs002, pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party, Rail
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.services.clearing import inbox
from chalicelib.services.clearing.inbox import Unreadable
from tests.api.helpers.accounts import closed, opened
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import ADVICE, BANK, BIC, IBAN, Clearing, answer, own, pay, read, send_return

UETR = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"


def balance(client: Api, user: User, account: Json) -> str:
    return str(read_account(client, user, account)["balance"])


def send_payment(
    clearing: Clearing,
    iban: str,
    *,
    currency: str = "EUR",
    name: str = "IN-1",
    uetr: str = UETR,
    rail: Rail = "standard",
    seconds: float = 0,
) -> str:
    """Send 25.00 that were accepted some seconds ago, and return the status that the bank has answered."""
    parties, accepted_at = (Party("Acme GmbH", IBAN), Party("Ada", iban)), clearing.now() - timedelta(seconds=seconds)
    one = CreditTransfer(uetr, "T-1", "E-1", 2500, currency, *parties, date(2026, 11, 30), rail, "Salary", accepted_at)
    inbox.receive(BANK, pacs008.build(Batch(name, (one,), sender_bic=BIC), clearing.now()))
    [status] = pacs002.parse(clearing.sent[-1]).payments
    return status.reason.code if status.reason else status.status


def test_return_of_a_settled_payment_is_credited_once(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    for name in ("RETURN", "RETURN", "RETURN-2"):
        send_return(clearing, settled, name=name)
    found = read(client, customer, settled)
    assert (found["status"], found["payment"]["state"]) == ("posted", "returned")
    assert found["payment"]["reason"] == {"code": "MD07", "detail": "The payee has died."}
    assert (balance(client, customer, payer), own("clearing")) == ("1000.00", 0)
    [back] = items(type="transaction", transaction_type="payment_return")
    assert (back["to_account_id"], int(back["amount"])) == (payer["id"], 1000)
    answer(clearing, "ACSC", settled)
    assert balance(client, customer, payer) == "1000.00"


def test_return_that_overtakes_the_acceptance_settles_and_gives_back(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    send_return(clearing, payment)
    answer(clearing, "ACSC", payment)
    assert read(client, customer, payment)["payment"]["state"] == "returned"
    found = read_account(client, customer, payer)
    assert (found["balance"], found["held"], own("clearing")) == ("1000.00", "0.00", 0)


def test_return_of_a_part_leaves_the_rest_with_the_payee(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    send_return(clearing, settled, 995)
    assert balance(client, customer, payer) == "999.95"


def test_return_of_more_than_was_paid_is_left_to_people(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    with pytest.raises(Unreadable):
        send_return(clearing, settled, 1001)
    assert balance(client, customer, payer) == "990.00"


def test_return_of_a_rejected_payment_is_a_contradiction(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    answer(clearing, "RJCT", payment, code="AC04")
    send_return(clearing, payment)
    assert (read(client, customer, payment)["payment"]["state"], own("clearing")) == ("rejected", 0)
    assert balance(client, customer, payer) == "1000.00"


def test_incoming_payment_is_credited_once_and_accepted_then(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    for name in ("IN-1", "IN-1", "IN-2"):
        assert send_payment(clearing, payer["iban"], name=name) == "ACSC"
    assert (balance(client, customer, payer), own("clearing")) == ("1025.00", -2500)
    path = f"/v1/accounts/{payer['id']}/history?type=incoming_payment"
    [listed] = client.get(path, token=customer.token).ok()["data"]
    assert (listed["direction"], listed["memo"]) == ("in", "Acme GmbH: Salary")


def test_incoming_payment_that_cannot_be_credited_is_rejected_with_its_code(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    dollars, ended = opened(client, customer), opened(client, customer, currency="EUR")
    closed(client, customer, ended)
    assert send_payment(clearing, "LV42FLRN0123456789012", name="a") == "AC01"
    assert send_payment(clearing, ended["iban"], name="b") == "AC04"
    assert send_payment(clearing, dollars["iban"], name="c") == "AM03"
    assert own("clearing") == 0
    assert send_payment(clearing, payer["iban"], name="d") == "ACSC"


def test_instant_payment_that_comes_too_late_is_not_credited(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    assert send_payment(clearing, payer["iban"], name="a", rail="instant", seconds=11) == "AB05"
    assert (balance(client, customer, payer), own("clearing")) == ("1000.00", 0)
    assert send_payment(clearing, payer["iban"], name="b", rail="instant", seconds=1) == "ACCP"
    assert send_payment(clearing, payer["iban"], name="c", rail="instant", seconds=11) == "ACCP"
    assert balance(client, customer, payer) == "1025.00"


def test_uetr_of_our_own_payment_is_not_credited(
    client: Api, customer: User, payer: Json, clearing: Clearing, settled: Json
) -> None:
    assert send_payment(clearing, payer["iban"], uetr=settled["payment"]["uetr"]) == "AM05"
    assert balance(client, customer, payer) == "990.00"


def test_advice_moves_what_was_settled_to_the_nostro_once(clearing: Clearing, settled: Json) -> None:
    assert (own("clearing.standard"), own("nostro")) == (1000, 0)
    for name in ("ADVICE", "ADVICE", "ADVICE-2"):
        inbox.receive(BANK, ADVICE.format(name=name, uetr=settled["payment"]["uetr"]))
    assert (own("clearing.standard"), own("nostro")) == (0, 1000)


@pytest.mark.parametrize(("rail", "family"), [("instant", "RRCT"), ("standard", "RCDT")])
def test_advice_that_overtakes_its_payment_leaves_nothing_on_either_rail(
    payer: Json, clearing: Clearing, rail: Rail, family: str
) -> None:
    code = f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
    advice = ADVICE.format(name="ADVICE", uetr=UETR).replace("10.00", "25.00").replace("DBIT", "CRDT")
    inbox.receive(BANK, advice.replace("<NtryDtls>", f"{code}<NtryDtls>"))
    send_payment(clearing, payer["iban"], rail=rail)
    assert (own("clearing.instant"), own("clearing.standard"), own("nostro")) == (0, 0, -2500)


def test_payment_between_banks_is_never_reversed(client: Api, manager: User, clearing: Clearing, settled: Json) -> None:
    path = f"/v1/transactions/{settled['id']}/reverse"
    client.post(path, {"reason": "a mistake"}, token=manager.token, key="r").refused(409, "conflict")
