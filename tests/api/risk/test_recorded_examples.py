"""Examples of risk in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from tests.api.helpers.recorder import Recorder
from tests.api.helpers.stream import Stream


def test_examples_of_risk_are_answers_of_the_api(recorder: Recorder) -> None:
    stream = Stream()
    account = recorder.ask("open_account", "customer", {"type": "current"}).ok(201)["id"]
    for amount in ("9400.00", "9500.00"):
        recorder.ask("deposit", "customer", {"account_id": account, "amount": amount}).ok(201)
    stream.let_follow()
    listed = recorder.example("list_alerts", "manager", query="limit=1")
    alert = listed["data"][0]["id"]
    recorder.example("get_alert", "manager", alert_id=alert)
    finding = {"outcome": "dismissed", "note": "The customer has sold a car and has shown the contract."}
    recorder.example("settle_alert", "manager", finding, alert_id=alert)
    thresholds = recorder.ask("get_thresholds", "manager").ok()
    wanted = {name: thresholds[name] for name in ("rules", "severities", "unit_weights")}
    wanted["rules"]["structuring"]["action"] = "review"
    recorder.example("put_thresholds", "manager", wanted)
    recorder.example("get_thresholds", "manager")
    recorder.example("list_threshold_history", "manager")
    recorder.compare()
