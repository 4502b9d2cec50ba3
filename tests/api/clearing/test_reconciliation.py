"""The clearing's statements against the ledger: differences by kind for staff, and the first one named by `verify`."""

from datetime import date, timedelta

import pytest

from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.verification.checks import Broken
from chalicelib.models.clearing.nostro_statement import StatementPage
from chalicelib.services.clearing import nostro_statements
from chalicelib.services.progress import ignore
from chalicelib.services.verification import verify_nostro
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import Clearing, pay, pay_instantly, send_return, submit_instant
from tests.api.helpers.nostro import state
from tests.api.helpers.tampering import change, table

STRANGE = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"


@pytest.fixture
def paid(client: Api, customer: User, payer: Json, clearing: Clearing) -> list[Json]:
    return pay_instantly(client, customer, payer, clearing, 3)


def uetrs(payments: list[Json]) -> list[str]:
    return [one["payment"]["uetr"] for one in payments]


def lines_of(payments: list[Json], amount: str = "-10.00") -> list[tuple[str, str]]:
    return [(uetr, amount) for uetr in uetrs(payments)]


def reconcile(client: Api, user: User, day: date) -> Json:
    found: Json = client.get(f"/v1/clearing/reconciliation?date={day}", token=user.token).ok()
    return found


def days_later(clearing: Clearing, today: date) -> None:
    """Send empty statements of the next days, so that what is not stated by now is overdue."""
    last = nostro_statements.find_day("EUR", today)
    assert last
    with clearing.later(days=6):
        amount = f"{last.closing / 100:.2f}"
        state(today + timedelta(days=5), clearing.now(), opening=amount, name="LATER")


def test_day_is_reconciled_with_its_statement(
    client: Api, teller: User, clearing: Clearing, paid: list[Json], today: date
) -> None:
    assert reconcile(client, teller, today)["status"] == "no_statement"
    state(today, clearing.now(), *lines_of(paid))
    found = reconcile(client, teller, today)
    assert (found["status"], found["differences"]) == ("reconciled", [])
    assert found["statement"] | {"id": ""} == {
        "id": "",
        "pages": 1,
        "opening_balance": "0.00",
        "closing_balance": "-30.00",
    }
    assert found["ledger"] == {"nostro": "0.00", "not_advised": "-30.00", "payments": 3}
    assert verify_nostro.prove(ignore) == 3


def test_differences_are_shown_by_kind(
    client: Api, teller: User, clearing: Clearing, paid: list[Json], today: date
) -> None:
    first, second, third = uetrs(paid)
    state(today, clearing.now(), (first, "-10.00"), (second, "-11.00"), (STRANGE, "5.00"))
    found = reconcile(client, teller, today)
    told = {(one["uetr"], one["kind"], one["ours"], one["theirs"]) for one in found["differences"]}
    assert told == {
        (second, "amount_differs", "-10.00", "-11.00"),
        (third, "ours_only", "-10.00", "0.00"),
        (STRANGE, "theirs_only", "0.00", "5.00"),
    }
    assert (found["status"], found["difference_count"]) == ("differs", 3)


def test_payment_that_the_other_bank_has_booked_a_day_later_is_no_difference(
    client: Api, teller: User, clearing: Clearing, paid: list[Json], today: date
) -> None:
    closing = state(today, clearing.now(), *lines_of(paid[:2]))
    state(today + timedelta(days=1), clearing.now(), *lines_of(paid[2:]), opening=closing, name="STM-2")
    assert reconcile(client, teller, today)["status"] == "reconciled"
    assert verify_nostro.prove(ignore) == 3


def test_payment_that_came_back_is_even_on_both_sides(
    client: Api, teller: User, clearing: Clearing, paid: list[Json], today: date
) -> None:
    send_return(clearing, paid[0])
    state(today, clearing.now(), *lines_of(paid), *lines_of(paid[:1], "10.00"))
    assert reconcile(client, teller, today)["status"] == "reconciled"
    assert verify_nostro.prove(ignore) == 4


@pytest.mark.parametrize(
    "wrong",
    [("-10.00", "-10.00", "-10.01"), ("-10.00", "-10.00"), ("-10.00", "-10.00", "-10.00", "-10.00")],
    ids=["edited", "missing", "doubled"],
)
def test_verification_names_the_payment_that_the_other_bank_has_booked_otherwise(
    clearing: Clearing, paid: list[Json], today: date, wrong: tuple[str, ...]
) -> None:
    third = uetrs(paid)[2]
    state(today, clearing.now(), *zip([*uetrs(paid), third], wrong, strict=False))
    days_later(clearing, today)
    with pytest.raises(Broken, match=third):
        verify_nostro.prove(ignore)


def test_verification_names_a_payment_that_the_ledger_does_not_have(clearing: Clearing, paid: list[Json]) -> None:
    today = clearing.now().date()
    state(today, clearing.now(), *lines_of(paid), (STRANGE, "5.00"))
    with pytest.raises(Broken, match=STRANGE):
        verify_nostro.prove(ignore)


def test_payment_without_an_answer_may_be_stated_first(
    client: Api, customer: User, payer: Json, clearing: Clearing, today: date
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    state(today, clearing.now(), *lines_of([payment]))
    assert verify_nostro.prove(ignore) == 1
    [shown] = items(type="clearing_payment")
    assert shown["status"] == "submitted"


def test_payments_from_before_the_first_statement_are_in_its_opening_balance(
    clearing: Clearing, paid: list[Json], today: date
) -> None:
    tomorrow = today + timedelta(days=1)
    closing = state(tomorrow, clearing.now(), *lines_of(paid[:1]), opening="-20.00")
    assert closing == "-30.00"
    days_after = nostro_statements.find_day("EUR", tomorrow)
    assert days_after
    assert verify_nostro.prove(ignore) == 1


def test_pages_of_a_day_are_read_together_once_all_are_there(
    client: Api, teller: User, clearing: Clearing, paid: list[Json], today: date
) -> None:
    now = clearing.now()
    state(today, now, *lines_of(paid[2:]), opening="-20.00", page=2)
    assert reconcile(client, teller, today)["status"] == "no_statement"
    state(today, now, *lines_of(paid[:2]), is_last=False)
    found = reconcile(client, teller, today)
    assert (found["status"], found["statement"]["pages"]) == ("reconciled", 2)


def test_statement_that_begins_otherwise_than_the_one_before_it_ended_is_named(
    clearing: Clearing, paid: list[Json], today: date
) -> None:
    state(today, clearing.now(), *lines_of(paid))
    state(today + timedelta(days=1), clearing.now(), opening="-20.00", name="STM-2")
    with pytest.raises(Broken, match="opening balance"):
        verify_nostro.prove(ignore)


def test_stored_line_that_was_edited_is_named(clearing: Clearing, paid: list[Json], today: date) -> None:
    state(today, clearing.now(), *lines_of(paid))
    [item] = items(type="nostro_statement")
    change("bank", item["pk"], item["sk"], lines=item["lines"].replace("-1000", "-2000", 1), closing=-4000)
    with pytest.raises(Broken, match="page 1"):
        verify_nostro.prove(ignore)


def test_other_page_in_place_of_a_stored_one_is_refused(clearing: Clearing, paid: list[Json], today: date) -> None:
    now = clearing.now()
    state(today, now, *lines_of(paid))
    for item in items(type="clearing_received"):
        table("bank").delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    with pytest.raises(Invalid):
        state(today, now, *lines_of(paid[:1]))
    assert len(StatementPage.of_day("EUR", today)) == 1


def test_statement_that_comes_later_counts(
    client: Api, teller: User, clearing: Clearing, paid: list[Json], today: date
) -> None:
    state(today, clearing.now(), *lines_of(paid[:1]))
    with clearing.later(hours=1):
        state(today, clearing.now(), *lines_of(paid), name="STM-2")
    assert reconcile(client, teller, today)["status"] == "reconciled"


@pytest.mark.parametrize("query", ["date=2999-01-01", "date=x", "currency=USD"])
def test_day_or_currency_without_statements_is_refused(
    client: Api, teller: User, clearing: Clearing, query: str
) -> None:
    path = f"/v1/clearing/reconciliation?{query}"
    client.get(path, token=teller.token).refused(422, "validation_failed")


def test_reconciliation_is_for_staff(client: Api, customer: User, auditor: User, clearing: Clearing) -> None:
    client.get("/v1/clearing/reconciliation", token=customer.token).refused(403, "forbidden")
    assert client.get("/v1/clearing/reconciliation", token=auditor.token).ok()["currency"] == "EUR"
