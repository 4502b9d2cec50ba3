"""A customer who has lost password and mailbox: staff change no address, so the person comes back as a new customer."""

from collections.abc import Callable

from tests.api.helpers.accounts import new_key, opened, read, transfer
from tests.api.helpers.approvals import PIN
from tests.api.helpers.bank import Api, Reply, User
from tests.api.helpers.customers import review
from tests.api.helpers.held_money import decide_approval
from tests.api.helpers.holders import put_holder

POLICIES = ("holder", "pin_reset", "kyc", "customer.erase")


def test_person_without_password_and_mailbox_comes_back_as_a_new_customer(
    client: Api, customer: User, new_customer: Callable[[], User], teller: User, manager: User, admin: User
) -> None:
    account, back = opened(client, customer, "90.00"), new_customer()
    path = f"/v1/accounts/{account['id']}"
    client.put(f"{path}/pin", {"pin": PIN}, token=customer.token).ok(204)
    for action in POLICIES:
        client.put(f"/v1/approval-policies/{action}", {"control": "require"}, token=admin.token).ok()

    def approve(waiting: Reply, by: User = manager) -> None:
        assert decide_approval(client, by, waiting.ok(202), "approve").ok()["status"] == "executed"

    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    client.get("/v1/user/profile", token=customer.token).refused(401, "unauthorized")
    approve(review(client, teller, back.customer_id, "verified", key=new_key()))
    approve(put_holder(client, teller, account, back, "manage"))
    approve(client.post(f"{path}/pin/reset", token=teller.token, key=new_key()))
    new = opened(client, back)
    transfer(client, back, account, new, "90.00").ok(201)
    assert read(client, back, new)["balance"] == "90.00"
    client.delete(path, token=teller.token).ok()
    approve(client.delete(f"/v1/customers/{customer.customer_id}", token=manager.token), by=admin)
