"""Cursors that were made up by somebody who has read how they are made."""

from unittest.mock import patch

import pytest

from chalicelib.handlers.http.operation import operations
from chalicelib.models import paging
from chalicelib.models.payments import transactions_by_account, transactions_by_day
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, User

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
    {"since": "", "until": "2026-11-21", "month": "0001-01"},
    {"since": "2026-11-20", "until": "2026-11-21", "month": "2026-12"},
    {"day": "0001-01-01", "since": "0000-01-01"},
    {"day": "2026-11-21", "since": ""},
    {"day": "2026-11-21", "since": "9999-01-01"},
    {"day": "9999-01-01", "since": "2026-11-21"},
    {"day": "2026-11-21", "since": "2026-11-20", "at": "9999-01-01", "pk": "x"},
]


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_cursor_is_no_cursor(
    client: Api, customer: User, teller: User, auditor: User, forged: dict[str, object]
) -> None:
    operations()  # or a view that is first loaded while a cursor is spied on would keep the spy
    account, mine = opened(client, customer, "1.00"), f"/v1/customers/{customer.customer_id}"
    scopes_of = {
        "/v1/audit/logins": "LOGINS None None None",
        f"{mine}/addresses": f"addresses {customer.customer_id}",
        f"{mine}/export": f"EXPORT {customer.customer_id}",
    }
    lists = [
        (f"/v1/accounts/{account['id']}/history", customer),
        ("/v1/accounts", customer),
        ("/v1/transactions", customer),
        ("/v1/transactions", teller),
        ("/v1/reports/transactions", customer),
        ("/v1/reports/transactions", teller),
        ("/v1/reports/risk", auditor),
        ("/v1/accounts/closed", teller),
        ("/v1/hot-accounts", auditor),
        ("/v1/users", auditor),
        ("/v1/audit/logins", auditor),
        ("/v1/customers", teller),
        ("/v1/customers?last_name=Lovelace", teller),
        (f"{mine}/addresses", customer),
        (f"{mine}/export", customer),
        ("/v1/user/sessions", customer),
        ("/v1/user/logins", customer),
    ]
    for path, user in lists:
        scopes: list[str] = []

        def spy(cursor: str, scope: str, scopes: list[str] = scopes) -> paging.Position:
            scopes.append(scope)
            return paging.Position({})

        with (
            patch.object(paging, "decode_cursor", spy),
            patch.object(transactions_by_day, "decode_cursor", spy),
            patch.object(transactions_by_account, "decode_cursor", spy),
        ):
            client.get(f"{path}{'&' if '?' in path else '?'}cursor=x", token=user.token)
        scope = scopes[0] if scopes else scopes_of[path]
        cursor = paging.encode_cursor(forged, scope)  # type: ignore[arg-type]
        query = f"{'&' if '?' in path else '?'}cursor={cursor}"
        client.get(path + query, token=user.token).refused(400, "invalid_cursor")
