"""Shapes of the events of standing orders. Payments on a date are orders of one date, and make none of these."""

from chalicelib.domain.events.fields import COUNT, DAY, ID, Field, Json, Occurrence, amount, changes, own_id, plain
from chalicelib.domain.events.shapes import Shape

ORDER_FIELDS = {
    "status": "status",
    "to_account_id": "to_account_id",
    "payee_named_at": "to_iban",
    "beneficiary_id": "beneficiary_id",
    "amount": "amount",
    "first_amount": "first_amount",
    "final_amount": "final_amount",
    "start": "start",
    "end": "end",
    "times": "count",
    "business_days": "business_days",
} | dict.fromkeys(("unit", "every", "day", "weekday"), "frequency")
"""Fields of an order whose change is an update, by their names in the API. The memo is the customer's own note."""
FREQUENCY: Json = {
    "type": "object",
    "properties": {"unit": {"type": "string"}, "every": {"type": "integer"}},
    "required": ["unit", "every"],
}
_ORDER, _CUSTOMER = "sto_01KAK5B7T7D3N8P1X6Q4R9S5VB", "cus_01KAK4XGPNB4ZSR7GAJ2HV8D1S"


def _frequency(told: Occurrence) -> Json:
    return {"unit": told.state["unit"], "every": told.state["every"]}


def _count_refused(told: Occurrence) -> int:
    return len(told.state.get("attempts") or [])


def _owner_and_holders(told: Occurrence) -> list[str]:
    return [told.state["customer_id"], *(told.state.get("holder_ids") or [])]


def _without_refusals(told: Occurrence) -> list[str]:
    """Return who is told of an execution. Of a refused payment that is the owner alone, as of a failed transaction."""
    is_refused = told.state["status"] in ("scheduled", "failed")
    return [told.state["customer_id"]] if is_refused else _owner_and_holders(told)


ORDER = Shape(
    "order",
    "standing-orders/{0}",
    (
        own_id("The standing order"),
        plain("customer_id", ID, description="The owner of the paying account"),
        plain("status", description="`active`, `suspended`, `ended` or `cancelled`"),
        plain("reason", is_optional=True, description="Why it is suspended or ended"),
        plain("from_account_id", ID),
        plain("to_account_id", ID, is_optional=True, description="Absent if the payee is at another bank"),
        amount("amount"),
        plain("currency"),
        Field("frequency", FREQUENCY, _frequency, description="How often it pays"),
        plain("start", DAY),
        plain("next_date", DAY, is_optional=True, description="The date of the next payment"),
        changes(ORDER_FIELDS),
    ),
    (_ORDER,),
    {
        "customer_id": _CUSTOMER,
        "status": "active",
        "from_account_id": "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z",
        "to_account_id": "acc_01KAK4Y2T7D3N8P1X6Q4R9S5VB",
        "amount": 95000,
        "currency": "USD",
        "unit": "month",
        "every": 1,
        "start": "2026-12-01",
        "next_date": "2026-12-01",
    },
    _owner_and_holders,
)
EXECUTION = Shape(
    "order_execution",
    "standing-orders/{0}/executions/{1}",
    (
        plain("order_id", ID),
        plain("date", DAY, description="The date of the order, which tells the execution apart"),
        Field("execution_date", DAY, lambda told: told.state.get("execution_day"), description="The day of payment"),
        plain(
            "status",
            description="`scheduled` is tried again on the same day, `pending` waits for a review, `executed` was left"
            " to the clearing",
        ),
        plain("reason", is_optional=True, description="Why it was refused or skipped"),
        Field("attempts", COUNT, _count_refused, description="How many attempts were refused"),
        amount("amount"),
        plain("currency"),
        plain("transaction_id", ID, is_optional=True, description="The payment"),
    ),
    (_ORDER, "2026-12-01"),
    {
        "order_id": _ORDER,
        "customer_id": _CUSTOMER,
        "date": "2026-12-01",
        "execution_day": "2026-12-01",
        "status": "posted",
        "amount": 95000,
        "currency": "USD",
        "transaction_id": "txn_3C4Q83PZB5B6SVXT405KB0RFF7",
    },
    _without_refusals,
)
