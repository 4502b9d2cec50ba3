"""Batch booking: statements show the payments of a file as the file asks, and the ledger has an entry for each."""

from typing import Any

from lxml import etree

from chalicelib.models.clearing.payment_file import PaymentFileBatch
from chalicelib.services.clearing import file_payments
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import Clearing, answer, pay, read, send_return
from tests.api.helpers.payment_files import Group, Pay, hand_in, made_of, payments_of, work, write_file
from tests.api.helpers.persons import exported
from tests.api.helpers.race import killed_after_a_write
from tests.unit.clearing import foreign_reader

TOGETHER = "<BtchBookg>true</BtchBookg>"
NAMES = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}


def path_of(account: Json, clearing: Clearing) -> str:
    return f"/v1/accounts/{account['id']}/statements/{clearing.now().date().isoformat()[:7]}"


def read_camt(client: Api, user: User, account: Json, clearing: Clearing) -> Any:
    """Return the camt.053, which another project's classes of ISO's schema read."""
    text = client.get(f"{path_of(account, clearing)}?format=camt053", token=user.token).text
    foreign_reader.read("camt.053.001.08", text)
    return etree.fromstring(text.encode())


def told(element: Any, path: str) -> list[str]:
    return [str(one.text) for one in element.findall(f".//{path}", NAMES)]


def settle_all(client: Api, user: User, clearing: Clearing, file: Json, **rejected: str) -> list[Json]:
    """Accept the payments of a file, but for those that are rejected by their EndToEndId, and return all."""
    listed = [one for one in payments_of(client, user, file) if one["transaction_id"]]
    payments = [read(client, user, {"id": one["transaction_id"]}) for one in listed]
    clearing.cut_off(payments[0])
    named = [(one["end_to_end_id"], payment) for one, payment in zip(listed, payments, strict=True)]
    answer(clearing, "ACSC", *(payment for name, payment in named if name not in rejected))
    for name, payment in named:
        if name in rejected:
            answer(clearing, "RJCT", payment, code=rejected[name])
    return payments


def test_settled_payments_of_a_batch_are_one_entry_and_others_are_not(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    together = [Pay(f"{number}.00", end_to_end_id=f"A-{number}") for number in range(1, 5)]
    alone = [Pay("5.00", end_to_end_id="B-1"), Pay("6.00", end_to_end_id="B-2")]
    document = write_file(
        Group(payer["iban"], together, extra=TOGETHER, id="SALARIES"), Group(payer["iban"], alone, id="BILLS")
    )
    file = made_of(client, customer, document)
    assert file["booking"] == "mixed"
    [first, *_] = settle_all(client, customer, clearing, file, **{"A-4": "AC04"})
    document = read_camt(client, customer, payer, clearing)
    assert told(document, "c:Ntry/c:Amt") == ["1000.00", "6.00", "5.00", "6.00"]
    [entry] = document.xpath("//c:Ntry[c:NtryDtls/c:Btch]", namespaces=NAMES)
    batch = [one.text for one in entry.find(".//c:Btch", NAMES)]
    assert batch == ["MSG-1", "SALARIES", "3", "6.00", "DBIT"]
    assert told(entry, "c:TxDtls/c:Refs/c:EndToEndId") == ["A-1", "A-2", "A-3"]
    statement = client.get(path_of(payer, clearing), token=customer.token).ok()
    named = [one["batch"] and one["batch"]["payment_information_id"] for one in statement["entries"]]
    assert named == [None, "SALARIES", "SALARIES", "SALARIES", None, None]
    send_return(clearing, first, amount=100)
    after = read_camt(client, customer, payer, clearing)
    assert told(after, "c:Ntry/c:Amt") == ["1000.00", "6.00", "5.00", "6.00", "1.00"]
    assert told(after, "c:Ntry/c:CdtDbtInd")[-1] == "CRDT"
    assert told(after, "c:Bal/c:Amt")[-1] == statement_balance(client, customer, payer, clearing) == "984.00"


def statement_balance(client: Api, user: User, account: Json, clearing: Clearing) -> str:
    return str(client.get(path_of(account, clearing), token=user.token).ok()["closing_balance"])


def test_file_that_asks_for_nothing_and_a_single_payment_are_booked_by_themselves(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    two = made_of(client, customer, write_file(Group(payer["iban"], [Pay(), Pay()])))
    one = made_of(client, customer, write_file(Group(payer["iban"], [Pay()], extra=TOGETHER), name="MSG-2"))
    whole = write_file(Group(payer["iban"], [Pay(), Pay()], extra=TOGETHER), name="MSG-3")
    wrong = hand_in(client, customer, whole.replace("<NbOfTxs>2", "<NbOfTxs>3")).ok(202)
    assert [one["booking"] for one in (two, one, wrong)] == ["single", "single", None]
    assert items(type="payment_file_batch") == []
    assert not any("batch_id" in one for one in items(type="clearing_payment"))


def test_payment_that_was_asked_for_alone_is_in_no_batch(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    pay(client, customer, payer)
    [stored] = items(type="clearing_payment")
    assert "batch_id" not in stored


def test_joint_holders_file_is_one_entry_of_the_owners_account_only(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, clearing: Clearing
) -> None:
    """The batch of another account in the same file is another one, although the holder has named both alike."""
    client.put(
        f"/v1/accounts/{payer['id']}/holders/{other_customer.customer_id}", {"rights": "pay"}, token=teller.token
    ).ok()
    theirs = opened(client, other_customer, "100.00", currency="EUR")
    groups = [Group(one["iban"], [Pay("1.00"), Pay("2.00")], extra=TOGETHER) for one in (payer, theirs)]
    file = made_of(client, other_customer, write_file(*groups))
    assert file["booking"] == "batch"
    settle_all(client, other_customer, clearing, file)
    for user, account in ((customer, payer), (other_customer, theirs)):
        found = read_camt(client, user, account, clearing)
        assert told(found, "c:Btch/c:TtlAmt") == ["3.00"]
        assert told(found, "c:Btch/c:PmtInfId") == ["P-1"]


def test_names_of_a_batch_are_sealed_and_stored_once_however_often_the_job_dies(
    client: Api, customer: User, payer: Json, clearing: Clearing
) -> None:
    groups = [Group(payer["iban"], [Pay("1.00"), Pay("2.00")], extra=TOGETHER, id=name) for name in ("OWN-1", "OWN-2")]
    file = hand_in(client, customer, write_file(*groups)).ok(202)
    with killed_after_a_write():
        work(file)
    assert len(items(type="payment_file_batch")) == 1
    assert file_payments.work(file["id"], lambda: True) == "done"
    assert "OWN-" not in str(items(type="payment_file_batch"))
    kept = PaymentFileBatch.by_ids(str(one["batch_id"]) for one in items(type="clearing_payment"))
    assert sorted(one.number for one in kept) == [1, 2]
    assert "OWN-1" in str(list(exported(client, customer, str(customer.customer_id))))
