"""Stored statements in their bucket: put whole under a key that says what they are, fetched by a link, and destroyed.

```
kept/customer/account/month/…       a month that is over
passing/customer/account/month/…    the current month: the next entry replaces it
```
"""

from typing import Any

from botocore.exceptions import ClientError

from chalicelib import aws, resources
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.domain.statements.statement import Period, StatementAccount
from chalicelib.models import bucket

LINK_SECONDS = 300
LIFETIMES = ("kept", "passing")


def object_key(account: StatementAccount, period: Period, newest: Entry | None, layout: str, extension: str) -> str:
    """Return the key of a stored statement. It contains all that the statement was made of."""
    lifetime = "kept" if period.is_over else "passing"
    seq, head = (newest.seq, newest.hash) if newest else (0, GENESIS)
    as_of = "" if period.is_over else f"-{period.last}"
    made_of = f"{seq}-{head[:16]}{as_of}-{layout}"
    return f"{_prefix(lifetime, account.customer_id, account.account_id)}{period.month}/{made_of}.{extension}"


def exists(name: str) -> bool:
    """Return whether the document is stored, in one call."""
    try:
        with aws.translate_read_errors():
            _client().head_object(Bucket=resources.statement_bucket_name(), Key=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
            raise
        return False
    return True


def put(name: str, content: bytes, media_type: str, file_name: str) -> None:
    """Keep a document; people who fetch it will see `file_name`."""
    _client().put_object(
        Bucket=resources.statement_bucket_name(),
        Key=name,
        Body=content,
        ContentType=media_type,
        ContentDisposition=f'attachment; filename="{file_name}"',
    )


def link(name: str) -> str:
    """Return a link that is valid for five minutes, without a call to S3."""
    wanted = {"Bucket": resources.statement_bucket_name(), "Key": name}
    address: str = _client().generate_presigned_url("get_object", Params=wanted, ExpiresIn=LINK_SECONDS)
    return address


def destroy(customer_id: str, account_id: str | None = None) -> int:
    """Delete every document of a customer, or of one of its accounts. Returns how many there were."""
    prefixes = [_prefix(lifetime, customer_id, account_id) for lifetime in LIFETIMES]
    return sum(bucket.destroy_all(_client(), resources.statement_bucket_name(), prefix) for prefix in prefixes)


def _prefix(lifetime: str, customer_id: str, account_id: str | None) -> str:
    return f"{lifetime}/{customer_id}/" + (f"{account_id}/" if account_id else "")


def _client() -> Any:
    return aws.client("s3", read_timeout_seconds=10)
