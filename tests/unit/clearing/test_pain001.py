"""Files of payments: what is read, what refuses a payment, and what refuses the file."""

from datetime import date
from time import process_time

import pytest
from sepaxml import SepaTransfer

from chalicelib.domain.clearing import pain001
from chalicelib.domain.clearing.node import DETAIL_MAX, Invalid
from chalicelib.domain.clearing.safe_xml import XmlRefused
from tests.unit.clearing.messages import payment, payment_file, valid

GROUP = "/Document/CstmrCdtTrfInitn/PmtInf"


def read(text: str) -> pain001.PaymentFile:
    return pain001.parse(text.encode())


def test_a_file_is_read_with_its_texts_as_written() -> None:
    text = payment_file(payment() + payment("2.50"), count=2, total="12.50", extra="<BtchBookg>true</BtchBookg>")
    valid(pain001.NAME, text)
    file = read(text)
    [group] = file.groups
    assert (file.message_id, file.initiating_party) == ("MSG-1", "Acme GmbH")
    assert (group.id, group.debtor_iban, group.execution_date) == ("P-1", "LV69FLRN0123456789005", date(2026, 12, 1))
    assert (group.is_batch_booked, group.rail, group.refusals) == (True, "standard", ())
    assert [(one.amount, one.currency) for one in group.payments] == [(10_00, "EUR"), (2_50, "EUR")]
    assert group.payments[0].remittance == "Rēķins 7"
    assert group.payments[1].path == f"{GROUP}/CdtTrfTxInf[2]"


def test_count_may_have_zeros_before_it() -> None:
    text = payment_file(payment(), extra="<NbOfTxs>01</NbOfTxs>").replace("<NbOfTxs>1<", "<NbOfTxs>001<")
    assert text.count("<NbOfTxs>0") == 2
    assert len(read(text).groups[0].payments) == 1
    for wrong in ("1.0", "+1", "0" * 15 + "1", "١"):
        with pytest.raises(Invalid, match="NbOfTxs"):
            read(text.replace("<NbOfTxs>001<", f"<NbOfTxs>{wrong}<"))


@pytest.mark.parametrize(
    ("wrong", "code", "place"),
    [
        (payment(iban="DE88370400440532013000"), "AC03", "CdtrAcct/Id/IBAN"),
        (payment(iban=""), "AC03", "CdtrAcct/Id/IBAN"),
        (payment(name=" "), "RR03", "Cdtr/Nm"),
        (payment(currency="XXX"), "AM03", "Amt/InstdAmt"),
        (payment("0.00"), "AM12", "Amt/InstdAmt"),
        (payment("-1.00"), "AM12", "Amt/InstdAmt"),
        (payment("1.005"), "AM12", "Amt/InstdAmt"),
        (payment("NaN"), "AM12", "Amt/InstdAmt"),
        (payment("1e3"), "AM12", "Amt/InstdAmt"),
    ],
)
def test_a_wrong_payment_is_refused_alone_with_code_and_xpath(wrong: str, code: str, place: str) -> None:
    text = payment_file(wrong + payment("2.00"), count=2).replace("<CtrlSum>10.00</CtrlSum>", "")
    [group] = read(text).groups
    [refused] = group.refusals
    assert (refused.code, refused.path) == (code, f"{GROUP}/CdtTrfTxInf[1]/{place}")
    assert refused.end_to_end_id == "E2E-1"
    assert [one.amount for one in group.payments] == [2_00]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (payment_file(payment(), count=2), "AM18"),
        (payment_file(payment(), total="10.01"), "AM10"),
        (payment_file(payment("10.005"), total="10.00"), "AM10"),
        (payment_file(payment(), extra="<NbOfTxs>2</NbOfTxs>"), "AM18"),
        (payment_file(payment(), extra="<CtrlSum>9.99</CtrlSum>"), "AM10"),
        (payment_file("", count=0, total="0"), "FF01"),
        (payment_file(payment()).replace("<PmtInf>", "<PmtInf><PmtInfId>P-0</PmtInfId></PmtInf><PmtInf>"), "FF01"),
        (payment_file(payment()).replace("Acme GmbH", "x" * 141), "FF01"),
        (payment_file(payment()).replace("<MsgId>MSG-1</MsgId>", ""), "FF01"),
        (payment_file(payment()).replace("TRF", "CHK"), "FF01"),
        (payment_file(payment()).replace("2026-12-01", "2026-02-30"), "DT01"),
        (payment_file(payment()).replace("LV69FLRN0123456789005", "LV68FLRN0123456789005"), "AC01"),
    ],
)
def test_a_file_with_a_wrong_total_or_head_is_refused_whole(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)
    assert refused.value.code == code
    assert refused.value.path.startswith("/Document")


def test_another_version_is_refused() -> None:
    with pytest.raises(XmlRefused, match=r"pain\.001\.001\.09"):
        read(payment_file(payment(), namespace="03"))


def test_a_file_of_a_foreign_writer_is_read() -> None:
    """The writer of another project, with its umlauts, sum, count and batch booking."""
    config = {"name": "Acme GmbH", "IBAN": "LV69FLRN0123456789005", "BIC": "FLRNLV22XXX", "batch": True}
    writer = SepaTransfer(config | {"currency": "EUR"}, schema="pain.001.001.09", clean=True)
    for cents in (10_12, 99_99):
        writer.add_payment(
            {
                "name": "Jürgen Müller",
                "IBAN": "DE89370400440532013000",
                "BIC": "COBADEFFXXX",
                "amount": cents,
                "execution_date": date(2026, 12, 1),
                "description": "Miete",
                "endtoend_id": f"E{cents}",
            }
        )
    [group] = pain001.parse(writer.export(validate=False)).groups
    assert [(one.amount, one.end_to_end_id) for one in group.payments] == [(10_12, "E1012"), (99_99, "E9999")]
    assert (group.is_batch_booked, group.refusals) == (True, ())


@pytest.mark.parametrize("iban", ["DE89370400440532013000", "DE88370400440532013000"])
def test_many_payments_are_read_in_linear_time(iban: str) -> None:
    """Also if all of them are wrong, and each is named by its place."""

    def seconds(count: int) -> float:
        text = payment_file(payment("1.00", iban=iban) * count, count=count, total=f"{count}.00")
        began = process_time()
        [group] = read(text).groups
        assert len(group.payments) + len(group.refusals) == count
        return process_time() - began

    assert seconds(8000) < 24 * seconds(1000), "64 times as long if the time is quadratic"


def test_many_groups_are_read_in_linear_time() -> None:
    """A customer decides into how many groups the payments of a file are split."""

    def seconds(count: int) -> float:
        head, _, rest = payment_file(payment("1.00"), count=count, total=f"{count}.00").partition("<PmtInf>")
        group, _, tail = rest.partition("</PmtInf>")
        text = head + f"<PmtInf>{group}</PmtInf>" * count + tail
        began = process_time()
        file = read(text)
        assert [one.path for one in file.groups[1:3]] == [f"{GROUP}[2]", f"{GROUP}[3]"]
        assert len(file.groups) == count
        return process_time() - began

    assert seconds(8000) < 24 * seconds(1000), "64 times as long if the time is quadratic"


MEGABYTE = "9" * 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        payment_file(payment()).replace("<NbOfTxs>1<", f"<NbOfTxs>{MEGABYTE}<"),
        payment_file(payment(), total=MEGABYTE),
        payment_file(payment()).replace("2026-12-01", MEGABYTE),
        payment_file(payment()).replace("LV69FLRN0123456789005", MEGABYTE),
    ],
)
def test_words_about_a_text_of_a_megabyte_are_short(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)
    assert len(refused.value.detail) <= DETAIL_MAX
    assert len(str(refused.value)) < 2 * DETAIL_MAX


def test_name_of_a_file_cannot_turn_what_is_read_around() -> None:
    [group] = read(payment_file(payment(name="Ben\u202e ltd\u2066 Okafor"))).groups
    assert [one.creditor_name for one in group.payments] == ["Ben ltd Okafor"]
    [refused] = read(payment_file(payment(name="\u202e\u200b"))).groups[0].refusals
    assert (refused.code, refused.path.endswith("Cdtr/Nm")) == ("RR03", True)


def test_refused_payment_keeps_the_beginning_of_an_end_to_end_id_that_is_too_long() -> None:
    [refused] = read(payment_file(payment().replace("E2E-1", f"E2E-1{MEGABYTE}"))).groups[0].refusals
    assert (refused.end_to_end_id, refused.code) == (f"E2E-1{MEGABYTE}"[:35], "FF01")
