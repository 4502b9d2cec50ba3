"""DynamoDB, KMS and S3 fail, at each call of an erasure: its repeat ends it."""

from functools import partial

import pytest

from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, User
from tests.api.helpers.repeated_request import RepeatedRequest, give_up_soon


def test_erasure_is_ended_by_its_repeat_whatever_fails(
    client: Api, customer: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_soon(monkeypatch)
    client.delete(f"/v1/accounts/{opened(client, customer)['id']}", token=customer.token).ok()
    path = f"/v1/customers/{customer.customer_id}"
    one = RepeatedRequest(partial(client.delete, path, token=manager.token), has_key=False)
    assert one.status == 200
    assert {"dynamodb", "kms", "s3"} <= {call.service for call in one.calls}
    assert [*one.wrongs()] == []
