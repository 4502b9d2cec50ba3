"""The table of what can need a second person: who decides, what carries it out, and what is secret."""

from importlib import import_module

from chalicelib.domain.approvals.action import ACTION_NAMES, ACTIONS, CAPPED, CEILINGS

OF_ADMINS = {"user.create", "user.role", "approval_policy", "authority"}
"""What decides over rights themselves: a manager who decided about these could make accomplices."""
IN_THE_LEDGER = {"transfer", "withdraw", "deposit"}
"""What waits as a pending transaction, which the ledger posts."""
OF_MONEY = {*CAPPED, "standing_order", "branch_funding", "vault_movement", "clearing.fee"}
SECRET = {"legal_hold", "recall.accept"}


def test_table_has_each_action_once() -> None:
    assert list(ACTIONS) == list(ACTION_NAMES)


def test_rights_are_decided_by_admins_and_all_else_by_managers_too() -> None:
    deciders = {name: action.deciders for name, action in ACTIONS.items()}
    assert deciders == {name: ("admin",) if name in OF_ADMINS else ("manager", "admin") for name in ACTIONS}


def test_each_action_but_a_waiting_payment_has_an_executor_of_its_own() -> None:
    executors = {name: action.executor for name, action in ACTIONS.items() if action.executor}
    assert set(executors) == set(ACTION_NAMES) - IN_THE_LEDGER
    assert len(set(executors.values())) == len(executors)
    for executor in executors.values():
        module, _, function = executor.rpartition(".")
        assert callable(getattr(import_module(f"chalicelib.services.{module}"), function)), executor


def test_thresholds_apply_to_actions_that_move_money_or_promise_it() -> None:
    assert {name for name, action in ACTIONS.items() if action.has_amount} == OF_MONEY


def test_customers_do_not_learn_of_what_could_warn_a_suspect() -> None:
    assert {name for name, action in ACTIONS.items() if action.is_secret} == SECRET


def test_order_is_limited_by_the_ceiling_of_the_transfers_that_it_makes() -> None:
    assert set(CAPPED) == {"deposit", "withdraw", "transfer", "reverse", "overdraft_limit"}
    assert CEILINGS == {
        "deposit": "deposit",
        "withdraw": "withdraw",
        "transfer": "transfer",
        "reverse": "reverse",
        "overdraft_limit": "overdraft_limit",
        "standing_order": "transfer",
    }
