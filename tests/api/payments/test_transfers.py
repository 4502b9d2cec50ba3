"""Transfers: through the workflow, to one's own and to anybody's account."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.payments.iban import BankIdentifier, paper_form
from chalicelib.models.ledger import ledger
from tests.api.helpers.accounts import closed, deposit, frozen, history, new_key, opened, read, transfer
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.machine import Machine

UNKNOWN = "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"
PATH = "/v1/transactions/transfer"


def written() -> list[Json]:
    return [item for item in items() if item["type"] in ("transaction", "account", "label", "key")]


def ask(client: Api, user: User, body: Json, key: str | None = None) -> Reply:
    return client.post(PATH, body, token=user.token, key=key or new_key())


def test_a_transfer_between_two_customers(client: Api, customer: User, other_customer: User, workflow: Machine) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer, "1.00")
    annotations: Json = {"memo": "rent", "category": "home", "tags": ["flat"]}
    made = transfer(client, customer, payer, payee, "40.00", **annotations).ok(201)
    assert workflow.states == ["Post", "MustWait", "Answered"]
    expected = {"type": "transfer", "status": "posted", "amount": "40.00", "currency": "USD", **annotations}
    expected |= {"from_account_id": payer["id"], "to_account_id": payee["id"], "failure": None}
    assert {name: made[name] for name in expected} == expected
    own = {"account_id": payer["id"], "seq": 2, "amount": "-40.00", "balance_after": "60.00"}
    assert made["entries"] == [own], "a party sees its own entry only"
    assert client.get(f"/v1/transactions/{made['id']}", token=customer.token).ok() == made | {"pending_approvals": None}
    received = client.get(f"/v1/transactions/{made['id']}", token=other_customer.token).ok()
    assert received["entries"] == [
        {"account_id": payee["id"], "seq": 2, "amount": "40.00", "balance_after": "41.00"},
    ]
    assert (received["memo"], received["category"], received["tags"]) == ("rent", None, [])
    [line] = history(client, other_customer, payee, "type=transfer")["data"]
    assert (line["direction"], line["amount"], line["counterparty"]) == ("in", "40.00", payer["id"])
    assert (line["memo"], line["category"], line["tags"]) == ("rent", None, [])
    assert read(client, customer, payer)["balance"] == "60.00"
    assert read(client, other_customer, payee)["balance"] == "41.00"


def test_staff_and_auditors_see_both_sides(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, new_customer: Callable[[], User]
) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    made = transfer(client, customer, payer, payee, "40.00").ok(201)
    for user in (teller, auditor):
        seen = client.get(f"/v1/transactions/{made['id']}", token=user.token).ok()
        assert {entry["account_id"] for entry in seen["entries"]} == {payer["id"], payee["id"]}
    client.get(f"/v1/transactions/{made['id']}", token=new_customer().token).refused(404, "not_found")


def test_between_ones_own_accounts_both_entries_show(client: Api, customer: User) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, customer)
    made = transfer(client, customer, payer, payee, "100.00").ok(201)
    assert [(entry["account_id"], entry["amount"]) for entry in made["entries"]] == [
        (payer["id"], "-100.00"),
        (payee["id"], "100.00"),
    ]


def test_a_payee_is_named_by_its_number_too(client: Api, customer: User, other_customer: User) -> None:
    payer, payee, key = opened(client, customer, "100.00"), opened(client, other_customer), new_key()
    body = {"from_account_id": payer["id"], "to_account_number": payee["account_number"], "amount": "1.00"}
    made = ask(client, customer, body, key).ok(201)
    assert made["to_account_id"] == payee["id"]
    assert ask(client, customer, body, key).ok(201) == made
    ask(client, customer, body | {"to_account_number": "000000000001"}).refused(404, "not_found")


def test_a_mistyped_number_of_a_payee_is_told_apart_from_a_strangers(client: Api, customer: User) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, customer)
    body, before = {"from_account_id": payer["id"], "amount": "1.00"}, written()
    number = payee["account_number"]
    wrong = [str((int(number) + 1) % 10**12).zfill(12), number[:11], number + "0", "x", "", payee["id"], "1" * 32]
    for mistyped in [*wrong, f"{number[1]}{number[0]}{number[2:]}" if number[0] != number[1] else wrong[0]]:
        reply = ask(client, customer, body | {"to_account_number": mistyped}).refused(422, "validation_failed")
        assert reply.wrong_fields == ["to_account_number"]
    assert written() == before


def test_a_payee_is_named_by_its_iban_too(client: Api, customer: User, other_customer: User) -> None:
    payer, payee, key = opened(client, customer, "100.00"), opened(client, other_customer), new_key()
    body = {"from_account_id": payer["id"], "to_iban": paper_form(payee["iban"]).lower(), "amount": "1.00"}
    made = ask(client, customer, body, key).ok(201)
    assert made["to_account_id"] == payee["id"]
    assert ask(client, customer, body, key).ok(201) == made
    ask(client, customer, body | {"to_iban": payee["iban"]}, key).refused(409, "idempotency_key_reused")


def test_an_iban_that_is_mistyped_is_refused(client: Api, customer: User) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, customer)
    body, before = {"from_account_id": payer["id"], "amount": "1.00"}, written()
    mistyped = payee["iban"][:-1] + str((int(payee["iban"][-1]) + 1) % 10)
    for wrong in ("", "x", mistyped, payee["iban"] + "0", payee["account_number"]):
        reply = ask(client, customer, body | {"to_iban": wrong}).refused(422, "validation_failed")
        assert reply.wrong_fields == ["to_iban"]
    both = {"to_iban": payee["iban"], "to_account_id": payee["id"]}
    ask(client, customer, body | both).refused(422, "validation_failed")
    assert written() == before


def test_an_iban_of_this_bank_without_an_account_is_unknown(client: Api, customer: User) -> None:
    payer, bank = opened(client, customer, "100.00"), BankIdentifier("LV", "FLRN")
    for number in ("000000000001", "999999999999", "1000000000009"):
        body = {"from_account_id": payer["id"], "amount": "1.00", "to_iban": bank.iban_of(number)}
        ask(client, customer, body).refused(404, "not_found")


def test_refusals_say_how_much_could_be_paid_and_until_when(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "150.00")
    payer, payee, key = opened(client, customer, "100.00"), opened(client, customer), new_key()
    for _ in range(2):
        refused = transfer(client, customer, payer, payee, "100.01", key=key).refused(422, "insufficient_funds")
        assert (refused.json["available"], refused.json["currency"]) == ("100.00", "USD")
        assert "limit" not in refused.json
    assert client.get(f"/v1/transactions/{refused.json['transaction_id']}", token=customer.token).ok()["failure"] == {
        "code": "insufficient_funds",
        "detail": refused.json["detail"],
    }
    transfer(client, customer, payer, payee, "60.00").ok(201)
    transfer(client, customer, payee, payer, "60.00").ok(201)
    over = transfer(client, customer, payer, payee, "90.01").refused(422, "limit_exceeded").json
    tomorrow = f"{clock.now().date() + timedelta(days=1)}T00:00:00.000000Z"
    assert (over["limit"], over["available"], over["resets_at"]) == ("150.00", "90.00", tomorrow)
    monkeypatch.setenv("TRANSACTION_LIMIT", "5.00")
    over = transfer(client, customer, payer, payee, "5.01").refused(422, "limit_exceeded").json
    assert (over["limit"], "available" in over, "resets_at" in over) == ("5.00", False, False)


def test_a_stranger_learns_no_figures(client: Api, customer: User, other_customer: User) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    refused = transfer(client, other_customer, payer, payee, "100.01").refused(404, "not_found")
    assert not {"available", "limit", "resets_at", "currency"} & set(refused.json)


@pytest.mark.parametrize("change", [{"to_account_id": None}, {"to_account_number": "000000000001"}])
def test_there_is_exactly_one_payee(client: Api, customer: User, change: Json) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, customer)
    body = {"from_account_id": payer["id"], "to_account_id": payee["id"], "amount": "1.00"} | change
    ask(client, customer, body).refused(422, "validation_failed")


def test_an_account_does_not_pay_itself(client: Api, customer: User) -> None:
    account, key = opened(client, customer, "100.00"), new_key()
    before = written()
    transfer(client, customer, account, account, "1.00", key=key).refused(422, "same_account")
    body = {"from_account_id": account["id"], "to_account_number": account["account_number"], "amount": "1.00"}
    ask(client, customer, body, key).refused(422, "same_account")
    assert written() == before


def test_currencies_do_not_mix(client: Api, customer: User) -> None:
    dollars, euros = opened(client, customer, "100.00"), opened(client, customer, "100.00", currency="EUR")
    before = written()
    transfer(client, customer, dollars, euros, "1.00").refused(422, "currency_mismatch")
    transfer(client, customer, dollars, euros, "1.00", currency="EUR").refused(422, "currency_mismatch")
    other = opened(client, customer)
    before = written()
    transfer(client, customer, dollars, other, "1.00", currency="EUR").refused(422, "currency_mismatch")
    assert written() == before
    transfer(client, customer, dollars, other, "1.00", currency="USD").ok(201)
    yen = [opened(client, customer, "100", currency="JPY"), opened(client, customer, currency="JPY")]
    reply = transfer(client, customer, yen[0], yen[1], "1.00").refused(422, "validation_failed")
    assert reply.wrong_fields == ["amount"]
    assert transfer(client, customer, yen[0], yen[1], "1").ok(201)["amount"] == "1"


def test_a_wrong_amount_is_named(client: Api, customer: User) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, customer)
    before = written()
    for amount in (1, None, "", "0", "0.00", "-1.00", "1e2", "1.001", "1" * 16, "1,00"):
        reply = transfer(client, customer, payer, payee, amount).refused(422, "validation_failed")
        assert reply.wrong_fields == ["amount"], amount
    assert written() == before


def test_nobody_pays_from_other_peoples_accounts(
    client: Api, customer: User, other_customer: User, auditor: User
) -> None:
    payer, own = opened(client, customer, "100.00"), opened(client, other_customer)
    before = written()
    transfer(client, other_customer, payer, own, "1.00").refused(404, "not_found")
    transfer(client, auditor, payer, own, "1.00").refused(403, "forbidden")
    cash = {"id": "gl.cash.brn_00000000000000000000000000.USD.000"}
    for unknown in ({"id": UNKNOWN}, {"id": "acc_x"}, cash):
        transfer(client, customer, payer, unknown, "1.00").refused(404, "not_found")
        transfer(client, customer, unknown, payer, "1.00").refused(404, "not_found")
    assert written() == before


def test_a_teller_transfers_for_a_customer(client: Api, customer: User, other_customer: User, teller: User) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    made = transfer(client, teller, payer, payee, "1.00", category="counter").ok(201)
    assert client.get(f"/v1/transactions/{made['id']}", token=customer.token).ok()["category"] == "counter"


def test_a_key_is_required_and_well_formed(client: Api, customer: User) -> None:
    payer, payee = opened(client, customer, "100.00"), opened(client, customer)
    body = {"from_account_id": payer["id"], "to_account_id": payee["id"], "amount": "1.00"}
    client.post(PATH, body, token=customer.token).refused(400, "idempotency_key_missing")
    client.post(PATH, body, token=customer.token, key="x" * 65).refused(422, "validation_failed")


def test_a_repeated_transfer_moves_nothing_more(client: Api, customer: User, other_customer: User) -> None:
    payer, payee, key = opened(client, customer, "100.00"), opened(client, other_customer), new_key()
    first = transfer(client, customer, payer, payee, "60.00", key=key, tags=["a"])
    before = written()
    again = transfer(client, customer, payer, payee, "60.00", key=key, tags=["a"])
    assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (first.ok(201), "true")
    assert "Idempotent-Replayed" not in first.headers
    assert written() == before


def test_a_key_serves_one_request_only(client: Api, customer: User, other_customer: User) -> None:
    payer, payee, key = opened(client, customer, "100.00"), opened(client, other_customer), new_key()
    transfer(client, customer, payer, payee, "1.00", key=key).ok(201)
    before = written()
    reused = (409, "idempotency_key_reused")
    transfer(client, customer, payer, payee, "1.01", key=key).refused(*reused)
    transfer(client, customer, payee, payer, "1.00", key=key).refused(*reused)
    transfer(client, customer, payer, {"id": UNKNOWN}, "1.00", key=key).refused(*reused)
    transfer(client, customer, payer, payee, "1.00", key=key, memo="x").refused(*reused)
    deposit(client, customer, payer, "1.00", key=key).refused(*reused)
    deposit(client, customer, payer, "1.00", key="paid").ok(201)
    before = written()
    transfer(client, customer, payer, payee, "1.00", key="paid").refused(*reused)
    assert written() == before
    transfer(client, other_customer, payee, payer, "1.00", key=key).ok(201)


def test_a_refused_transfer_is_remembered(client: Api, customer: User, other_customer: User, workflow: Machine) -> None:
    payer, payee, key = opened(client, customer, "10.00"), opened(client, other_customer), new_key()
    first = transfer(client, customer, payer, payee, "10.01", key=key).refused(422, "insufficient_funds")
    assert workflow.states == ["Post", "MustWait", "Answered"]
    deposit(client, customer, payer, "10.00").ok(201)
    again = transfer(client, customer, payer, payee, "10.01", key=key).refused(422, "insufficient_funds")
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert first.json["transaction_id"] == again.json["transaction_id"]
    failed = client.get(f"/v1/transactions/{first.json['transaction_id']}", token=customer.token).ok()
    assert (failed["status"], failed["failure"]["code"], failed["entries"]) == ("failed", "insufficient_funds", [])
    transfer(client, customer, payer, payee, "10.01").ok(201)


def test_limits_hold_for_transfers(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payer, payee = opened(client, customer, "1000.00"), opened(client, customer)
    monkeypatch.setenv("TRANSACTION_LIMIT", "100")
    monkeypatch.setenv("DAILY_LIMIT", "150")
    transfer(client, customer, payer, payee, "100.01").refused(422, "limit_exceeded")
    transfer(client, customer, payer, payee, "100.00").ok(201)
    transfer(client, customer, payer, payee, "50.01").refused(422, "limit_exceeded")
    transfer(client, customer, payer, payee, "50.00").ok(201)


def test_a_frozen_account_receives_and_a_closed_one_does_not(client: Api, customer: User, teller: User) -> None:
    payer, cold, gone = (opened(client, customer, amount) for amount in ("10.00", "10.00", None))
    frozen(client, teller, cold)
    closed(client, customer, gone)
    transfer(client, customer, payer, cold, "1.00").ok(201)
    transfer(client, customer, cold, payer, "1.00").refused(422, "account_frozen")
    transfer(client, customer, payer, gone, "1.00").refused(422, "account_closed")


def test_a_workflow_that_dies_leaves_the_outcome_open(
    client: Api, customer: User, workflow: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, payee, key = opened(client, customer, "10.00"), opened(client, customer), new_key()
    workflow.broken = True
    reply = transfer(client, customer, payer, payee, "1.00", key=key).refused(503, "outcome_unknown")
    assert workflow.states == ["Post", "OutcomeUnknown"]
    assert int(reply.headers["Retry-After"]) > 0
    workflow.broken = False
    transfer(client, customer, payer, payee, "1.00", key=key).ok(201)
    workflow.broken = True
    made = transfer(client, customer, payer, payee, "1.00", key=key)
    assert (made.status, made.headers["Idempotent-Replayed"]) == (201, "true"), "the transaction itself is asked"
    assert read(client, customer, payer)["balance"] == "9.00"


def test_when_neither_the_workflow_nor_the_transaction_answers_nobody_says_that_nothing_was_done(
    client: Api, customer: User, workflow: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, payee = opened(client, customer, "10.00"), opened(client, customer)

    def silent(*_: object) -> None:
        raise Unavailable("Nothing was done; try again.")

    workflow.broken = True
    monkeypatch.setattr(ledger, "find_outcome", silent)
    transfer(client, customer, payer, payee, "1.00").refused(503, "outcome_unknown")
