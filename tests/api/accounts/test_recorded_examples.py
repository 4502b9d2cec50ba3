"""Examples of accounts in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from chalicelib import clock
from chalicelib.models.ledger.hot_account import HotAccount
from tests.api.helpers.recorder import Recorder


def test_examples_of_accounts_are_answers_of_the_api(recorder: Recorder) -> None:
    wanted = {"type": "savings", "currency": "USD", "nickname": "Holiday", "pin": "8371", "initial_deposit": "1000.00"}
    account = recorder.example("open_account", "customer", wanted)["id"]
    recorder.example("edit_account", "customer", {"nickname": "Rainy days"}, account_id=account)
    recorder.example("get_account", "customer", account_id=account)
    recorder.example("list_accounts", "customer")
    recorder.example("put_pin", "customer", {"pin": "2946", "current_pin": "8371"}, account_id=account)
    other = str(recorder.person("other_customer").customer_id)
    recorder.example("put_holder", "teller", {"rights": "pay"}, account_id=account, customer_id=other)
    recorder.example("list_holders", "customer", account_id=account)
    recorder.example("freeze_account", "teller", {"reason": "Card reported stolen"}, account_id=account)
    recorder.example("unfreeze_account", "teller", {"reason": "The owner has a new card"}, account_id=account)
    recorder.ask("deposit", "customer", {"account_id": account, "amount": "125.50", "memo": "Salary"}).ok(201)
    recorder.ask("withdraw", "customer", {"account_id": account, "amount": "40.00", "pin": "2946"}).ok(201)
    recorder.example("get_balance", "customer", account_id=account)
    recorder.example("get_history", "customer", query="limit=2", account_id=account)
    empty = recorder.ask("open_account", "customer", {"type": "current"}).ok(201)["id"]
    recorder.example("close_account", "customer", account_id=empty)
    recorder.example("list_closed_accounts", "teller")
    lease = HotAccount.take(account, None, "process", clock.now())
    assert lease
    lease.give_back(48, 24, clock.now())
    recorder.example("list_hot_accounts", "auditor")
    recorder.compare()
