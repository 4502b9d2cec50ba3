"""Examples of saved payees in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from tests.api.helpers.recorder import Recorder


def test_examples_of_payees_are_answers_of_the_api(recorder: Recorder) -> None:
    account = recorder.ask("open_account", "other_customer", {"type": "current"}).ok(201)
    payee = {"name": "Ben Okafor", "account_number": account["account_number"], "nickname": "Landlord"}
    saved = recorder.example("add_beneficiary", "customer", payee)["id"]
    recorder.example("list_beneficiaries", "customer", query="limit=1")
    recorder.example("get_beneficiary", "customer", beneficiary_id=saved)
    recorder.example("edit_beneficiary", "customer", {"nickname": "Rent"}, beneficiary_id=saved)
    own = recorder.ask("open_account", "customer", {"type": "current"}).ok(201)
    recorder.example("get_forecast", "customer", account_id=own["id"], query="days=2")
    token = recorder.example("make_calendar_link", "customer", account_id=own["id"])["url"].partition("token=")[2]
    recorder.text_example("get_calendar", None, "text/calendar", query=f"token={token}", account_id=own["id"])
    recorder.compare()
