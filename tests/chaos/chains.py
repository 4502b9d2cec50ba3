"""Entries, by account and by transaction."""

from collections import defaultdict
from collections.abc import Iterator

from tests.chaos.history import Account, Entry, Ledger, Transaction
from tests.chaos.violation import Violation


def check(ledger: Ledger) -> list[Violation]:
    accounts = {account.id: account for account in ledger.accounts}
    found: list[Violation] = []
    for account_id in ledger.chains.keys() | accounts.keys():
        chain = ledger.chains.get(account_id, [])
        found += _chain(account_id, chain)
        found += _head(accounts.get(account_id), account_id, chain)
    return found + list(_transactions(ledger))


def _chain(account_id: str, chain: list[Entry]) -> Iterator[Violation]:
    seq, balance, at = 0, 0, ""
    for entry in chain:
        where = f"seq {entry.seq} of {account_id} ({entry.transaction})"
        if entry.seq == seq:
            yield Violation("chain", f"{where} is there twice")
        elif entry.seq != seq + 1:
            yield Violation("chain", f"{where} follows seq {seq}")
        if entry.balance_after != balance + entry.amount:
            yield Violation("chain", f"{where}: {balance} and {entry.amount} are not {entry.balance_after}")
        if entry.created_at <= at:
            yield Violation("chain", f"{where} is of {entry.created_at}, the one before of {at}")
        seq, balance, at = entry.seq, entry.balance_after, entry.created_at


def _head(account: Account | None, account_id: str, chain: list[Entry]) -> Iterator[Violation]:
    if account is None:
        yield Violation("chain", f"entries of {account_id}, which is not there")
        return
    last = (chain[-1].seq, chain[-1].balance_after) if chain else (0, 0)
    if (account.seq, account.balance) != last:
        yield Violation("chain", f"{account_id} says seq {account.seq}, balance {account.balance}; its entries {last}")
    floor = account.floor
    if floor is not None:
        for entry in chain:
            if entry.amount < 0 and entry.balance_after < floor:
                yield Violation(
                    "funds", f"seq {entry.seq} of {account_id} left {entry.balance_after}, below the floor of {floor}"
                )


def _transactions(ledger: Ledger) -> Iterator[Violation]:
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in ledger.entries:
        entries[entry.transaction].append(entry)
    for transaction in ledger.transactions:
        yield from _transaction(transaction, entries.pop(transaction.id, []))
    for transaction_id, orphans in entries.items():
        yield Violation("torn", f"{len(orphans)} entries of {transaction_id}, which is not there")


def _transaction(transaction: Transaction, entries: list[Entry]) -> Iterator[Violation]:
    has = sorted([entry.account, entry.seq, entry.amount, entry.balance_after] for entry in entries)
    told = sorted(transaction.entries) if transaction.status == "posted" else []
    if has != told:
        yield Violation("torn", f"{transaction.id} is {transaction.status} with entries {told}; there are {has}")
    if sum(entry.amount for entry in entries) != 0:
        yield Violation("torn", f"the entries of {transaction.id} do not sum to zero: {has}")
    sides = {(transaction.from_, -transaction.amount), (transaction.to, transaction.amount)}
    moved = {(account if not account.startswith("gl.") else None, amount) for account, _, amount, _ in told}
    if told and moved != sides:
        yield Violation(
            "torn", f"{transaction.id} moves {sorted(map(str, moved))} instead of {sorted(map(str, sides))}"
        )
