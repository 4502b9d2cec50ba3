"""Customers of the deployed bank: found by those who may, and their addresses while many change them at once."""

from functools import partial

from tests.workflow.bank import Client, at_once, new_key, until_known

ADDRESS = {"line1": "1 St James's Square", "city": "London", "postal_code": "SW1Y 4JU", "country": "GB"}
PERSON = {"first_name": "Grace", "last_name": "O’Súilleabháin-Ó Briain", "phone": "+353851234567"}
CLIENTS = 4


def test_whatever_happens_at_once_exactly_one_address_is_primary(teller: Client, auditor: Client) -> None:
    path = f"/v1/customers/{teller.post('/v1/customers', PERSON | {'address': ADDRESS}).body['id']}"
    ids = [teller.post(f"{path}/addresses", ADDRESS).body["id"] for _ in range(3)]
    work = [
        *(partial(teller.call, "PATCH", f"{path}/addresses/{one}", {"is_primary": True}) for one in ids),
        *(partial(teller.call, "DELETE", f"{path}/addresses/{one}") for one in ids[:2]),
        *(partial(teller.call, "POST", f"{path}/addresses", ADDRESS, key=new_key()) for _ in range(3)),
    ]
    replies = at_once([partial(until_known, one) for one in work], CLIENTS)
    assert {reply.status for reply in replies} <= {200, 201, 204, 404}, replies
    existing = auditor.get(f"{path}/addresses?limit=100").body["data"]
    assert len(existing) == 1 + 3 - 2 + 3
    [primary] = [one["id"] for one in existing if one["is_primary"]]
    assert auditor.get(path).body["primary_address_id"] == primary
    for query in ("last_name=o'súilleabháin-ó%20briain", "phone=353851234567"):
        assert [one["id"] for one in auditor.get(f"/v1/customers?{query}").body["data"]] == [path.rpartition("/")[2]]
    found = teller.get("/v1/customers?last_name=O'Briain")
    assert (found.status, found.body["data"]) == (200, [])
