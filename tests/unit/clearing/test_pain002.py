"""The report on a file of payments, by ISO's schema, and as another project's bank writes its own."""

import pytest

from chalicelib.domain.clearing import pain001, pain002
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.pain002 import FilePaymentStatus, FileReport, FileStatus, ReportedGroup, ReportedPayment
from tests.unit.clearing import foreign_reader
from tests.unit.clearing.messages import NOW, RENT, payment, payment_file

DONE = ReportedPayment("E2E-1", "ACSC", uetr=RENT.uetr)
BAD = ReportedPayment(None, "RJCT", Reason("AC03", "IBAN ist falsch"), "/Document/CstmrCdtTrfInitn/PmtInf[2]/X" * 4)


def test_a_report_names_each_payment_with_code_and_xpath() -> None:
    report = FileReport("REP-1", "MSG-1", (ReportedGroup("P-1", (DONE, BAD)),), sender_bic="FLRNLV22")
    message = foreign_reader.read(pain002.NAME, pain002.build(report, NOW)).cstmr_pmt_sts_rpt
    whole, [group] = message.orgnl_grp_inf_and_sts, message.orgnl_pmt_inf_and_sts
    assert (whole.orgnl_msg_id, whole.orgnl_msg_nm_id, whole.grp_sts) == ("MSG-1", pain001.NAME, "PART")
    assert [(one.dtld_sts, one.dtld_nb_of_txs) for one in whole.nb_of_txs_per_sts] == [("ACSC", "1"), ("RJCT", "1")]
    good, bad = group.tx_inf_and_sts
    assert (good.orgnl_uetr, good.tx_sts) == (RENT.uetr, "ACSC")
    assert bad.sts_rsn_inf[0].rsn.cd == "AC03"
    assert "".join(bad.sts_rsn_inf[0].addtl_inf[1:]) == BAD.path


def test_a_file_refused_whole_has_its_reason_and_no_payments() -> None:
    report = FileReport("REP-1", "MSG-1", reason=Reason("AM10", "CtrlSum is wrong"), path="/Document/X/CtrlSum")
    message = foreign_reader.read(pain002.NAME, pain002.build(report, NOW)).cstmr_pmt_sts_rpt
    whole = message.orgnl_grp_inf_and_sts
    assert (whole.grp_sts, whole.sts_rsn_inf[0].rsn.cd) == ("RJCT", "AM10")
    assert message.orgnl_pmt_inf_and_sts == []


def test_the_refusals_of_a_file_become_its_report() -> None:
    text = payment_file(payment(iban="DE00"), total="10.00")
    [group] = pain001.parse(text.encode()).groups
    [one] = group.refusals
    refused = ReportedPayment(one.end_to_end_id, "RJCT", Reason(one.code, one.detail), one.path)
    report = FileReport("REP-1", "MSG-1", (ReportedGroup(group.id, (refused,)),))
    assert one.path in pain002.build(report, NOW)


@pytest.mark.parametrize(
    ("statuses", "together"),
    [
        ((), "RJCT"),
        (("RJCT", "RJCT"), "RJCT"),
        (("ACSC", "RJCT"), "PART"),
        (("PDNG", "RJCT"), "PART"),
        (("ACSC", "ACSC"), "ACSC"),
        (("ACSC", "ACSP"), "ACSP"),
        (("ACSP", "PDNG"), "PDNG"),
    ],
)
def test_the_status_of_payments_together(statuses: tuple[FilePaymentStatus, ...], together: FileStatus) -> None:
    assert pain002.status_of(tuple(ReportedPayment("E", status) for status in statuses)) == together
