"""Statements that are made by a function of their own, and kept: a statement that is there is never made again.

```
API ── is it there? ──yes─────────────────────────► link
          └─no─► statement_task: read, render, put ─┘
```

Its name says everything that it was made of, so two who make it at once put the same bytes.
"""

from collections.abc import Callable

from chalicelib import config, workflows
from chalicelib.domain import errors
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.statements import statement
from chalicelib.domain.statements.statement import LIFETIMES, Statement
from chalicelib.models.accounts.account import Account
from chalicelib.models.statements import document_bucket
from chalicelib.observability import logger
from chalicelib.services.statements import statements
from chalicelib.services.statements.statements import EXTENSIONS, Format, StatementRequest

LAYOUT = "2"
"""Of all formats. Whoever changes what a document says or looks like moves it, and documents are made anew."""
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "camt053": "application/xml; charset=utf-8",
}
WAIT_SECONDS = 20
"""For the function, which goes on by itself when nobody waits any more; the API's own time ends after 28."""

Render = Callable[[Statement, Format], bytes]


def link(wanted: StatementRequest, form: Format) -> str:
    """Where the statement can be fetched; it is made when it is not there. Raises Unavailable when that takes long."""
    name = name_of(wanted, form)
    if not document_bucket.exists(name):
        name = _have_made(wanted, form)
    return document_bucket.link(name)


def made(account_id: str, month: str, form: Format, render: Render) -> str:
    """The name of an account's statement, which is there afterwards. Raises NotFound, ValidationFailed."""
    account = Account.by_id(account_id)
    if account is None or account.customer_id is None:
        raise errors.unknown("account", account_id)
    return kept(statements.of_month(account, month), form, render)


def kept(wanted: StatementRequest, form: Format, render: Render) -> str:
    """The name of a statement, which is there afterwards."""
    name = name_of(wanted, form)
    if not document_bucket.exists(name):
        content = render(statements.read(wanted), form)
        document_bucket.put(name, content, MEDIA_TYPES[form], file_name(wanted, form))
        logger.info("statement made", account_id=wanted.account.account_id, format=form, size=len(content))
    return name


def destroy(customer_id: str, account_id: str | None = None) -> int:
    """Delete every stored statement of a customer, or of one account; how many there were. It may be repeated."""
    return sum(document_bucket.destroy(statement.folder(one, customer_id, account_id)) for one in LIFETIMES)


def name_of(wanted: StatementRequest, form: Format) -> str:
    return statement.document_name(wanted.account, wanted.period, wanted.newest, LAYOUT, EXTENSIONS[form])


def file_name(wanted: StatementRequest, form: Format) -> str:
    """What the file is called on the disk of whoever fetched it."""
    return f"{wanted.account.account_number}-{wanted.period.month}.{EXTENSIONS[form]}"


def _have_made(wanted: StatementRequest, form: Format) -> str:
    asked = {"account_id": wanted.account.account_id, "month": str(wanted.period.month), "format": form}
    event = {"step": "render", "input": asked}
    answer = workflows.call(config.statement_function_name(), event, seconds_max=WAIT_SECONDS)
    if answer is None:
        detail = "The statement is being made, and is not there yet. Ask again in a few seconds."
        raise Unavailable(detail, retry_after_seconds=5)
    return str(answer["name"])
