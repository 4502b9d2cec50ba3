"""Stored statements: those that a function of their own makes. A statement that is stored is not made again.

```
API ── is it stored? ──yes────────────────────────────► link
             └─no─► statement_task: read, render, store ─┘
```

The object key is derived from the content, so concurrent writers store the same bytes.
"""

from chalicelib import resources, workflows
from chalicelib.domain import errors
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.statements.statement import StatementAccount
from chalicelib.models.accounts.account import Account
from chalicelib.models.customers.customer import Customer
from chalicelib.models.statements import document_bucket
from chalicelib.observability import logger
from chalicelib.services.crypto import revealed
from chalicelib.services.statements import formats, statements
from chalicelib.services.statements.formats import EXTENSIONS, MEDIA_TYPES, Format
from chalicelib.services.statements.statements import StatementRequest

WAIT_SECONDS = 20
"""For the function, which goes on by itself when nobody waits any more; the API's own time ends after 28."""


def link(wanted: StatementRequest, form: Format) -> str:
    """Return an address of the statement, after it was made if need be. Raises Unavailable when that takes long."""
    # Another function decrypts the names that the caller will see. Those of other banks' customers are in every format,
    # sealed under the owner's key.
    revealed.note(wanted.account.named_ids if form == "pdf" else (wanted.account.customer_id,))
    key = _object_key(wanted, form)
    if not document_bucket.exists(key):
        key = _invoke_renderer(wanted, form)
    return document_bucket.link(key)


def ensure_stored_of(account_id: str, month: str, form: Format) -> str:
    """Return the object key of an account's statement, stored if it was not. Raises NotFound, ValidationFailed."""
    account = Account.by_id(account_id)
    if account is None or account.customer_id is None:
        raise errors.unknown("account", account_id)
    return ensure_stored(statements.of_month(account, month), form)


def ensure_stored(wanted: StatementRequest, form: Format) -> str:
    """Return the object key of a statement, stored if it was not.

    A PDF is stored again, without the name, if a customer whom it may name was erased meanwhile. If an erasure begins
    after that was asked, it finds the document itself.
    """
    key = _object_key(wanted, form)
    if not document_bucket.exists(key):
        _put(key, wanted, form)
        if form == "pdf" and _may_name_erased(wanted.account):
            _put(key, wanted, form)
    return key


def destroy(customer_id: str, account_id: str | None = None) -> int:
    """Delete every stored statement of a customer, or of one account. Returns how many there were; may be repeated."""
    return document_bucket.destroy(customer_id, account_id)


def file_name(wanted: StatementRequest, form: Format) -> str:
    """Return the name under which a browser saves the statement."""
    return f"{wanted.account.account_number}-{wanted.period.label}.{EXTENSIONS[form]}"


def _put(key: str, wanted: StatementRequest, form: Format) -> None:
    content = formats.render(statements.read(wanted), form)
    document_bucket.put(key, content, MEDIA_TYPES[form], file_name(wanted, form))
    logger.info("statement made", account_id=wanted.account.account_id, format=form, size=len(content))


def _may_name_erased(account: StatementAccount) -> bool:
    """Return whether a document that was made before may name a customer who is erased, or is being erased."""
    return any(one.status != "active" for one in Customer.all_of(account.named_ids))


def _object_key(wanted: StatementRequest, form: Format) -> str:
    return document_bucket.object_key(
        wanted.account, wanted.period, wanted.newest, formats.layout(form), EXTENSIONS[form]
    )


def _invoke_renderer(wanted: StatementRequest, form: Format) -> str:
    asked = {"account_id": wanted.account.account_id, "month": str(wanted.period.month), "format": form}
    event = {"step": "render", "input": asked}
    answer = workflows.call(resources.statement_function_name(), event, seconds_max=WAIT_SECONDS)
    if answer is None:
        detail = "The statement is being made, and is not there yet. Ask again in a few seconds."
        raise Unavailable(detail, retry_after_seconds=5)
    return str(answer["name"])
