"""Payees that customers save."""

from tests.api.helpers.bank import Api, Json, User

PATH = "/v1/beneficiaries"


def saved(client: Api, customer: User, account: Json, name: str = "Ben Okafor", **also: object) -> Json:
    """Save the holder of an account as a customer's payee."""
    payee: Json = {"name": name, "account_number": account["account_number"], **also}
    return dict(client.post(PATH, payee, token=customer.token).ok(201))
