"""Examples of approvals in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from tests.api.helpers.recorder import Recorder


def test_examples_of_approvals_are_answers_of_the_api(recorder: Recorder) -> None:
    policy = {"control": "require", "above": {"USD": "1000.00"}}
    recorder.example("put_approval_policy", "admin", policy, action="overdraft_limit")
    recorder.example("get_approval_policy", "teller", action="overdraft_limit")
    recorder.example("list_approval_policy_history", "teller", action="overdraft_limit")
    recorder.example("list_approval_policies", "teller")
    ceilings = {"teller": {"withdraw": {"USD": "5000.00"}}, "manager": {"withdraw": {"USD": "50000.00"}}}
    recorder.example("put_authority", "admin", {"ceilings": ceilings})
    recorder.example("get_authority", "teller")
    recorder.example("list_authority_history", "teller")
    recorder.person("manager")
    account = recorder.ask("open_account", "customer", {"type": "current"}).ok(201)["id"]

    def ask(limit: str) -> str:
        edits = {"overdraft_limit": limit}
        held = recorder.ask("edit_account", "teller", edits, account_id=account).ok(202)
        return str(held["id"])

    first = ask("1500.00")
    recorder.example("get_approval", "manager", approval_id=first)
    recorder.example("list_approvals", "manager")
    note = {"note": "The salary has come in for two years."}
    recorder.example("approve_request", "manager", note, approval_id=first)
    reason = {"reason": "The account was opened yesterday."}
    recorder.example("reject_request", "manager", reason, approval_id=ask("90000.00"))
    recorder.example("cancel_request", "teller", approval_id=ask("2500.00"))
    recorder.compare()
