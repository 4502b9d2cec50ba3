"""The cash of branches on the deployed bank, while tellers and managers move it at once."""

from collections import Counter
from functools import partial

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.models.ledger import shards
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.paging import walk_pages
from chalicelib.services.verification import verify
from tests.stack import eventually, warm_up
from tests.workflow.bank import Client, Reply, at_once, make_staff, new_key, until_known

CLIENTS = 8


def opened(manager: Client, cash: str) -> str:
    branch = {"name": "B", "code": new_key()[:12].upper(), "city": "York", "country": "GB", "initial_balance": cash}
    reply = manager.post("/v1/branches", branch)
    assert reply.status == 201, reply
    return str(reply.body["id"])


def posted(client: Client, path: str, body: object) -> Reply:
    """The outcome, asked for with one key until it is known."""
    key = new_key()
    return until_known(lambda: client.post(path, body, key=key))


def cash_of(client: Client, branch_id: str) -> str:
    [dollars] = client.get(f"/v1/branches/{branch_id}").body["cash_position"]
    return str(dollars["amount"])


def entries_of(branch_id: str) -> int:
    """What all entries of a branch's dollars come to, as cash: straight from the table."""
    names = [f"ACCOUNT#{name}" for name in shards.all_of(f"gl.cash.{branch_id}.USD")]
    pages = [page for name in names for page in walk_pages(LedgerEntry, name)]
    return -sum(LedgerEntry.from_raw_data(item).amount for page in pages for item in page)


@pytest.mark.usefixtures("at_the_tables")
def test_cash_positions_are_what_the_entries_say(
    admin: Client, manager: Client, auditor: Client, customer: Client
) -> None:
    """Eight at once: tellers at the one branch, managers who want more of the other one's cash than there is."""
    supplier, branch = opened(manager, "100.00"), opened(manager, "50.00")
    tellers = [make_staff(admin, "teller", branch_id=branch) for _ in range(2)]
    accounts = [customer.open_account(branch_id=branch, initial_deposit="10.00")["id"] for _ in range(4)]
    warm_up(lambda: manager.get(f"/v1/branches/{branch}"), CLIENTS)
    supply = partial(
        posted, manager, f"/v1/branches/{supplier}/vault-movements", {"to_branch_id": branch, "amount": "30.00"}
    )
    work = [supply] * 6
    for number in range(18):
        way, amount = ("withdraw", "0.50") if number % 3 == 0 else ("deposit", "1.00")
        body = {"account_id": accounts[number % 4], "amount": amount}
        work.insert(number * 4 // 3, partial(posted, tellers[number % 2], f"/v1/transactions/{way}", body))
    replies = at_once(work, CLIENTS)
    assert Counter((reply.status, reply.code) for reply in replies) == {
        (201, None): 18 + 3,
        (422, "insufficient_funds"): 3,
    }
    assert [cash_of(auditor, one) for one in (supplier, branch)] == ["10.00", "189.00"]
    assert [entries_of(one) for one in (supplier, branch)] == [1000, 18900]
    [day] = auditor.get(f"/v1/branches/{branch}/report").body["lines"]
    assert {name: day[name] for name in ("deposits", "withdrawals", "vault_in")} == {
        "deposits": {"count": 4 + 12, "amount": "52.00"},
        "withdrawals": {"count": 6, "amount": "3.00"},
        "vault_in": {"count": 3, "amount": "90.00"},
    }
    assert (day["accounts"]["opened"], day["accounts"]["open"]) == (4, 4)
    assert (day["opening_position"], day["closing_position"]) == ("0.00", "189.00")
    eventually(lambda: verify.verify_bank(lambda _: None, timestamp(clock.now())).ok)
