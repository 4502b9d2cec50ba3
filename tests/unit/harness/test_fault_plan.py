"""The plan of faults: seeded, and as choosy as it is told to be."""

import json

from tests.faults.plan import EVERY, Call, Fault, Plan


def transaction(*keys: tuple[str, str]) -> Call:
    actions = [{"Put": {"Item": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in keys]
    return Call("TransactWriteItems", json.dumps({"TransactItems": actions}).encode())


def test_one_seed_makes_one_plan() -> None:
    call = transaction(("TXN#1", "TXN"))
    plans = [[Plan(seed, 0.3).fault_for(call) for seed in range(300)] for _ in range(2)]
    assert plans[0] == plans[1]
    assert set(plans[0]) == {None, *EVERY}
    assert 60 < sum(fault is not None for fault in plans[0]) < 120


def test_only_chosen_items_conflict() -> None:
    plan = Plan(1, 1, (Fault.CONFLICT,), conflicting=lambda key: key[0].startswith("ACCOUNT#gl."))
    deposit = transaction(("TXN#1", "TXN"), ("ACCOUNT#acc_1", "ACCOUNT"), ("ACCOUNT#gl.cash", "ACCOUNT"))
    assert plan.fault_for(deposit) is Fault.CONFLICT
    assert plan.conflicts(deposit) == {2}
    assert plan.fault_for(transaction(("TXN#2", "TXN"), ("ACCOUNT#acc_1", "ACCOUNT"))) is None


def test_reads_are_not_applied_late_or_twice() -> None:
    plan = Plan(1, 1)
    happened = {plan.fault_for(Call("BatchGetItem", b"{}")) for _ in range(200)}
    assert happened == {Fault.LOST, Fault.DELAYED, Fault.THROTTLED, Fault.FAILED}
