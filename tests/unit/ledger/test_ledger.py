"""The ledger on tables in memory: what one posting reads, decides and writes."""

from chalicelib.models.ledger import ledger
from tests.small_bank import SmallBank


def test_posting_moves_both_balances_or_none(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 5, owner=2)
    assert ledger.post(bank.request({"a": -30, "b": 30})).transaction.status == "posted"
    assert (bank.account("a").balance, bank.account("b").balance) == (70, 35)
    assert ledger.post(bank.request({"a": -71, "b": 71})).transaction.status == "failed"
    assert (bank.account("a").balance, bank.account("b").balance) == (70, 35)
