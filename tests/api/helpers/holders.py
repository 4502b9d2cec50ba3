"""What tests of joint holders ask of the API."""

from typing import Any

from tests.api.helpers.bank import Api, Json, Reply, User


def put_holder(client: Api, staff: User, account: Json, holder: User, rights: str, **options: Any) -> Reply:
    path = f"/v1/accounts/{account['id']}/holders/{holder.customer_id}"
    return client.put(path, {"rights": rights}, token=staff.token, **options)


def end_holder(client: Api, by: User, account: Json, holder: User) -> Reply:
    return client.delete(f"/v1/accounts/{account['id']}/holders/{holder.customer_id}", token=by.token)
