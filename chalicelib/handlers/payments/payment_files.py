"""Files of payments: pain.001 in, pain.002 out."""

from chalicelib.domain.clearing.safe_xml import BYTES_MAX
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Document, Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.payments.payment_file_schemas import FilePaymentView, PaymentFileView
from chalicelib.models.paging import Paging
from chalicelib.services.clearing import file_reports, payment_files

XML = ("application/xml", "text/xml")
PIN = "Account-Pin"


@describe(
    "Hand in a file of payments",
    status=202,
    document=Document(XML, BYTES_MAX, (PIN,)),
    answer=PaymentFileView,
    problems=("duplicate_file", "conflict", "pin_required", "pin_incorrect", "pin_locked"),
    limit="payment_files",
    location="the file",
)
def hand_in_payment_file(request: Request[str, None]) -> Answer:
    """Takes a pain.001.001.09 with at most 10,000 payments and 5 MB, from accounts that you own or from which you may
    pay. Its payments are made one after the other, each as if you had requested it alone: with your limits, policies
    and rights of that moment, on the day that the file names. If an account has a PIN, send it as `Account-Pin`. A
    wrong sum or count, or an account from which you may not pay, refuses the whole file; anything else refuses the
    payment. The same message id of the same initiating party is accepted once, for ever.
    """
    pin = request.headers.get(PIN.lower())
    made, replayed = payment_files.hand_in(request.caller, request.idempotency_key, request.body, pin)
    location = {"Location": f"/v1/payment-files/{made.item.id}"}
    return Answer(PaymentFileView.of(made), headers=location, replayed=replayed)


@describe("List payment files", query=PageQuery, answer=Listing[PaymentFileView], problems=("invalid_cursor",))
def list_payment_files(request: Request[None, PageQuery]) -> Listing[PaymentFileView]:
    """Lists the files that you handed in, the latest first."""
    found = payment_files.page(request.caller, Paging(request.query.limit, request.query.cursor))
    return Listing[PaymentFileView].page([PaymentFileView.of(one) for one in found.items], found.next_cursor)


@describe("Get a payment file", answer=PaymentFileView, problems=("not_found",))
def get_payment_file(request: Request[None, None], file_id: str) -> PaymentFileView:
    """Returns how far the bank is with a file: counts and sums, and why it was refused whole."""
    return PaymentFileView.of(payment_files.get(request.caller, file_id))


@describe(
    "List the payments of a file",
    query=PageQuery,
    answer=Listing[FilePaymentView],
    problems=("not_found", "invalid_cursor"),
    limit="payment_file_reads",
)
def list_file_payments(request: Request[None, PageQuery], file_id: str) -> Listing[FilePaymentView]:
    """Lists the payments in the order of the file, with what became of each until now."""
    paging = Paging(request.query.limit, request.query.cursor)
    found = file_reports.page_of_payments(request.caller, file_id, paging)
    return Listing[FilePaymentView].page([FilePaymentView.of(one) for one in found.items], found.next_cursor)


@describe(
    "Get the status report of a payment file",
    media_types=("application/xml",),
    problems=("not_found",),
    limit="payment_file_reads",
)
def get_status_report(request: Request[None, None], file_id: str) -> Answer:
    """Returns a pain.002.001.10 with the status of each payment at this moment: ACSC settled, ACSP on its way, PDNG
    waiting, RJCT refused, rejected or returned. PART says that some of them are RJCT.
    """
    report = file_reports.status_report(request.caller, file_id)
    name = f'attachment; filename="{file_id}.pain.002.xml"'
    return Answer(report, headers={"Content-Type": "application/xml", "Content-Disposition": name})
