"""Cursors that were made up by somebody who has read how they are made."""

from unittest.mock import patch

import pytest

from chalicelib.models import day_list, paging
from tests.api.accounts import opened
from tests.api.bank import Api, User

FORGED: list[dict[str, object]] = [
    {},
    {"pk": 5, "sk": "x"},
    {"pk": {"S": "x"}},
    {"foo": "x"},
    {"day": "someday", "since": "2026-01-01"},
    {"day": 5, "since": "2026-01-01"},
    {"day": "2026-11-21"},
    {"day": "2026-11-21", "since": "2026-11-22", "at": "2026-11-21", "pk": "x"},
    {"day": "2026-11-21", "since": "2026-11-20", "at": "2026-11-21"},
]


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_cursor_is_no_cursor(
    client: Api, customer: User, teller: User, auditor: User, forged: dict[str, object]
) -> None:
    account = opened(client, customer, "1.00")
    lists = [
        (f"/v1/accounts/{account['id']}/history", customer),
        ("/v1/accounts", customer),
        ("/v1/transactions", customer),
        ("/v1/transactions", teller),
        ("/v1/accounts/closed", teller),
        ("/v1/users", auditor),
        ("/v1/audit/logins", auditor),
    ]
    for path, user in lists:
        scopes: list[str] = []

        def spy(cursor: str, scope: str, scopes: list[str] = scopes) -> paging.Key:
            scopes.append(scope)
            return paging.Key({})

        with patch.object(paging, "opened", spy), patch.object(day_list, "opened", spy):
            client.get(f"{path}?cursor=x", token=user.token)
        scope = scopes[0] if scopes else f"LOGINS {None} {None} {None}"
        key: paging.Key = {name: {"S": value} for name, value in forged.items()}  # type: ignore[dict-item]
        cursor = paging.sealed(key, scope)
        client.get(f"{path}?cursor={cursor}", token=user.token).refused(400, "invalid_cursor")
