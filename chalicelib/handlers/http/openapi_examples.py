"""Examples for the API's description: recorded answers, and a small world in which a name has one value.

`recorded_examples.json` has answers about payments and accounts, by operation and status; a test compares them with the
API's. For all other schemas, every field of a name has the same value.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]
MOMENT = "2026-11-21T08:30:00.123456Z"

SAMPLES: Json = {
    "account_id": "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z",
    "from_account_id": "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z",
    "to_account_id": "acc_01KAK4XN2B6D8F1G3H5J7K9M0P",
    "counterparty": "acc_01KAK4XN2B6D8F1G3H5J7K9M0P",
    "customer_id": "cus_01KAK4WZ5S7T9V2X4Y6Z8A1B3C",
    "address_id": "adr_01KAK4WZ7A9B1C3D5E7F9G1H3J",
    "primary_address_id": "adr_01KAK4WZ7A9B1C3D5E7F9G1H3J",
    "user_id": "usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y",
    "session_id": "ses_01KAK4WZ3P5Q7R9S1T3V5W7X9Y",
    "branch_id": "brn_00000000000000000000000000",
    "transaction_id": "txn_3C4Q83PZB5B6SVXT405KB0RFF7",
    "reverses": None,
    "reversed_by": None,
    "failure": None,
    "cursor": "ZjFiMmMzZDRlNWY2YTdiOHsicGsiOiJBQ0NPVU5UI2FjYyJ9",
    "next_cursor": None,
    "has_more": False,
    "month": "2026-10",
    "opening_balance": "1000.00",
    "closing_balance": "1125.50",
    "total_in": "125.50",
    "total_out": "0.00",
    "account_number": "123456789005",
    "to_account_number": None,
    "amount": "125.50",
    "balance": "1125.50",
    "balance_after": "1125.50",
    "held": "0.00",
    "available": "1125.50",
    "overdraft_limit": "0.00",
    "initial_deposit": "1000.00",
    "currency": "USD",
    "nickname": "Holiday",
    "holders": [],
    "pin": "4711",
    "current_pin": None,
    "memo": "Rent November",
    "subject": "Card not accepted",
    "message": "It was refused twice this morning.",
    "resolution": "The card is unlocked.",
    "assigned_to": "usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y",
    "author_id": "usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y",
    "ticket_id": "tkt_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z",
    "announcement_id": "ann_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z",
    "title": "New opening hours",
    "published_from": MOMENT,
    "published_until": None,
    "resolved_at": None,
    "closed_at": None,
    "reviewed_at": MOMENT,
    "reviewed_by": "usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y",
    "expires_on": "2031-11-21",
    "category": "housing",
    "tag": "shared",
    "tags": ["shared"],
    "alert_id": "alr_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z",
    "note": "The payee is a car dealer; the customer has confirmed it.",
    "figures": {"amount": "4200.00", "largest": "310.00"},
    "unit_weights": {"INR": 80, "JPY": 150},
    "settled_at": None,
    "settled_by": None,
    "reason": "Reported stolen",
    "version": 3,
    "seq": 2,
    "limit": 20,
    "from": "2026-11-01",
    "to": "2026-11-30",
    "at": MOMENT,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "opened_at": MOMENT,
    "posted_at": MOMENT,
    "account_type": "savings",
    "annual_rate": "0.0300",
    "effective_from": "2026-12-01",
    "date": "2026-11-21",
    "set_at": MOMENT,
    "set_by": "usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y",
    "days": 30,
    "as_of": "2026-11-21",
    "debit": "1125.50",
    "pending": "24.66",
    "accrued": "24.65753425",
    "interest": "24.65753425",
    "carried": "-0.00246575",
    "paid_through": "2026-11-30",
    "request_id": "7c1e5a0e-5d0f-4d0f-8f6b-2f0b7a9c1d3e",
    "email": "ada@example.com",
    "password": "correct horse battery",
    "current_password": "correct horse battery",
    "new_password": "staple horse correct",
    "first_name": "Ada",
    "middle_name": None,
    "last_name": "Byron",
    "phone": "+442071234567",
    "date_of_birth": "1990-12-10",
    "national_id": "AB-123456",
    "line1": "12 St James's Square",
    "line2": None,
    "city": "London",
    "region": None,
    "postal_code": "SW1Y 4JH",
    "country": "GB",
    "is_primary": True,
}

RECORDED = Path(__file__).with_name("recorded_examples.json")


@cache
def recorded() -> Json:
    """Return answers of the API by operation and status, such as `transfer 202`."""
    answers: Json = json.loads(RECORDED.read_text())
    return answers


def example(schema: Json, schemas: Json) -> Any:
    """Return an example of a schema: a sample with the field's name if there is one, else from the schema itself."""
    return _value("", schema, schemas)


def _value(name: str, schema: Json, schemas: Json) -> Any:
    if "$ref" in schema:
        referred = schemas[schema["$ref"].rpartition("/")[2]]
        return referred["examples"][0] if "examples" in referred else _value(name, referred, schemas)
    if schema.get("type") == "object" and "properties" in schema:
        return {key: _value(key, part, schemas) for key, part in schema["properties"].items()}
    if name in SAMPLES:
        return SAMPLES[name]
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    for key in ("examples", "enum"):
        if key in schema:
            return schema[key][0]
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0], schemas)
    if schema.get("type") == "array":
        return [_value(name, schema["items"], schemas)]
    return {"integer": 1, "boolean": False, "object": {}}.get(schema.get("type", ""), "text")
