"""Examples of saved payees in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from datetime import UTC, datetime

from tests.api.helpers.recorder import Recorder
from tests.order_runs import made, run_due


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
    standing = _standing_order(recorder, account["id"])
    _scheduled_payment(recorder, account["id"], standing)
    order_runs(recorder, own["id"], account["id"])
    recorder.compare()


def order_runs(recorder: Recorder, payer: str, payee: str) -> None:
    """Record a day with one order that is paid, and one that has failed: its first attempt is the day's last."""
    recorder.ask("deposit", "customer", {"account_id": payer, "amount": "25.00"}).ok(201)
    maker = recorder.person("customer")
    for order_id, amount in (("sto_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z", 1000), ("sto_01KAK4XJ7M4Q9V0C2T5R8W3Y70", 100_000)):
        parties = {"customer_id": maker.customer_id, "made_by": maker.user_id}
        sides = {"from_account_id": payer, "to_account_id": payee}
        made(order_id, start="2026-12-01", amount=amount, **parties, **sides).put()
    recorder.set_clock(datetime(2026, 12, 1, 15, tzinfo=UTC))
    run_due()
    recorder.example("list_order_runs", "manager")
    recorder.example("get_order_run", "manager", date="2026-12-01")
    recorder.example("list_order_run_failures", "manager", date="2026-12-01")


def _standing_order(recorder: Recorder, payee_id: str) -> str:
    """Record what customers do with an order, and return the paying account's id."""
    payer = recorder.ask("open_account", "customer", {"type": "current", "initial_deposit": "900.00"}).ok(201)["id"]
    order = {"from_account_id": payer, "to_account_id": payee_id, "amount": "640.00", "memo": "Rent"}
    order |= {
        "frequency": {"unit": "month", "every": 1, "day": 1, "weekday": None},
        "start": "2026-12-01",
        "business_days": "following",
    }
    recorder.example("make_standing_order", "customer", order, status=200, query="preview=2")
    made = recorder.example("make_standing_order", "customer", order)["id"]
    recorder.example("get_standing_order", "customer", order_id=made)
    recorder.example("edit_standing_order", "customer", {"amount": "655.00"}, order_id=made)
    recorder.example("skip_standing_order", "customer", {"date": "2026-12-01"}, order_id=made)
    recorder.example("list_executions", "customer", order_id=made, query="limit=2")
    recorder.example("suspend_standing_order", "customer", order_id=made)
    recorder.example("resume_standing_order", "customer", {}, order_id=made)
    recorder.example("end_standing_order", "customer", order_id=made)
    recorder.example("list_standing_orders", "customer", query="limit=1")
    return str(payer)


def _scheduled_payment(recorder: Recorder, payee_id: str, payer_id: str) -> None:
    body = {"from_account_id": payer_id, "to_account_id": payee_id, "amount": "25.00", "execution_date": "2026-12-24"}
    made = recorder.ask("transfer", "customer", body).ok(202)["id"]
    recorder.example("list_scheduled_payments", "customer", query="limit=1")
    recorder.example("get_scheduled_payment", "customer", payment_id=made)
    recorder.example("cancel_scheduled_payment", "customer", payment_id=made)
