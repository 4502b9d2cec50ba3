"""Files of payments that are too large for a request: put into a bucket by a link, then confirmed and taken as others.

What is taken is what the bank has read at that moment, sealed at once. Whatever is put at the link's place later is
read by nobody.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from chalicelib import clock
from chalicelib.domain import errors, ids
from chalicelib.domain.clearing import pain001
from chalicelib.domain.errors import Conflict, DuplicateFile, Unauthorized, ValidationFailed
from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.clearing import upload_bucket
from chalicelib.models.clearing.payment_file import PaymentFile
from chalicelib.models.clearing.upload_bucket import UploadLink, UploadTooLarge
from chalicelib.services import idempotency
from chalicelib.services.clearing import payment_files
from chalicelib.services.customers.people import Revealed
from chalicelib.services.identity import verified_email

ANOTHER_CONTENT = "is not that of what was uploaded. Nothing was kept; upload the file again"


@dataclass(frozen=True)
class Upload:
    """An upload that is expected. `expires_at` (UTC) is when its link does."""

    id: str
    link: UploadLink
    expires_at: str


def offer(caller: Caller, idempotency_key: IdempotencyKey | None, size: int, sha256: str) -> tuple[Upload, bool]:
    """Return a link for a file of so many bytes with this hash, and whether an earlier request under the same key had
    got one. A repeated request gets a new link for the same upload. Raises Forbidden without a verified e-mail address.
    """
    verified_email.require_verified(caller)
    now = clock.now()
    upload_id, replayed = ids.new_id("upl", now), False
    if idempotency_key:
        upload_id, replayed = idempotency.commit_once(caller, idempotency_key, upload_id, [], timestamp(now))
    link = upload_bucket.link(str(caller.customer_id), upload_id, size, sha256)
    return Upload(upload_id, link, timestamp(now + timedelta(seconds=upload_bucket.LINK_SECONDS))), replayed


def confirm(
    caller: Caller, idempotency_key: IdempotencyKey | None, upload_id: str, sha256: str, pin: str | None
) -> tuple[Revealed[PaymentFile], bool]:
    """Take an uploaded file, and return whether it was taken before, by whatever key.

    Raises NotFound for an upload that is not there, or another customer's; ValidationFailed for another content, or too
    much of it; and what `payment_files.hand_in` raises.
    """
    customer_id = str(caller.customer_id)
    once = _key_of(customer_id, upload_id)
    earlier = idempotency.find_earlier(idempotency_key) or idempotency.find_earlier(once)
    if earlier:
        found = payment_files.get(caller, earlier)
        upload_bucket.destroy(customer_id, upload_id)  # the earlier request may have ended before it
        return found, True
    try:
        document = _read(customer_id, upload_id, sha256)
        taken = payment_files.hand_in(caller, once, document, pin, also_under=idempotency_key)
    except (Conflict, DuplicateFile, Unauthorized, ValidationFailed):
        upload_bucket.destroy(customer_id, upload_id)
        raise
    upload_bucket.destroy(customer_id, upload_id)
    return taken


def _key_of(customer_id: str, upload_id: str) -> IdempotencyKey:
    """Return the key under which an upload is taken once: no client can send it."""
    return derive_key("payment_file_upload", f"{customer_id}/{upload_id}", "confirm", None)


def _read(customer_id: str, upload_id: str, sha256: str) -> str:
    """Return an uploaded file."""
    try:
        is_one = ids.is_id("upl", upload_id)
        most = pain001.BYTES_MAX
        content = upload_bucket.read(customer_id, upload_id, sha256, clock.now(), most) if is_one else None
    except UploadTooLarge as error:
        raise ValidationFailed.of("body", str(error)) from None
    if content is None:
        raise errors.unknown("upload", upload_id)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValidationFailed.of("sha256", ANOTHER_CONTENT)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ValidationFailed.of("body", "is not encoded in UTF-8") from None
