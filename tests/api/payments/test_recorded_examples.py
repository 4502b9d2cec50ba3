"""Examples of payments in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

import pytest

from chalicelib.services.clearing import file_payments
from tests.api.helpers.clearing import IBAN
from tests.api.helpers.file_uploads import put, sha256_of
from tests.api.helpers.payment_files import Group, Pay, write_file
from tests.api.helpers.recorder import Recorder
from tests.api.helpers.risk import made_dormant, set_rule


def _settings(recorder: Recorder) -> None:
    """Hold payments to payees whom the payer has not paid before."""
    _pay_another_bank(recorder)
    set_rule(recorder, recorder.signed_in("manager"), "new_counterparty", action="review")


def _pay_another_bank(recorder: Recorder) -> None:
    asked = {"type": "current", "currency": "EUR", "initial_deposit": "500.00"}
    payer = recorder.ask("open_account", "customer", asked).ok(201)["id"]
    named = {"to_iban": "DE89370400440532013000", "to_name": "Zoë Müller", "remittance": "Invoice 7"}
    recorder.example("transfer", "customer", {"from_account_id": payer, "amount": "40.00", **named}, status=202)


def _hand_in_file(recorder: Recorder) -> None:
    """Hand in a file with a payment that goes, and one whose payee has a wrong IBAN."""
    asked = {"type": "current", "currency": "EUR", "initial_deposit": "500.00"}
    payer = recorder.ask("open_account", "customer", asked).ok(201)
    salaries = [Pay("150.00", end_to_end_id="SALARY-1"), Pay("1.00", IBAN.replace("89", "88", 1), "Zoë Müller")]
    document = write_file(Group(payer["iban"], salaries, id="SALARIES"), name="SALARIES-2026-11")
    file = recorder.example("hand_in_payment_file", "customer", document=document)["id"]
    file_payments.work(file, lambda: True)
    recorder.example("get_payment_file", "customer", file_id=file)
    recorder.example("list_payment_files", "customer")
    recorder.example("list_file_payments", "customer", file_id=file)
    recorder.text_example("get_status_report", "customer", "application/xml", query="", file_id=file)
    _upload_file(recorder, payer["iban"])


def _upload_file(recorder: Recorder, iban: str) -> None:
    content = write_file(Group(iban, [Pay("75.00", end_to_end_id="BONUS-1")]), name="BONUSES-2026-11").encode()
    sha256 = sha256_of(content)
    upload = recorder.example("offer_file_upload", "customer", {"bytes": len(content), "sha256": sha256})
    put(upload, content)
    recorder.example("confirm_file_upload", "customer", {"sha256": sha256}, upload_id=upload["id"])


def _verify(recorder: Recorder) -> None:
    account = recorder.ask("open_account", "other_customer", {"type": "current"}).ok(201)
    recorder.example("verify_payee", "customer", {"iban": account["iban"], "name": "B. Okafor"})
    _hand_in_file(recorder)


def _set_rule(recorder: Recorder) -> None:
    recorder.example("add_rule", "customer", {"contains": "salary", "field": "memo", "category": "income"})
    recorder.example("list_rules", "customer")


def _pay_wages(recorder: Recorder, payer: str, payee: str) -> None:
    wages = [
        {"idempotency_key": f"wages-{number}", "to_account_id": payee, "amount": amount, "memo": "Wages November"}
        for number, amount in enumerate(("700.00", "950000.00"), 1)
    ]
    recorder.example("transfer_batch", "customer", {"from_account_id": payer, "transfers": wages})


@pytest.fixture(autouse=True)
def clearing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARING", "on")


def test_examples_of_payments_are_answers_of_the_api(recorder: Recorder) -> None:
    payer, payee, stranger = (
        recorder.ask("open_account", by, {"type": "current"} | more).ok(201)["id"]
        for by, more in (("customer", {"initial_deposit": "5000.00"}), ("other_customer", {}), ("other_customer", {}))
    )
    _verify(recorder)
    _set_rule(recorder)
    recorder.example("deposit", "customer", {"account_id": payer, "amount": "125.50", "memo": "Salary"})
    recorder.example("withdraw", "customer", {"account_id": payer, "amount": "40.00", "memo": "Cash"})
    rent = {"from_account_id": payer, "to_account_id": payee, "amount": "850.00", "memo": "Rent November"}
    moved = recorder.example("transfer", "customer", rent | {"category": "housing"})["id"]
    _pay_wages(recorder, payer, payee)
    recorder.example("annotate_transaction", "customer", {"tags": ["shared"]}, transaction_id=moved)
    recorder.example("get_transaction", "customer", transaction_id=moved)
    mistake = recorder.ask("deposit", "teller", {"account_id": payer, "amount": "10.00"}).ok(201)["id"]
    reason = {"reason": "Deposited to the wrong account"}
    recorder.example("reverse_transaction", "manager", reason, transaction_id=mistake)
    _settings(recorder)
    car = {"from_account_id": payer, "to_account_id": stranger, "amount": "1600.00", "memo": "Car"}
    held = recorder.example("transfer", "customer", car, status=202)["id"]
    recorder.example("list_transactions", "customer", query="limit=1")
    reason = {"reason": "The customer did not ask for it"}
    recorder.example("reject_transaction", "manager", reason, transaction_id=held)
    held, unwanted = (recorder.ask("transfer", "customer", car).ok(202)["id"] for _ in range(2))
    recorder.example("cancel_transaction", "customer", transaction_id=unwanted)
    recorder.example("approve_transaction", "manager", transaction_id=held)
    two = {"control": "require", "above": {"USD": "10000.00"}, "required": 2}
    recorder.ask("put_approval_policy", "admin", two, action="deposit").ok()
    sale = {"account_id": payer, "amount": "25000.00", "memo": "Sale of the car"}
    held = recorder.example("deposit", "teller", sale, status=202)["id"]
    recorder.example("approve_transaction", "manager", status=202, transaction_id=held)
    made_dormant(payer)
    recorder.example("withdraw", "customer", {"account_id": payer, "amount": "900.00", "memo": "Cash"}, status=202)
    recorder.compare()
