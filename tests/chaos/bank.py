"""A bank to try: people at its counter, accounts and a branch for each trial, and what its tables say in the end."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from chalicelib.domain import ids
from chalicelib.domain.time import timestamp
from tests.chaos.history import Account, Entry, Ledger, Transaction
from tests.packages import append_to_module
from tests.stack import POLL_SECONDS, Stack, eventually, warm_up
from tests.workflow.bank import Client, log_in, make_staff, register

FUNCTIONS = ("api", "transfer-task")
SABOTAGE = Path(__file__).with_name("sabotage.py")
LEDGER = "chalicelib/models/ledger/ledger.py"


class Bank:
    """The deployed stack, with a teller who acts for every customer."""

    def __init__(self, stack: Stack):
        self.stack = stack
        self._functions = [f"florin-{stack.stage}-{function}" for function in FUNCTIONS]
        self.teller: Client = make_staff(log_in(stack.url, stack.admin.email, stack.admin.password), "teller")
        self.customers = [register(stack.url) for _ in range(2)]

    def open_accounts(self, number: int) -> list[str]:
        """Empty accounts of different customers; nothing but posting writes them from here on."""
        opened = [self.customers[n % len(self.customers)].open_account() for n in range(number)]
        assert [account["version"] for account in opened] == [1] * number
        return [str(account["id"]) for account in opened]

    def open_branch(self) -> str:
        """A branch of the trial's own, so that nobody else moves the cash accounts behind its deposits."""
        branch_id = ids.new_id("brn", datetime.now(UTC))
        now = timestamp(datetime.now(UTC))
        item = {"pk": f"BRANCH#{branch_id}", "sk": "BRANCH", "type": "branch", "version": 1, "id": branch_id}
        item |= {"name": "Trial", "code": uuid.uuid4().hex[:8], "city": "Lugano", "country": "CH"}
        item |= {"created_at": now, "updated_at": now, "updated_by": "usr_test", "request_id": "test"}
        raw = {name: TypeSerializer().serialize(value) for name, value in item.items()}
        self.stack.client("dynamodb").put_item(TableName=self.stack.table_name("bank"), Item=raw)
        return branch_id

    def warm_up(self, clients: int) -> None:
        account_id = self.open_accounts(1)[0]
        warm_up(lambda: self.teller.transfer(account_id, account_id, "1.00"), clients)

    def ledger(self, account_ids: list[str], branch_id: str, memo_prefix: str) -> Ledger:
        """What concerns these accounts and this branch, and the transactions of requests with such memos."""
        cash = f"gl.cash.{branch_id}."
        items = list(self._items("bank"))

        def is_ours(account_id: str) -> bool:
            return account_id in account_ids or account_id.startswith(cash)

        return Ledger(
            [_account(item) for item in items if item["type"] == "account" and is_ours(item["id"])],
            [_entry(item) for item in self._items("ledger") if is_ours(item["account_id"])],
            [_transaction(i) for i in items if i["type"] == "transaction" and _memo(i).startswith(memo_prefix)],
        )

    def read_seqs(self, account_id: str) -> dict[int, int]:
        """Say, once the audit has all of it, after which entry each version of an account was written: one write may
        add several."""
        return eventually(lambda: self._read_seqs(account_id))

    def _read_seqs(self, account_id: str) -> dict[int, int]:
        """Return nothing until the audit has the present version."""
        key = {"pk": f"ACCOUNT#{account_id}", "sk": "ACCOUNT"}
        client = self.stack.client("dynamodb")
        raw = {name: TypeSerializer().serialize(value) for name, value in key.items()}
        stored = client.get_item(TableName=self.stack.table_name("bank"), Key=raw, ConsistentRead=True)["Item"]
        pages = client.get_paginator("query").paginate(
            TableName=self.stack.table_name("audit"),
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={":pk": raw["pk"], ":sk": {"S": "ACCOUNT#"}},
            ConsistentRead=True,
        )
        records = [record for page in pages for record in page["Items"]]
        after = {int(one["version"]["N"]): json.loads(one["after"]["S"]) for one in records}
        seqs, seq = dict[int, int](), 0
        for version in sorted(after):  # a version that adds no entry, as the mark of a busy account, names no seq
            seq = seqs[version] = int(after[version].get("last_seq", seq))
        return seqs if int(stored["version"]["N"]) in seqs else {}

    def _items(self, table: str) -> Iterator[dict[str, Any]]:
        pages = self.stack.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=self.stack.table_name(table), ConsistentRead=True):
            for raw in page["Items"]:
                yield {name: TypeDeserializer().deserialize(value) for name, value in raw.items()}

    @contextmanager
    def sabotaged(self, name: str) -> Iterator[None]:
        """Run functions that are broken in one way while the block lasts: see sabotage.py."""
        package = (self.stack.settings.package_dir / "deployment.zip").read_bytes()  # one for all functions
        try:
            self._deploy(_broken(self.stack.whole_package.read_bytes(), name))
            yield
        finally:
            self._deploy(package)

    def _deploy(self, package: bytes) -> None:
        client = self.stack.client("lambda")
        for name in self._functions:
            client.update_function_code(FunctionName=name, ZipFile=package)
        self._await_update(client)

    def _await_update(self, client: Any) -> None:
        for name in self._functions:
            client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": POLL_SECONDS})


def _broken(package: bytes, sabotage: str) -> bytes:
    code = f"\nimport sabotage\nsabotage.{sabotage}()\n"  # in time, whichever handler imports the ledger
    return append_to_module(package, LEDGER, code, {"sabotage.py": SABOTAGE.read_bytes()})


def _account(item: dict[str, Any]) -> Account:
    floor = None if item["account_type"] == "general_ledger" else -int(item["overdraft_limit"])
    return Account(item["id"], int(item["balance"]), int(item["last_seq"]), floor)


def _entry(item: dict[str, Any]) -> Entry:
    numbers = (int(item["amount"]), int(item["balance_after"]))
    return Entry(item["account_id"], int(item["seq"]), item["transaction_id"], *numbers, item["created_at"])


def _memo(item: dict[str, Any]) -> str:
    return str(item.get("memo"))


def _transaction(item: dict[str, Any]) -> Transaction:
    names = ("account_id", "seq", "amount", "balance_after")
    return Transaction(
        id=item["id"],
        memo=_memo(item),
        type=item["transaction_type"],
        status=item["status"],
        amount=int(item["amount"]),
        from_=item.get("from_account_id"),
        to=item.get("to_account_id"),
        entries=[[entry[name] for name in names] for entry in json.loads(item.get("entries", "[]"))],
        code=json.loads(item["failure"])["code"] if "failure" in item else None,
    )
