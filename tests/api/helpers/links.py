"""Members of staff who are customers, too."""

from collections.abc import Callable

from tests.api.helpers.bank import Api, Reply, User


def link(client: Api, admin: User, staff: User, customer: User) -> Reply:
    return client.patch(f"/v1/users/{staff.user_id}", {"customer_id": customer.customer_id}, token=admin.token)


def linked(client: Api, admin: User, staff: User, customer: User, log_in: Callable[[str], User]) -> User:
    """Link them, and log the member of staff in again."""
    link(client, admin, staff, customer).ok()
    return log_in(staff.email)
