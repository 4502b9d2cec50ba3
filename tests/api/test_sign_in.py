"""Logging in, refreshing, logging out."""

from tests.api.bank import Api, User, counted_calls


def test_logging_in_takes_two_reads_and_two_writes(client: Api, customer: User) -> None:
    with counted_calls() as calls:
        client.post("/v1/auth/login", {"email": customer.email, "password": customer.password}).ok()
    assert calls == {"BatchGetItem": 1, "GetItem": 1, "TransactWriteItems": 2}


def test_a_request_costs_one_read_for_its_session(client: Api, customer: User) -> None:
    with counted_calls() as calls:
        client.get("/v1/user/profile", token=customer.token).ok()
    assert calls == {"GetItem": 1, "BatchGetItem": 1}
