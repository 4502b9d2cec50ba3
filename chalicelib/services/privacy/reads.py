"""Records of who read whose personal data: each request of staff and auditors that shows any leaves one."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from chalicelib import aws, clock
from chalicelib.domain import conflict_of_interest, ids
from chalicelib.domain.permissions import Caller
from chalicelib.models.customers.personal_read import CustomerRead, PersonalRead
from chalicelib.models.paging import Page, Paging
from chalicelib.services.customers import customers

WORKERS_MAX = 8
TOLD_TO_CUSTOMERS_AFTER = timedelta(days=30)
"""A month, the time in which GDPR art. 12 (3) wants an answer. At once, a customer could watch an investigation."""


def record(caller: Caller, operation: str, subject_ids: Iterable[str]) -> None:
    """Record which customers' personal data a request shows to staff or an auditor: one write at most.

    Raises Unavailable when it cannot be recorded: the data are not shown then.
    """
    shown = {one for one in subject_ids if ids.is_id("cus", one)} - {caller.customer_id}
    if shown and caller.sees_everything:
        read = PersonalRead.new(caller, operation, sorted(shown), clock.now())
        with aws.translate_read_errors():
            read.put()


def list_under_customers(reads: Iterable[PersonalRead]) -> None:
    """List reads under each customer. What is listed already stays the same."""
    records = [one for read in reads for one in CustomerRead.all_of(read)]
    with ThreadPoolExecutor(WORKERS_MAX) as pool:
        for _ in pool.map(CustomerRead.store, records):
            pass


def page(caller: Caller, customer_id: str, paging: Paging) -> Page[CustomerRead]:
    """List who read a customer's data, newest first: the customer, and one query.

    Raises NotFound, and ConflictOfInterest for staff who are this customer: they could watch an investigation.
    """
    conflict_of_interest.require_other_customer(caller, customer_id)
    return CustomerRead.page_of_customer(customers.find(caller, customer_id).id, paging)


def page_for_customer(customer_id: str, paging: Paging) -> Page[CustomerRead]:
    """List the reads that a customer may know of, those that are a month old, oldest first."""
    return CustomerRead.page_until(customer_id, clock.now() - TOLD_TO_CUSTOMERS_AFTER, paging)
