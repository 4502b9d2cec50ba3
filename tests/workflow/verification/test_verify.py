"""Verification of the running bank: clean after whatever was done, and whatever is tampered with is found and named."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest

from chalicelib import clock
from chalicelib.domain.audit.record import record_hash
from chalicelib.domain.ledger.hash_chain import entry_hash
from chalicelib.domain.time import timestamp
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.item import RawItem
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.services.verification import verify
from tests.stack import Stack, eventually, running_stack
from tests.workflow.bank import Client, Json, log_in, make_staff, register

Replacement = tuple[RawItem | None, RawItem | None]


class Tables:
    """The tables, for whoever has the keys to the account."""

    def __init__(self, stack: Stack):
        self._stack, self._client = stack, stack.client("dynamodb")

    def items(self, table: str, pk: str, sk: str) -> list[RawItem]:
        found: list[RawItem] = self._client.query(
            TableName=self._stack.table_name(table),
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":sk": {"S": sk}},
            ConsistentRead=True,
        )["Items"]
        return found

    def put(self, table: str, item: RawItem) -> None:
        self._client.put_item(TableName=self._stack.table_name(table), Item=item)

    def delete(self, table: str, item: RawItem) -> None:
        key = {name: item[name] for name in ("pk", "sk")}
        self._client.delete_item(TableName=self._stack.table_name(table), Key=key)

    @contextmanager
    def tampered(self, table: str, *replacements: Replacement) -> Iterator[None]:
        """Put each second item in the first one's place while the block runs; None stands for no item."""
        for before, after in replacements:
            self._replace(table, before, after)
        try:
            yield
        finally:
            for before, after in replacements:
                self._replace(table, after, before)
            if table == "bank":
                self._forget_evidence(replacements)

    def _replace(self, table: str, before: RawItem | None, after: RawItem | None) -> None:
        if after:
            self.put(table, after)
        elif before:
            self.delete(table, before)

    def _forget_evidence(self, replacements: Iterable[Replacement]) -> None:
        """The audit has noticed the tampering and its undoing. Only the account's own keys can take that away again."""
        for item, _ in replacements:
            assert item
            for record in eventually(partial(self._both, item["pk"]["S"], f"{item['sk']['S']}#irregular")):
                self.delete("audit", record)

    def _both(self, pk: str, beside: str) -> list[RawItem]:
        found = self.items("audit", pk, beside)
        return found if len(found) == 2 else []


def number(value: int) -> dict[str, str]:
    return {"N": str(value)}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bank of this file's own, and a small one: all of it is proven again and again."""
    with running_stack(tmp_path_factory.mktemp("verify")) as stack:
        yield stack


@pytest.fixture(scope="module")
def auditor(stack: Stack) -> Client:
    return make_staff(log_in(stack.url, stack.admin.email, stack.admin.password), "auditor")


@pytest.fixture(scope="module")
def tables(stack: Stack) -> Tables:
    return Tables(stack)


@pytest.fixture(scope="module")
def account(stack: Stack, auditor: Client, tables: Tables) -> Json:
    """An account with four entries, whose audit has arrived; every test leaves it as it was."""
    customer = register(stack.url)
    account, other = customer.open_account(initial_deposit="100.00"), customer.open_account()
    customer.withdraw(account["id"], "10.00")
    customer.transfer(account["id"], other["id"], "25.00")
    customer.deposit(account["id"], "5.00")
    version = customer.get(f"/v1/accounts/{account['id']}").body["version"]
    eventually(lambda: len(tables.items("audit", f"ACCOUNT#{account['id']}", "ACCOUNT#")) == version)
    eventually(lambda: verdict(auditor, account)["late"] == 0)
    return account


@pytest.fixture
def entries(tables: Tables, account: Json) -> list[RawItem]:
    return tables.items("ledger", f"ACCOUNT#{account['id']}", "20")


@pytest.fixture
def records(tables: Tables, account: Json) -> list[RawItem]:
    return tables.items("audit", f"ACCOUNT#{account['id']}", "ACCOUNT#")


@pytest.fixture
def item(tables: Tables, account: Json) -> RawItem:
    return tables.items("bank", f"ACCOUNT#{account['id']}", "ACCOUNT")[0]


@pytest.fixture(autouse=True)
def clean_before_and_after(auditor: Client, account: Json) -> Iterator[None]:
    assert verdict(auditor, account)["ok"]
    yield
    assert verdict(auditor, account)["ok"]


def verdict(auditor: Client, account: Json | None = None) -> Json:
    query = f"?account_id={account['id']}" if account else ""
    reply = auditor.get(f"/v1/audit/verify{query}")
    assert reply.status == 200, reply
    assert reply.body["ok"] is (reply.body["broken"] is None)
    return dict(reply.body)


def broken(auditor: Client, account: Json) -> tuple[str, str, str]:
    """Where, what was expected, what was found."""
    found = verdict(auditor, account)["broken"]
    return found["where"], found["expected"], found["found"]


def test_everything_holds_and_is_counted(auditor: Client, account: Json) -> None:
    assert verdict(auditor, account)["checked"] == {"accounts": 1, "entries": 4, "transactions": 4} | {
        "audit_records": 4 + 5,
        "digests": 0,
        "rollups": 1,
    }
    whole = verdict(auditor)
    assert whole["ok"], whole
    assert whole["checked"]["accounts"] >= 3
    assert auditor.get("/v1/audit/verify?account_id=acc_1").code == "not_found"


def test_a_balance_is_found(auditor: Client, tables: Tables, account: Json, item: RawItem) -> None:
    with tables.tampered("bank", (item, item | {"balance": number(1_000_000)})):
        assert broken(auditor, account) == (f"{account['id']}: balance", "7000", "1000000")


def test_what_is_held_without_a_hold_is_found(auditor: Client, tables: Tables, account: Json, item: RawItem) -> None:
    with tables.tampered("bank", (item, item | {"held": number(100)})):
        assert broken(auditor, account) == (f"{account['id']}: held", "0", "100")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("overdraft_limit", number(10**6)),
        ("interest_paid_through", {"S": "2020-01-01"}),
        ("interest_carried", {"S": "1/2"}),
    ],
)
def test_what_no_entry_tells_is_found_when_it_is_altered(
    auditor: Client, tables: Tables, account: Json, item: RawItem, field: str, value: dict[str, str]
) -> None:
    """The ledger does not tell; the audit does, once it has heard of it and, before that, by the item."""
    with tables.tampered("bank", (item, item | {field: value})):
        where, _, found = broken(auditor, account)
        assert where.startswith((f"ACCOUNT#{account['id']} ACCOUNT", f"audit of ACCOUNT#{account['id']} ACCOUNT"))
        assert field in where + found


def test_an_amount_is_found(auditor: Client, tables: Tables, account: Json, entries: list[RawItem]) -> None:
    with tables.tampered("ledger", (entries[1], entries[1] | {"amount": number(-100)})):
        assert broken(auditor, account) == (f"{account['id']} entry 2: amount", "-1000", "-100")


def test_an_altered_memo_of_an_entry_is_found(
    auditor: Client, tables: Tables, account: Json, entries: list[RawItem]
) -> None:
    with tables.tampered("ledger", (entries[1], entries[1] | {"shown": {"S": '[null,"forged"]'}})):
        where, _, found = broken(auditor, account)
        assert where.startswith(f"{account['id']} entry 2: what it shows of txn_")
        assert "forged" in found


def test_an_amount_is_found_though_its_chain_was_computed_again(
    auditor: Client, tables: Tables, account: Json, entries: list[RawItem], item: RawItem
) -> None:
    altered = [LedgerEntry.from_raw_data(one).entry() for one in entries]
    for position in range(1, 4):
        before, entry = altered[position - 1], altered[position]
        amount = -100 if position == 1 else entry.amount
        entry = replace(entry, amount=amount, balance_after=before.balance_after + amount, prev_hash=before.hash)
        altered[position] = replace(entry, hash=entry_hash(entry))
    replaced = [LedgerEntry.of(entry).serialize() for entry in altered]
    head = {"balance": number(altered[3].balance_after), "last_hash": {"S": altered[3].hash}}
    with (
        tables.tampered("ledger", *zip(entries[1:], replaced[1:], strict=True)),
        tables.tampered("bank", (item, item | head)),
    ):
        assert broken(auditor, account) == (f"{account['id']} entry 2: amount", "-1000", "-100")


def test_both_sides_of_an_amount_are_needed(
    auditor: Client, tables: Tables, account: Json, entries: list[RawItem]
) -> None:
    """Whoever alters an entry and what its transaction says of it, still leaves a sum that is not zero."""
    name = entries[1]["transaction_id"]["S"]
    [transaction] = tables.items("bank", f"TXN#{name}", "TXN")
    listed = transaction["entries"]["S"].replace("-1000", "-100")
    with tables.tampered("bank", (transaction, transaction | {"entries": {"S": listed}})):
        assert broken(auditor, account)[0] == f"{account['id']} entry 2: amount"
        with tables.tampered("ledger", (entries[1], entries[1] | {"amount": number(-100)})):
            assert verdict(auditor, account)["broken"]["where"] == f"{account['id']} entry 2: balance_after"


@pytest.mark.parametrize("position", [0, 2, 3])
def test_a_deleted_entry_is_found(
    auditor: Client, tables: Tables, account: Json, entries: list[RawItem], position: int
) -> None:
    with tables.tampered("ledger", (entries[position], None)):
        where, _, found = broken(auditor, account)
        assert where.startswith(f"{account['id']} entry {position + 1}")
        assert found == (str(position + 2) if position < 3 else "nothing")


def test_an_entry_added_at_the_end_is_found(
    auditor: Client, tables: Tables, account: Json, entries: list[RawItem]
) -> None:
    last = LedgerEntry.from_raw_data(entries[3]).entry()
    added = replace(last, seq=5, prev_hash=last.hash, created_at="2099-01-01T00:00:00.000000Z")
    added = replace(added, balance_after=last.balance_after + last.amount)
    added = replace(added, hash=entry_hash(added))
    with tables.tampered("ledger", (None, LedgerEntry.of(added).serialize())):
        assert broken(auditor, account)[0].startswith(f"{account['id']} entry 5")


def test_an_altered_audit_record_is_found(
    auditor: Client, tables: Tables, account: Json, records: list[RawItem]
) -> None:
    with tables.tampered("audit", (records[1], records[1] | {"mover": {"S": "usr_somebody_else"}})):
        where, _, found = broken(auditor, account)
        assert where == f"audit of ACCOUNT#{account['id']} ACCOUNT, version 2: hash"
        assert found == records[1]["hash"]["S"]
    with tables.tampered("audit", (records[1], records[1] | {"actor": {"S": "usr_somebody_else"}})):
        assert broken(auditor, account)[0] == f"audit of ACCOUNT#{account['id']}, ACCOUNT#000000000002: actor"
    with tables.tampered("audit", (records[0], records[0] | {"list": {"S": "EDITS#of another"}})):
        assert broken(auditor, account)[0] == f"audit of ACCOUNT#{account['id']}, ACCOUNT#000000000001: list"


def test_a_forged_audit_record_is_found(auditor: Client, tables: Tables, account: Json, records: list[RawItem]) -> None:
    """In the middle by the record after it, at the end by the item."""
    assert len(records) == 5
    second, last = (AuditRecord.from_raw_data(records[position]).record() for position in (1, 4))
    forged = replace(second, actor="usr_somebody_else")
    item = AuditRecord.of(replace(forged, hash=record_hash(forged))).serialize()
    with tables.tampered("audit", (records[1], item)):
        assert broken(auditor, account)[0] == f"audit of ACCOUNT#{account['id']} ACCOUNT, version 3: prev_hash"
    added = replace(last, sk="ACCOUNT#000000000006", version=6, prev_hash=last.hash)
    item = AuditRecord.of(replace(added, hash=record_hash(added))).serialize()
    with tables.tampered("audit", (None, item)):
        assert broken(auditor, account) == (f"ACCOUNT#{account['id']} ACCOUNT: version", "6 or later, as audited", "5")
    lied = replace(last, after=last.after | {"balance": 1})
    item = AuditRecord.of(replace(lied, hash=record_hash(lied))).serialize()
    with tables.tampered("audit", (records[4], item)):
        assert broken(auditor, account) == (f"ACCOUNT#{account['id']} ACCOUNT: balance", "1", "7000")


@pytest.mark.usefixtures("at_the_tables")
def test_a_deleted_audit_record_is_found(
    auditor: Client, tables: Tables, account: Json, records: list[RawItem]
) -> None:
    """The last one is missed when it should have arrived, which is said here to be now."""
    with tables.tampered("audit", (records[1], None)):
        found = broken(auditor, account)
        assert found == (f"audit of ACCOUNT#{account['id']} ACCOUNT, version 2: version", "2", "3")
    with tables.tampered("audit", (records[4], None)):
        missed = verify.verify_account(account["id"], cut=timestamp(clock.now())).broken
        assert missed is not None
        assert missed.where == f"audit of ACCOUNT#{account['id']} ACCOUNT, version 5"


def test_an_item_that_somebody_removed_is_found(stack: Stack, auditor: Client, tables: Tables) -> None:
    """Although the audit has heard of it: without its PIN an account pays to whoever asks."""
    account = register(stack.url).open_account(pin="4711")
    partition = f"ACCOUNT#{account['id']}"
    [pin] = tables.items("bank", partition, "PIN")
    eventually(lambda: tables.items("audit", partition, "PIN#000000000001"))
    tables.delete("bank", pin)
    [removal] = eventually(lambda: tables.items("audit", partition, "PIN#000000000002"))
    assert broken(auditor, account)[::2] == (f"audit of {partition} PIN, version 2", "pin.removed")
    tables.put("bank", pin)
    tables.delete("audit", removal)


def test_a_number_that_leads_to_another_account_is_found(auditor: Client, tables: Tables, account: Json) -> None:
    """Whoever pays to the number would pay to somebody else."""
    [guard] = tables.items("bank", f"NUMBER#{account['account_number']}", "GUARD")
    with tables.tampered("bank", (guard, guard | {"owner_id": {"S": "acc_of_a_thief"}})):
        where = f"{account['id']}: owner of its account number"
        assert broken(auditor, account) == (where, account["id"], "acc_of_a_thief")


def test_the_audit_of_transactions_is_proven_too(
    auditor: Client, tables: Tables, account: Json, entries: list[RawItem]
) -> None:
    name = entries[1]["transaction_id"]["S"]
    [record] = tables.items("audit", f"TXN#{name}", "TXN#")
    with tables.tampered("audit", (record, record | {"at": {"S": "2020-01-01T00:00:00.000000Z"}})):
        assert broken(auditor, account)[0] == f"audit of TXN#{name} TXN, version 1: hash"


def test_a_role_that_nobody_gave_is_found(stack: Stack, auditor: Client, tables: Tables) -> None:
    user_id = register(stack.url).user["user_id"]
    [user] = tables.items("bank", f"USER#{user_id}", "USER")
    eventually(lambda: tables.items("audit", f"USER#{user_id}", "USER#"))
    with tables.tampered("bank", (user, user | {"role": {"S": "admin"}})):
        found = verdict(auditor)["broken"]
        assert f"USER#{user_id} USER" in found["where"]
        assert "role" in found["where"] + found["found"]
    assert verdict(auditor)["ok"]


@pytest.mark.usefixtures("at_the_tables")
def test_the_whole_bank_is_proven_up_to_this_moment(account: Json) -> None:
    told: list[str] = []
    verdict = verify.verify_bank(told.append, cut=timestamp(clock.now()))
    assert verdict.ok, verdict.broken
    assert told
    assert verdict.checked.transactions >= 4


def test_a_bank_that_takes_longer_than_a_request_is_verified_by_a_job(
    stack: Stack, auditor: Client, tables: Tables, account: Json
) -> None:
    """Found by it: a role, which is read last. The function that does it may read all of this, and write none of it."""

    def report(wanted_status: str = "done") -> Json:
        accepted = auditor.get("/v1/audit/verify")
        assert (accepted.status, accepted.headers["Location"]) == (202, f"verifications/{accepted.body['id']}")
        path = f"/v1/audit/{accepted.headers['Location']}"

        def ended() -> Json | None:
            told = auditor.get(path).body
            assert told["status"] in ("running", wanted_status), told
            return dict(told) if told["status"] == wanted_status else None

        found = eventually(ended)
        assert found
        return dict(found["report"])

    user_id = register(stack.url).user["user_id"]
    [user] = tables.items("bank", f"USER#{user_id}", "USER")
    eventually(lambda: tables.items("audit", f"USER#{user_id}", "USER#"))
    with stack.configured("api", VERIFY_REQUEST_SECONDS="0"):
        whole = report()
        with tables.tampered("bank", (user, user | {"role": {"S": "admin"}})):
            broken = report()["broken"]
    assert whole["ok"], whole
    assert whole["checked"]["accounts"] >= 3
    assert f"USER#{user_id} USER" in broken["where"]
    assert verdict(auditor)["ok"]


def test_the_command_names_what_is_broken_and_says_so_to_the_shell(
    stack: Stack, auditor: Client, tables: Tables, account: Json, entries: list[RawItem]
) -> None:
    environment = stack.cloud.environment(stack.stage)

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "infra.maintenance.verify"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    clean = run()
    assert (clean.returncode, clean.stderr) == (0, "")
    assert "hold" in clean.stdout
    with tables.tampered("ledger", (entries[1], entries[1] | {"amount": number(-100)})):
        found = run()
        assert verdict(auditor)["broken"]["where"] == f"{account['id']} entry 2: amount"
    assert found.returncode == 1
    assert f"{account['id']} entry 2: amount" in found.stdout
