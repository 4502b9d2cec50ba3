"""Examples of branches in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from tests.api.helpers.recorder import Recorder


def test_examples_of_branches_are_answers_of_the_api(recorder: Recorder) -> None:
    wanted = {"name": "London Bridge", "code": "LDN", "city": "London", "country": "GB", "initial_balance": "5000.00"}
    hours = {"monday": ["09:00-12:30", "13:30-17:00"], "friday": ["09:00-17:00"]}
    branch = recorder.example("create_branch", "manager", wanted | {"opening_hours": hours})["id"]
    edits = {"name": "London Bridge Station", "opening_hours": {**hours, "saturday": ["10:00-13:00"]}}
    recorder.example("edit_branch", "manager", edits, branch_id=branch)
    move = {"to_branch_id": HEAD_OFFICE_ID, "amount": "1200.00", "currency": "USD", "reason": "Weekly collection"}
    recorder.example("move_vault", "manager", move, branch_id=branch)
    account = recorder.ask("open_account", "customer", {"type": "current", "branch_id": branch}).ok(201)["id"]
    recorder.ask("deposit", "customer", {"account_id": account, "amount": "80.00", "branch_id": branch}).ok(201)
    recorder.example("get_branch", "customer", branch_id=branch)
    recorder.example("list_branches", "customer", query="limit=1")
    recorder.example("get_branch_report", "manager", branch_id=branch)
    recorder.compare()
