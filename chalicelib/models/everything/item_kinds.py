"""Imports every kind of item of the table `bank`, for code that reads whole partitions.

A view loads what it needs, and PynamoDB refuses an item whose kind is not loaded: this loads them all.
"""

# ruff: noqa: F401

from collections.abc import Iterator

from chalicelib.models import request_count, uniqueness
from chalicelib.models.accounts import account, closed_account, joint_holder, pin
from chalicelib.models.approvals import approval, approval_subject, authority, policy
from chalicelib.models.branches import account_counts, branch
from chalicelib.models.clearing import (
    cycle,
    incoming,
    message,
    nostro_statement,
    payment,
    payment_file,
    received_recall,
)
from chalicelib.models.customers import account_counts as customer_account_counts
from chalicelib.models.customers import customer, personal_read, retained_identity, search_index
from chalicelib.models.identity import (
    factor,
    invitation,
    key_rotation,
    known_devices,
    login,
    login_attempts,
    mailed_code,
    metrics_token,
    mfa_challenge,
    recovery_codes,
    sent_notice,
    session,
    user,
)
from chalicelib.models.interest import rate, run
from chalicelib.models.item import BankItem
from chalicelib.models.ledger import hold, spending, transaction
from chalicelib.models.orders import beneficiary, calendar_link, execution, order, shortfall
from chalicelib.models.paging import Page, Paging, query_page, walk_pages
from chalicelib.models.payments import category_rules, label, payee_verification
from chalicelib.models.reports import report_export
from chalicelib.models.risk import alert, thresholds
from chalicelib.models.statements import run as statement_run
from chalicelib.models.support import announcement, ticket
from chalicelib.models.verification import sealed_digest, verification
from chalicelib.models.webhooks import endpoint
from chalicelib.models.webhooks import endpoint as webhook_endpoint

AnyItem = BankItem
"""An item of whatever kind it is."""


def page_of_partition(partition: str, paging: Paging) -> Page[AnyItem]:
    """Return a page of everything in a partition of `bank`, oldest first."""
    return query_page(AnyItem, partition, limit=paging.limit, cursor=paging.cursor, consistent=True, oldest_first=True)


def pages_of_partition(partition: str) -> Iterator[list[AnyItem]]:
    """Yield everything in a partition of `bank`, a page at a time."""
    for page in walk_pages(AnyItem, partition):
        yield [AnyItem.from_raw_data(item) for item in page]
