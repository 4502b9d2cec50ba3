"""What tests of customers ask of the API, in nearly the same words."""

from tests.api.helpers.bank import Api, Json, Reply, User, items

ADDRESS: Json = {"line1": "1 St James's Square", "city": "London", "postal_code": "SW1Y 4JU", "country": "GB"}
PERSON: Json = {"first_name": "Grace", "last_name": "Hopper"}


def taken_in(client: Api, staff: User, **fields: object) -> Json:
    made: Json = client.post("/v1/customers", {**PERSON, **fields}, token=staff.token).ok(201)
    return made


def read(client: Api, user: User, customer_id: str | None) -> Json:
    found: Json = client.get(f"/v1/customers/{customer_id}", token=user.token).ok()
    return found


def edit(client: Api, user: User, customer_id: str | None, if_match: str | None = None, **edits: object) -> Reply:
    headers = {"If-Match": if_match} if if_match is not None else {}
    return client.patch(f"/v1/customers/{customer_id}", edits, token=user.token, headers=headers)


def review(
    client: Api,
    user: User,
    customer_id: str | None,
    status: str,
    *,
    if_match: str | None = None,
    key: str | None = None,
    **fields: object,
) -> Reply:
    body = {"status": status, "reason": "Passport seen at the counter", **fields}
    headers = {"If-Match": if_match} if if_match is not None else {}
    return client.post(f"/v1/customers/{customer_id}/kyc", body, token=user.token, headers=headers, key=key)


def found(client: Api, user: User, query: str) -> list[str]:
    """Ids of a page of customers."""
    page = client.get(f"/v1/customers?{query}", token=user.token).ok()
    return [one["id"] for one in page["data"]]


class Addresses:
    """The addresses of one customer, as somebody handles them."""

    def __init__(self, client: Api, user: User, customer_id: str | None = None):
        self._client, self._token = client, user.token
        self.customer_id = customer_id or user.customer_id
        self.path = f"/v1/customers/{self.customer_id}/addresses"

    def add(self, key: str | None = None, **fields: object) -> Reply:
        return self._client.post(self.path, {**ADDRESS, **fields}, token=self._token, key=key)

    def added(self, **fields: object) -> str:
        return str(self.add(None, **fields).ok(201)["id"])

    def get(self, address_id: str) -> Reply:
        return self._client.get(f"{self.path}/{address_id}", token=self._token)

    def edit(self, address_id: str, if_match: str | None = None, **edits: object) -> Reply:
        headers = {"If-Match": if_match} if if_match is not None else {}
        return self._client.patch(f"{self.path}/{address_id}", edits, token=self._token, headers=headers)

    def delete(self, address_id: str, if_match: str | None = None) -> Reply:
        headers = {"If-Match": if_match} if if_match is not None else {}
        return self._client.delete(f"{self.path}/{address_id}", token=self._token, headers=headers)

    def page(self, query: str = "") -> Json:
        found: Json = self._client.get(f"{self.path}?{query}", token=self._token).ok()
        return found

    def primaries(self) -> list[str]:
        return [one["id"] for one in self.page("limit=100")["data"] if one["is_primary"]]

    def stored(self) -> list[str]:
        return [one["id"] for one in self.page("limit=100")["data"]]


def listed_under(customer_id: str | None) -> dict[str, str | None]:
    """The lookup items of a customer: field and index partition."""
    return {item["sk"].partition("#")[2]: item.get("gsi1pk") for item in items(type="lookup", customer_id=customer_id)}
