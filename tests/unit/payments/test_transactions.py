"""Transactions that are looked up, and undone by a linked reversal."""

from dataclasses import replace

import pytest

from chalicelib.domain import ids
from chalicelib.domain.errors import Conflict, ConflictOfInterest, Forbidden, IdempotencyKeyReused, NotFound
from chalicelib.domain.ledger.posting import TransactionType
from chalicelib.domain.permissions import Caller, Role
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import RequestRecord, Transaction
from chalicelib.services.payments import transactions
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, after
from tests.small_bank import CASH, NOON, NOON_TEXT, SmallBank, customer, staff

TELLER, OTHER = staff("teller", user_id="usr_teller"), staff(user_id="usr_other")
VAULT, OTHER_VAULT = "gl.cash.brn_1.USD.vault", "gl.cash.brn_2.USD.vault"


@pytest.fixture
def made(bank: SmallBank) -> Transaction:
    """Return a transfer of 40 from customer 1's account a to customer 2's account b."""
    bank.open("a", 100, holders={"cus_3": "view"})
    bank.open("b", 0, owner=2)
    return ledger.post(bank.request({"a": -40, "b": 40}, branch_id="brn_1")).transaction


def reverse(
    bank: SmallBank, made: Transaction, caller: Caller | None = None, *, allow_overdrawn: bool = False
) -> Outcome:
    caller = caller or staff()
    key = bank.key(caller)
    return transactions.reverse(caller, made.id, "mistake", key, allow_overdrawn=allow_overdrawn)


@pytest.mark.parametrize("caller", [customer(1), customer(2), customer(3), staff(), staff("auditor")])
def test_transaction_is_shown_to_its_parties_and_to_staff(bank: SmallBank, made: Transaction, caller: Caller) -> None:
    assert transactions.get(caller, made.id).transaction.id == made.id


def test_transaction_is_not_there_for_a_stranger(bank: SmallBank, made: Transaction) -> None:
    with pytest.raises(NotFound, match=f"no transaction {made.id}"):
        transactions.get(customer(9), made.id)


def test_transaction_is_shown_to_its_maker_whatever_became_of_the_accounts(bank: SmallBank, made: Transaction) -> None:
    bank.dynamodb.table("bank").items[made.pk, "TXN"]["initiated_by"] = {"S": "usr_9"}
    view = transactions.get(customer(9), made.id)
    assert (view.sides, view.labelled, view.label) == ((), (), None)


def test_id_that_could_not_be_one_is_unknown_without_a_look(bank: SmallBank) -> None:
    bank.dynamodb.sent.clear()
    with pytest.raises(NotFound, match="no transaction txn_1"):
        transactions.find("txn_1")
    assert bank.dynamodb.sent == []


def test_unknown_id_and_record_of_another_request_are_no_transactions(bank: SmallBank) -> None:
    unknown = ids.transaction_id("usr_1", "nothing")
    with pytest.raises(NotFound):
        transactions.find(unknown)
    bank.put(RequestRecord.of(unknown, "fingerprint", "rul_1", customer(), NOON_TEXT))
    with pytest.raises(NotFound):
        transactions.find(unknown)


def test_reversal_posts_the_opposite_and_both_name_each_other(bank: SmallBank, made: Transaction) -> None:
    outcome = reverse(bank, made)
    reversal = bank.transaction(outcome.transaction.id)
    assert (reversal.transaction_type, reversal.status, reversal.amount) == ("reversal", "posted", 40)
    assert (reversal.reverses, reversal.reason, reversal.branch_id) == (made.id, "mistake", "brn_1")
    original = bank.transaction(made.id)
    assert (original.reversed_by, original.status, original.version) == (reversal.id, "posted", 2)
    assert (original.updated_by, original.request_id, original.updated_at) == ("usr_staff", "req_staff", NOON_TEXT)
    assert (bank.account("a").balance, bank.account("b").balance) == (100, 0)


def test_reversal_asked_for_again_under_its_key_is_the_same(bank: SmallBank, made: Transaction) -> None:
    key = bank.key(staff())
    first = transactions.reverse(staff(), made.id, "mistake", key, allow_overdrawn=False)
    again = transactions.reverse(staff(request_id="req_2"), made.id, "mistake", key, allow_overdrawn=False)
    assert (again.transaction.id, again.replayed) == (first.transaction.id, True)
    assert bank.account("a").balance == 100


def test_transaction_that_is_reversed_is_not_reversed_again(bank: SmallBank, made: Transaction) -> None:
    reverse(bank, made)
    with pytest.raises(Conflict, match="reversed already"):
        reverse(bank, made)
    assert bank.account("a").balance == 100


def test_reversal_of_a_reversal_is_refused(bank: SmallBank, made: Transaction) -> None:
    reversal = reverse(bank, made).transaction
    with pytest.raises(Conflict):
        reverse(bank, reversal)


def test_transaction_that_was_never_posted_is_not_reversed(bank: SmallBank, made: Transaction) -> None:
    failed = ledger.post(bank.request({"a": -1000, "b": 1000})).transaction
    pending = ledger.hold(bank.request({"a": -1, "b": 1}), "2026-11-24T12:00:00.000000Z").transaction
    for one in (failed, pending):
        with pytest.raises(Conflict, match=f"is {one.status}"):
            reverse(bank, one)


@pytest.mark.parametrize(
    "kind", ["payment", "incoming_payment", "payment_return", "clearing_settlement", "clearing_fee"]
)
def test_what_another_bank_has_booked_is_not_reversed_here(
    bank: SmallBank, made: Transaction, kind: TransactionType
) -> None:
    made.transaction_type = kind
    bank.put(made)
    with pytest.raises(Conflict, match="the other bank would not know"):
        reverse(bank, made)
    assert (bank.account("a").balance, bank.account("b").balance) == (60, 40)


def test_transaction_that_another_reverses_meanwhile_is_reversed_once(bank: SmallBank, made: Transaction) -> None:
    another = staff(user_id="usr_another", request_id="req_another")
    bank.dynamodb.next(WRITE, after(lambda: reverse(bank, made, another)))
    with pytest.raises(Conflict):
        reverse(bank, made)
    assert bank.account("a").balance == 100


def test_reversal_of_what_is_spent_is_refused_and_a_manager_may_overdraw(bank: SmallBank, made: Transaction) -> None:
    ledger.post(bank.request({"b": -15, "a": 15}, customer(2)))
    refused = reverse(bank, made).transaction
    assert (refused.status, refused.failure["code"]) == ("failed", "insufficient_funds")
    assert "reversed_by" not in bank.transaction(made.id).serialize()
    assert reverse(bank, made, allow_overdrawn=True).transaction.status == "posted"
    assert bank.account("b").balance == -15


@pytest.mark.parametrize("role", ["teller", "customer"])
def test_only_a_manager_may_overdraw(bank: SmallBank, made: Transaction, role: str) -> None:
    caller = customer() if role == "customer" else staff("teller")
    with pytest.raises(Forbidden):
        reverse(bank, made, caller, allow_overdrawn=True)


def test_reversal_of_an_unknown_transaction_is_not_found(bank: SmallBank) -> None:
    unknown = ids.transaction_id("usr_1", "nothing")
    with pytest.raises(NotFound):
        transactions.reverse(staff(), unknown, "mistake", bank.key(staff()), allow_overdrawn=False)


def test_key_of_another_request_reverses_nothing(bank: SmallBank, made: Transaction) -> None:
    key = bank.key(staff())
    bank.put(RequestRecord.of(key.transaction_id, key.fingerprint, "rul_1", staff(), NOON_TEXT))
    with pytest.raises(IdempotencyKeyReused):
        transactions.reverse(staff(), made.id, "mistake", key, allow_overdrawn=False)
    assert "reversed_by" not in bank.transaction(made.id).serialize()


def test_reversal_of_a_deposit_takes_the_cash_back(bank: SmallBank, made: Transaction) -> None:
    deposit = ledger.post(bank.request({"a": 7, CASH: -7}, staff(), kind="deposit")).transaction
    reverse(bank, deposit, TELLER)
    assert (bank.account("a").balance, bank.account(f"{CASH}.000").balance) == (60, 0)


@pytest.mark.parametrize("role", ["teller", "manager", "admin"])
def test_nobody_reverses_what_he_or_she_made(bank: SmallBank, made: Transaction, role: Role) -> None:
    deposit = ledger.post(bank.request({"a": 7, CASH: -7}, staff("teller"), kind="deposit")).transaction
    with pytest.raises(ConflictOfInterest, match="You made this payment"):
        reverse(bank, deposit, staff(role))
    assert "reversed_by" not in bank.transaction(deposit.id).serialize()
    with pytest.raises(ConflictOfInterest):
        reverse(bank, vault_movement(bank, 50))


@pytest.mark.parametrize(("own", "part"), [("cus_1", "payer"), ("cus_2", "payee"), ("cus_3", "holder of the payer")])
def test_nobody_reverses_what_moved_an_account_of_his_or_her_own(
    bank: SmallBank, made: Transaction, own: str, part: str
) -> None:
    with pytest.raises(ConflictOfInterest, match="your own account"):
        reverse(bank, made, replace(staff(), own_customer_id=own))
    assert (bank.account("a").balance, bank.account("b").balance) == (60, 40), part
    assert reverse(bank, made, replace(staff(), own_customer_id="cus_4")).transaction.status == "posted"


def vault_movement(bank: SmallBank, amount: int, kind: str = "vault_movement") -> Transaction:
    request = bank.request({VAULT: amount, OTHER_VAULT: -amount}, staff(), kind=kind)
    return ledger.post(request).transaction


@pytest.mark.parametrize("kind", ["vault_movement", "funding"])
def test_only_a_manager_reverses_what_moved_the_banks_own_cash(bank: SmallBank, kind: str) -> None:
    moved = vault_movement(bank, 50, kind)
    with pytest.raises(Forbidden):
        reverse(bank, moved, TELLER)
    assert reverse(bank, moved, OTHER).transaction.status == "posted"
    assert bank.account(VAULT).balance == 0


def test_cash_goes_back_as_far_as_the_whole_branch_has_it(bank: SmallBank) -> None:
    """The branch that received 50 has paid 20 out at the counter, and 5 came in there."""
    moved = vault_movement(bank, 50)
    bank.open("a", 100)
    counter = "gl.cash.brn_2.USD"
    ledger.post(bank.request({"a": -5, counter: 5}, staff(), kind="withdrawal"))
    refused = reverse(bank, moved, OTHER).transaction
    assert (refused.status, refused.failure["code"]) == ("failed", "insufficient_funds")
    ledger.post(bank.request({"a": 5, counter: -5}, staff(), kind="deposit"))
    assert reverse(bank, moved, OTHER).transaction.status == "posted"
    assert bank.account(OTHER_VAULT).balance == 0


def test_movement_of_the_banks_own_cash_is_reversed_with_one_read_of_the_accounts(bank: SmallBank) -> None:
    moved = vault_movement(bank, 50)
    bank.dynamodb.sent.clear()
    reverse(bank, moved, OTHER)
    with_accounts = [one for operation, one in bank.dynamodb.sent if operation == BATCH_GET and "TXN#" in str(one)]
    assert len(with_accounts) == 1


def test_reversal_of_a_withdrawal_goes_to_the_counter_that_paid_it(bank: SmallBank, made: Transaction) -> None:
    paid = ledger.post(bank.request({"a": -7, CASH: 7}, staff(), kind="withdrawal")).transaction
    bank.dynamodb.sent.clear()
    reverse(bank, paid, TELLER)
    assert (bank.account("a").balance, bank.account(f"{CASH}.000").balance) == (60, 0)
    assert "vault" not in str(bank.dynamodb.sent)


def test_cash_that_was_never_moved_does_not_go_back(bank: SmallBank) -> None:
    moved = vault_movement(bank, 50)
    bank.dynamodb.table("bank").items[moved.pk, "TXN"]["status"] = {"S": "failed"}
    with pytest.raises(Conflict, match="is failed"):
        reverse(bank, moved)
    assert bank.now == NOON


@pytest.mark.parametrize("caller", [OTHER, TELLER, staff("auditor")])
def test_movement_of_the_banks_own_cash_is_shown_to_staff_only(bank: SmallBank, caller: Caller) -> None:
    moved = vault_movement(bank, 50)
    assert transactions.get(caller, moved.id).transaction.id == moved.id
    with pytest.raises(NotFound):
        transactions.get(customer(), moved.id)


def test_maker_of_what_another_has_reversed_is_told_that(bank: SmallBank, made: Transaction) -> None:
    deposit = ledger.post(bank.request({"a": 7, CASH: -7}, staff("teller"), kind="deposit")).transaction
    reverse(bank, deposit, OTHER)
    with pytest.raises(Conflict, match="reversed already"):
        reverse(bank, deposit, staff("teller"))
