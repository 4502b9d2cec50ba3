"""Uploads of files of payments: a link first, then a confirmation."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.payments.file_upload_schemas import ConfirmUpload, FileUploadView, OfferUpload
from chalicelib.handlers.payments.payment_file_schemas import PaymentFileView
from chalicelib.services.clearing import file_uploads


@describe(
    "Get a link to upload a file of payments",
    status=201,
    body=OfferUpload,
    answer=FileUploadView,
    limit="payment_files",
)
def offer_file_upload(request: Request[OfferUpload, None]) -> Answer:
    """Returns a link for a pain.001.001.09 of at most 20 MB. Send the file there with `method` and all `headers`
    before `expires_at`, then confirm it. The link takes this content only. What is not confirmed within a day is
    destroyed.
    """
    body = request.body
    upload, replayed = file_uploads.offer(request.caller, request.idempotency_key, body.bytes, body.sha256)
    return Answer(FileUploadView.of(upload), replayed=replayed)


@describe(
    "Confirm an uploaded file of payments",
    status=202,
    body=ConfirmUpload,
    answer=PaymentFileView,
    problems=("not_found", "duplicate_file", "conflict", "pin_required", "pin_incorrect", "pin_locked"),
    limit="payment_files",
    location="the file",
)
def confirm_file_upload(request: Request[ConfirmUpload, None], upload_id: str) -> Answer:
    """Takes the file as `POST /v1/payment-files` takes one, with the same rules and answers. Confirming it again
    returns the same file: what is put at the link later changes nothing.
    """
    body = request.body
    key = request.idempotency_key
    made, replayed = file_uploads.confirm(request.caller, key, upload_id, body.sha256, body.pin)
    location = {"Location": f"/v1/payment-files/{made.item.id}"}
    return Answer(PaymentFileView.of(made), headers=location, replayed=replayed)
