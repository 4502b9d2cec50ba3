"""Files of payments in the hands of thieves: others' accounts, ended rights, two at once, and sums beyond limits."""

from collections.abc import Callable

import pytest

from chalicelib.models.clearing import file_bucket
from tests.api.helpers.accounts import opened
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import Clearing, read
from tests.api.helpers.file_uploads import keys_of, put, sha256_of
from tests.api.helpers.payment_files import Group, Pay, hand_in, made_of, payments_of, report_of, write_file
from tests.api.helpers.persons import erase
from tests.api.helpers.race import just_before

UPLOADS = "/v1/payment-files/uploads"


def shared_with(client: Api, teller: User, account: Json, holder: User) -> str:
    """Let somebody else pay from an account, and return the path of that right."""
    path = f"/v1/accounts/{account['id']}/holders/{holder.customer_id}"
    client.put(path, {"rights": "pay"}, token=teller.token).ok()
    return path


def states(client: Api, user: User, file: Json) -> list[tuple[str, str | None]]:
    return [(one["state"], one["error"] and one["error"]["code"]) for one in payments_of(client, user, file)]


def simple(account: Json, *payments: Pay, name: str = "MSG-1") -> str:
    return write_file(Group(account["iban"], payments or (Pay(),)), name=name)


def test_one_account_of_others_refuses_the_whole_file_in_the_words_of_one_that_is_not_there(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing
) -> None:
    theirs = opened(client, other_customer, "50.00", currency="EUR")
    told = []
    for number, iban in enumerate((theirs["iban"], "LV69FLRN0123456789005")):
        document = write_file(Group(payer["iban"], [Pay()]), Group(iban, [Pay()], id="P-2"), name=f"MSG-{number}")
        file = hand_in(client, customer, document).ok(202)
        assert (file["status"], file["account_ids"], file["payments"]) == ("rejected", [], 0)
        told.append(file["error"])
    assert told[0] == told[1]
    assert (told[0]["code"], told[0]["path"].count("PmtInf[2]")) == ("AC01", 1)
    assert items(type="clearing_payment") == []


def test_of_two_holders_who_hand_in_the_same_file_at_once_one_does(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    shared_with(client, teller, payer, other_customer)
    with just_before("TransactWriteItems", lambda: hand_in(client, other_customer, simple(payer)).ok(202)):
        hand_in(client, customer, simple(payer)).refused(409, "duplicate_file")
    assert [one["customer_id"] for one in items(type="payment_file")] == [other_customer.customer_id]


def test_payments_of_a_file_whose_maker_loses_the_right_before_the_cut_off_are_given_up(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    path = shared_with(client, teller, payer, other_customer)
    file = made_of(client, other_customer, simple(payer, Pay("1.00"), Pay("2.00")))
    [first, _] = [
        read(client, other_customer, {"id": one["transaction_id"]}) for one in payments_of(client, other_customer, file)
    ]
    assert read_account(client, customer, payer)["held"] == "3.00"
    client.delete(path, token=customer.token)
    clearing.cut_off(first)
    assert (clearing.sent, read_account(client, customer, payer)["held"]) == ([], "0.00")
    assert [state for state, _ in states(client, other_customer, file)] == ["rejected", "rejected"]
    assert report_of(client, other_customer, file).count("<TxSts>RJCT</TxSts>") == 2


@pytest.mark.parametrize(("setting", "code"), [("DAILY_LIMIT", "AM14"), ("TRANSACTION_LIMIT", "AM14")])
def test_payments_beyond_a_limit_are_refused_and_those_before_it_are_made(
    client: Api,
    customer: User,
    payer: Json,
    clearing: Clearing,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    code: str,
) -> None:
    monkeypatch.setenv(setting, "100")
    amounts = ["60.00", "60.00", "40.00"] if setting == "DAILY_LIMIT" else ["60.00", "101.00", "40.00"]
    file = made_of(client, customer, simple(payer, *map(Pay, amounts)))
    assert states(client, customer, file) == [("queued", None), ("refused", code), ("queued", None)]
    assert read_account(client, customer, payer)["held"] == "100.00"


def test_file_of_more_than_the_balance_pays_what_the_balance_has(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    file = made_of(client, customer, simple(payer, *[Pay("400.00")] * 4))
    assert [state for state, _ in states(client, customer, file)] == ["queued", "queued", "refused", "refused"]
    found = read_account(client, customer, payer)
    assert (found["balance"], found["held"]) == ("1000.00", "800.00")


def log_out(client: Api, user: User) -> Callable[[], object]:
    return lambda: client.post("/v1/auth/logout", {}, token=user.token).ok(204)


def test_file_of_a_session_that_ends_while_it_is_read_is_not_taken(
    client: Api, customer: User, payer: Json, clearing: Clearing, log_in: Callable[[str], User]
) -> None:
    file_bucket.destroy(str(customer.customer_id))
    with just_before("TransactWriteItems", log_out(client, customer)):
        hand_in(client, customer, simple(payer)).refused(401, "unauthorized")
    assert items(type="payment_file") == []
    assert file_bucket.destroy(str(customer.customer_id)) == 0
    hand_in(client, log_in(customer.email), simple(payer)).ok(202)


LONG = "1" * 500_000
"""More than an item of DynamoDB may have."""


@pytest.mark.parametrize("field", ["<NbOfTxs>1<", "<Dt>2020-01-01<", "<CtrlSum>10.00<"])
def test_file_with_a_text_larger_than_an_item_is_refused_in_short_words(
    client: Api, customer: User, payer: Json, clearing: Clearing, field: str
) -> None:
    document = simple(payer).replace(field, f"{field[: field.index('>') + 1]}{LONG}<")
    reply = hand_in(client, customer, document)
    assert reply.ok(202)["status"] == "rejected"
    assert len(reply.text) < 2000
    assert len(report_of(client, customer, reply.json)) < 4000


def test_file_of_a_party_with_a_name_larger_than_an_item_is_refused(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    document = simple(payer).replace("<InitgPty><Nm>", f"<InitgPty><Nm>{LONG}")
    reply = hand_in(client, customer, document).refused(422, "validation_failed")
    assert reply.wrong_fields == ["/Document/CstmrCdtTrfInitn/GrpHdr/InitgPty/Nm"]
    assert items(type="payment_file") == []


def test_payment_with_a_reference_larger_than_a_page_is_told_in_short_words(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    file = made_of(client, customer, simple(payer, Pay(end_to_end_id=LONG, to_iban=LONG)))
    [told] = payments_of(client, customer, file)
    assert (told["state"], len(told["end_to_end_id"])) == ("refused", 35)
    assert len(str(told)) < 1000


@pytest.fixture
def upload(client: Api, customer: User, payer: Json, clearing: Clearing) -> tuple[Json, bytes]:
    """Return a link that was offered, and the content that it takes."""
    content = simple(payer).encode()
    body = {"bytes": len(content), "sha256": sha256_of(content)}
    return client.post(UPLOADS, body, token=customer.token).ok(201), content


def test_upload_whose_session_ends_while_it_is_taken_is_destroyed(
    client: Api, customer: User, upload: tuple[Json, bytes]
) -> None:
    made, content = upload
    put(made, content)
    body = {"sha256": sha256_of(content)}
    with just_before("TransactWriteItems", log_out(client, customer)):
        client.post(f"{UPLOADS}/{made['id']}/confirm", body, token=customer.token).refused(401, "unauthorized")
    assert (items(type="payment_file"), keys_of(made)) == ([], [])


def test_link_that_is_used_after_the_log_out_makes_no_payment(
    client: Api, customer: User, other_customer: User, upload: tuple[Json, bytes]
) -> None:
    made, content = upload
    log_out(client, customer)()
    put(made, content)
    body = {"sha256": sha256_of(content)}
    path = f"{UPLOADS}/{made['id']}/confirm"
    client.post(path, body, token=customer.token).refused(401, "unauthorized")
    client.post(path, body, token=other_customer.token).refused(404, "not_found")
    assert items(type="payment_file") == []


def test_link_that_is_used_after_the_right_to_pay_has_ended_makes_no_payment(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    path = shared_with(client, teller, payer, other_customer)
    content = simple(payer).encode()
    body = {"bytes": len(content), "sha256": sha256_of(content)}
    made = client.post(UPLOADS, body, token=other_customer.token).ok(201)
    client.delete(path, token=customer.token)
    put(made, content)
    taken = client.post(f"{UPLOADS}/{made['id']}/confirm", {"sha256": sha256_of(content)}, token=other_customer.token)
    assert (taken.ok(202)["status"], taken.json["error"]["code"]) == ("rejected", "AC01")


def test_link_that_is_used_after_the_erasure_makes_no_payment(
    client: Api, customer: User, manager: User, payer: Json, upload: tuple[Json, bytes]
) -> None:
    made, content = upload
    client.post(
        "/v1/transactions/withdraw", {"account_id": payer["id"], "amount": "1000.00"}, token=customer.token, key="out"
    ).ok(201)
    client.delete(f"/v1/accounts/{payer['id']}", token=customer.token).ok()
    erase(client, manager, str(customer.customer_id))
    put(made, content)
    path = f"{UPLOADS}/{made['id']}/confirm"
    client.post(path, {"sha256": sha256_of(content)}, token=customer.token).refused(401, "unauthorized")
    assert items(type="payment_file") == []
