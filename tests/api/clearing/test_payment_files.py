"""Files of payments: each is handed in once, refused whole where it must be, and pays each payment once."""

from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from chalicelib.domain.clearing import heading, pacs008, pain002
from chalicelib.models.clearing import file_bucket
from chalicelib.models.clearing.payment_file import FilePaymentRefusal, PaymentFile
from chalicelib.models.paging import encode_cursor
from chalicelib.services.clearing import file_payments
from tests.api.helpers.accounts import balance, new_key, opened, withdraw
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User, counted_calls, items
from tests.api.helpers.clearing import BANK, Clearing, answer, read, send_return
from tests.api.helpers.payment_files import (
    Group,
    Pay,
    hand_in,
    made_of,
    payments_of,
    read_file,
    report_of,
    work,
    write_file,
)
from tests.api.helpers.persons import erase, exported
from tests.api.helpers.race import just_before, killed_after_a_write
from tests.unit.clearing import foreign_reader

BOMB = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>&b;</CstmrCdtTrfInitn></Document>"""
LEAK = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr><MsgId>&a;</MsgId></GrpHdr>
</CstmrCdtTrfInitn></Document>"""


def simple(account: Json, *payments: Pay, **how: Any) -> str:
    return write_file(Group(account["iban"], payments or (Pay(),)), **how)


def read_report(client: Api, user: User, file: Json) -> Any:
    """Return the status report, which another project's classes of ISO's schema read."""
    text = report_of(client, user, file)
    foreign_reader.read(pain002.NAME, text)
    return etree.fromstring(text.encode())


def states(client: Api, user: User, file: Json) -> list[tuple[str, str | None]]:
    listed = payments_of(client, user, file)
    return [(one["state"], one["error"] and one["error"]["code"]) for one in listed]


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        (BOMB, 422, "validation_failed"),
        (LEAK, 422, "validation_failed"),
        ("<a>" * 200 + "</a>" * 200, 422, "validation_failed"),
        ("", 422, "validation_failed"),
        ("{}", 422, "validation_failed"),
        ("<Document/>", 422, "validation_failed"),
        ("<a>\ufffd</a>", 422, "validation_failed"),
        (b"<a>\xe4</a>", 422, "validation_failed"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>', 422, "validation_failed"),
        ("<a>" + " " * 5 * 1024 * 1024 + "</a>", 413, "payload_too_large"),
    ],
)
def test_xml_that_is_hostile_or_none_is_refused_and_leaves_nothing(
    client: Api, customer: User, document: str | bytes, status: int, code: str, clearing: Clearing
) -> None:
    refused = hand_in(client, customer, document).refused(status, code)
    assert "root:" not in refused.text
    assert items(type="payment_file") == []


def test_a_file_of_another_media_type_or_without_heading_is_refused(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    document = simple(payer)
    hand_in(client, customer, document, media_type="application/json").refused(415, "unsupported_media_type")
    hand_in(client, customer, document, media_type="application/xml; charset=utf-16").refused(
        415, "unsupported_media_type"
    )
    headless = document.replace("<MsgId>MSG-1</MsgId>", "")
    assert hand_in(client, customer, headless).refused(422, "validation_failed").wrong_fields == [
        "/Document/CstmrCdtTrfInitn/GrpHdr/MsgId"
    ]
    hand_in(client, customer, document.replace("MSG-1", "M" * 36)).refused(422, "validation_failed")
    hand_in(client, customer, document).ok(202)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"total": "10.01"}, "AM10"), ({"count": 2}, "AM18")],
)
def test_a_wrong_sum_or_count_refuses_the_whole_file_for_ever(
    client: Api, customer: User, payer: Json, clearing: Clearing, wrong: Json, code: str
) -> None:
    file = hand_in(client, customer, simple(payer, **wrong)).ok(202)
    assert (file["status"], file["error"]["code"], file["payments"]) == ("rejected", code, 0)
    assert work(file) == "done"
    assert payments_of(client, customer, file) == []
    report = read_report(client, customer, file)
    assert report.findtext(".//{*}GrpSts") == "RJCT"
    assert report.findtext(".//{*}StsRsnInf/{*}Rsn/{*}Cd") == code
    assert items(type="clearing_payment") == []
    hand_in(client, customer, simple(payer)).refused(409, "duplicate_file")


@pytest.mark.parametrize("amount", ["1E999999", "1E999999999999999", "-1E999999", "9" * 5000, "NaN", "Infinity"])
def test_an_amount_beyond_all_numbers_is_refused_as_any_other(
    client: Api, customer: User, payer: Json, clearing: Clearing, amount: str
) -> None:
    """Also where the file states a sum, to which such an amount does not add."""
    document = simple(payer, total="10.00").replace(">10.00</InstdAmt>", f">{amount}</InstdAmt>")
    assert hand_in(client, customer, document).ok(202)["status"] == "rejected"


@pytest.mark.parametrize("after", ["x", "", "-1", "1.5", "٣", "9" * 100])
def test_a_forged_cursor_of_payments_is_no_cursor(
    client: Api, customer: User, payer: Json, clearing: Clearing, after: str
) -> None:
    file = hand_in(client, customer, simple(payer)).ok(202)
    cursor = encode_cursor({"after": after}, f"PAYMENT_FILE {file['id']}")
    path = f"/v1/payment-files/{file['id']}/payments?cursor={cursor}"
    client.get(path, token=customer.token).refused(400, "invalid_cursor")


def test_a_bad_payment_is_refused_alone_with_its_code_and_xpath(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    bad = [
        Pay("1.00", to_iban="DE00370400440532013000"),
        Pay("5000.00"),
        Pay("1.00", currency="USD"),
        Pay("1.00", to_iban=payer["iban"]),
    ]
    file = made_of(client, customer, simple(payer, Pay("2.00"), *bad, Pay("3.00", end_to_end_id="LAST")))
    assert (file["status"], file["payments"], file["accepted"], file["refused"]) == ("completed", 6, 2, 4)
    assert states(client, customer, file) == [
        ("queued", None),
        ("refused", "AC03"),
        ("refused", "AM04"),
        ("refused", "AM03"),
        ("refused", "AC03"),
        ("queued", None),
    ]
    wrong = payments_of(client, customer, file)[1]["error"]
    assert wrong["path"].endswith("/PmtInf/CdtTrfTxInf[2]/CdtrAcct/Id/IBAN")
    report = read_report(client, customer, file)
    assert report.findtext(".//{*}GrpSts") == "PART"
    assert read_account(client, customer, payer)["held"] == "5.00"


def test_the_same_file_is_accepted_once_and_a_key_answers_again(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    key = new_key()
    first = hand_in(client, customer, simple(payer), key=key).ok(202)
    again = hand_in(client, customer, simple(payer), key=key)
    assert (again.ok(202)["id"], again.headers["Idempotent-Replayed"]) == (first["id"], "true")
    hand_in(client, customer, simple(payer), key=new_key()).refused(409, "duplicate_file")
    hand_in(client, customer, simple(payer)).refused(409, "duplicate_file")
    hand_in(client, customer, simple(payer, Pay("11.00")), key=key).refused(409, "idempotency_key_reused")
    hand_in(client, customer, simple(payer, party="Other GmbH")).ok(202)
    hand_in(client, customer, simple(payer, name="MSG-2")).ok(202)
    listed = client.get("/v1/payment-files?limit=2", token=customer.token).ok()
    assert ([one["message_id"] for one in listed["data"]], listed["has_more"]) == (["MSG-2", "MSG-1"], True)


def test_a_joint_holder_cannot_hand_in_the_owners_file_again(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    path = f"/v1/accounts/{payer['id']}/holders/{other_customer.customer_id}"
    client.put(path, {"rights": "pay"}, token=teller.token).ok()
    hand_in(client, customer, simple(payer)).ok(202)
    hand_in(client, other_customer, simple(payer)).refused(409, "duplicate_file")
    other = made_of(client, other_customer, simple(payer, name="MSG-2"))
    assert other["accepted"] == 1


def test_nobody_pays_from_an_account_of_others_nor_learns_of_it(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    client.put(
        f"/v1/accounts/{payer['id']}/holders/{other_customer.customer_id}", {"rights": "view"}, token=teller.token
    ).ok()
    of_others = hand_in(client, other_customer, simple(payer)).ok(202)
    unknown = hand_in(client, other_customer, simple({"iban": "LV69FLRN0123456789005"}, name="MSG-2")).ok(202)
    assert of_others["error"] == unknown["error"]
    assert (of_others["status"], of_others["error"]["code"]) == ("rejected", "AC01")
    assert work(of_others) == "done"
    assert read_account(client, customer, payer)["held"] == "0.00"
    hand_in(client, customer, simple(payer)).ok(202)  # nobody has taken its message id


def test_a_file_is_its_customers_own(
    client: Api, customer: User, other_customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    file = made_of(client, customer, simple(payer))
    for below in ("", "/payments", "/status-report"):
        client.get(f"/v1/payment-files/{file['id']}{below}", token=other_customer.token).refused(404, "not_found")
        client.get(f"/v1/payment-files/{file['id']}{below}", token=manager.token).refused(403, "forbidden")
    assert client.get("/v1/payment-files", token=other_customer.token).ok()["data"] == []
    client.get("/v1/payment-files/nonsense", token=customer.token).refused(404, "not_found")


def test_the_pin_of_a_paying_account_is_asked_for_and_counted(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    client.put(f"/v1/accounts/{payer['id']}/pin", {"pin": "4917"}, token=customer.token).ok(204)
    hand_in(client, customer, simple(payer)).refused(422, "pin_required")
    for _ in range(4):
        hand_in(client, customer, simple(payer), pin="1111").refused(422, "pin_incorrect")
    assert items(type="payment_file") == []
    hand_in(client, customer, simple(payer), pin="4917").ok(202)
    for number in range(5):
        hand_in(client, customer, simple(payer, name=f"N-{number}"), pin="1111").refused(422, "pin_incorrect")
    hand_in(client, customer, simple(payer, name="N-9"), pin="4917").refused(422, "pin_locked")


def test_payments_of_a_file_are_held_in_few_writes(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    file = hand_in(client, customer, simple(payer, *[Pay("1.00")] * 25)).ok(202)
    with counted_calls() as calls:
        assert work(file) == "done"
    assert calls["TransactWriteItems"] == 2 + 2, "two writes of payments, and two of the progress"
    assert read_account(client, customer, payer)["held"] == "25.00"


def test_payment_that_was_refused_meanwhile_is_set_aside(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    file = hand_in(client, customer, simple(payer, *[Pay("1.00")] * 4)).ok(202)
    refusal = FilePaymentRefusal.new(file["id"], 3, "MS03").stamp(BANK, clearing.now())
    with just_before("TransactWriteItems", refusal.put):
        assert work(file) == "done"
    assert [state for state, _ in states(client, customer, file)].count("queued") == 3
    assert read_account(client, customer, payer)["held"] == "3.00"


def test_a_file_that_is_worked_on_again_pays_each_payment_once(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    file = hand_in(client, customer, simple(payer, *[Pay("1.00")] * 30, Pay("2.00", currency="USD"))).ok(202)
    with killed_after_a_write():
        work(file)
    assert read_file(client, customer, file)["processed"] == 0
    assert len(items(type="clearing_payment")) == 19, "the first write had as many as it takes"
    assert file_payments.work(file["id"], lambda: False) == "more"
    assert read_file(client, customer, file)["processed"] == 25
    assert work(file) == "done"
    found = read_file(client, customer, file)
    assert (found["status"], found["processed"], found["accepted"], found["refused"]) == ("completed", 31, 30, 1)
    assert read_account(client, customer, payer)["held"] == "30.00"
    assert len(items(type="clearing_payment")) == 30
    assert work(file) == "done"
    assert len(items(type="clearing_payment")) == 30


def test_a_right_that_ends_stops_what_is_left_of_a_file(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    holder = f"/v1/accounts/{payer['id']}/holders/{other_customer.customer_id}"
    client.put(holder, {"rights": "pay"}, token=teller.token).ok()
    file = hand_in(client, other_customer, simple(payer, *[Pay("1.00")] * 26)).ok(202)
    assert file_payments.work(file["id"], lambda: False) == "more"
    client.delete(holder, token=customer.token)
    assert work(file) == "done"
    assert states(client, other_customer, file)[-1] == ("refused", "AC01")
    assert read_file(client, other_customer, file)["refused"] == 1


def test_a_frozen_account_refuses_each_payment(
    client: Api, customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    client.post(f"/v1/accounts/{payer['id']}/freeze", {"reason": "Asked"}, token=teller.token).ok()
    file = made_of(client, customer, simple(payer))
    assert states(client, customer, file) == [("refused", "AC06")]


def test_payments_wait_for_the_day_that_the_file_names(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    tomorrow = clearing.now().date() + timedelta(days=1)
    document = write_file(
        Group(payer["iban"], [Pay("1.00")], tomorrow, id="LATER"), Group(payer["iban"], [Pay("2.00")], id="NOW")
    )
    file = made_of(client, customer, document)
    assert (file["status"], file["processed"], file["next_due_at"][:10]) == ("scheduled", 1, tomorrow.isoformat())
    assert states(client, customer, file) == [("planned", None), ("queued", None)]
    assert file_payments.begin_due(BANK) == 0
    with clearing.later(days=1):
        assert file_payments.begin_due(BANK) == 1
        assert file_payments.begin_due(BANK) == 0
        assert work(file) == "done"
    found = PaymentFile.by_id(file["id"])
    assert found
    assert (found.status, found.run, found.execution_name) == ("completed", 2, f"{file['id']}-2")
    assert states(client, customer, file)[0] == ("queued", None)


@pytest.mark.parametrize(("days", "code"), [(30, None), (31, "DT01")])
def test_day_further_ahead_than_any_payment_refuses_the_file(
    client: Api, customer: User, payer: Json, clearing: Clearing, monkeypatch: pytest.MonkeyPatch, days: int, code: str
) -> None:
    monkeypatch.setenv("PAYMENT_DAYS_AHEAD", "30")
    day = clearing.now().date() + timedelta(days=days)
    document = write_file(Group(payer["iban"], [Pay()]), Group(payer["iban"], [Pay()], day, id="FAR"))
    file = hand_in(client, customer, document).ok(202)
    assert (file["error"] and file["error"]["code"]) == code
    if code:
        assert file["error"]["path"].endswith("/PmtInf[2]/ReqdExctnDt")
        assert file["error"]["detail"] == "is more than 30 days ahead"


def test_what_cannot_be_worked_on_now_is_begun_again_later(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    file = hand_in(client, customer, simple(payer)).ok(202)
    file_payments.postpone(file["id"])
    assert file_payments.begin_due(BANK) == 0
    with clearing.later(minutes=16):
        assert file_payments.begin_due(BANK) == 1
    assert work(file) == "done"
    file_payments.postpone(file["id"])
    assert read_file(client, customer, file)["status"] == "completed"


def test_a_file_is_settled_rejected_and_returned_with_its_reports(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing
) -> None:
    neighbour = opened(client, other_customer, currency="EUR")
    own = Pay("4.00", to_iban=neighbour["iban"])
    file = made_of(client, customer, simple(payer, Pay("10.00"), Pay("2.00"), Pay("3.00"), own))
    assert states(client, customer, file)[-1] == ("settled", None)
    assert balance(neighbour) == 400
    ids = [one["transaction_id"] for one in payments_of(client, customer, file)[:3]]
    first, second, third = (read(client, customer, {"id": name}) for name in ids)
    clearing.cut_off(first)
    batches = [pacs008.parse(one) for one in clearing.sent if heading.heading_of(one).name == pacs008.NAME]
    assert {one.end_to_end_id for batch in batches for one in batch.transfers} == {"E2E-1"}
    assert first["payment"]["end_to_end_id"] == "E2E-1"
    assert read_report(client, customer, file).findtext(".//{*}GrpSts") == "ACSP"
    answer(clearing, "ACSC", first, third)
    answer(clearing, "RJCT", second, code="AC04")
    send_return(clearing, first, 1000)
    assert states(client, customer, file) == [
        ("returned", "MD07"),
        ("rejected", "AC04"),
        ("settled", None),
        ("settled", None),
    ]
    report = read_report(client, customer, file)
    assert [one.text for one in report.iterfind(".//{*}TxSts")] == ["RJCT", "RJCT", "ACSC", "ACSC"]
    assert report.findtext(".//{*}GrpSts") == "PART"
    assert {one.text for one in report.iterfind(".//{*}OrgnlUETR")} == {
        one["payment"]["uetr"] for one in (first, second, third)
    }


def test_pages_of_payments_follow_the_order_of_the_file(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    file = hand_in(client, customer, simple(payer, *(Pay(end_to_end_id=f"E-{n}") for n in range(5)))).ok(202)
    path, seen = f"/v1/payment-files/{file['id']}/payments?limit=2", []
    page = client.get(path, token=customer.token).ok()
    while True:
        seen += [one["end_to_end_id"] for one in page["data"]]
        if not page["has_more"]:
            break
        page = client.get(f"{path}&cursor={page['next_cursor']}", token=customer.token).ok()
    assert seen == [f"E-{n}" for n in range(5)]
    client.get(f"{path}&cursor=nonsense", token=customer.token).refused(400, "invalid_cursor")


def test_nothing_of_a_file_is_stored_in_clear_and_erasure_takes_all_of_it(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    document = simple(payer, Pay("2000.00", to_name="Zebedee Quux", end_to_end_id="OWN-REFERENCE"))
    file = made_of(client, customer, document)
    stored = str(items()) + str([file_bucket.read(str(customer.customer_id), file["id"])])
    for word in ("Zebedee", "OWN-REFERENCE", "Acme GmbH", "MSG-1"):
        assert word not in stored
    assert file["message_id"] == "MSG-1"
    told = str(list(exported(client, customer, customer.customer_id)))
    assert "MSG-1" in told
    withdraw(client, customer, payer, "1000.00").ok(201)
    client.delete(f"/v1/accounts/{payer['id']}", token=customer.token).ok()
    erase(client, manager, customer.customer_id)
    assert file_bucket.read(str(customer.customer_id), file["id"]) is None
    [item] = items(type="payment_file")
    assert not {"message_id", "initiating_party", "detail"} & item.keys()
    assert work(file) == "done"
