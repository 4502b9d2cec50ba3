"""Data of events of transactions, and the customers who are told of them."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain import money
from chalicelib.domain.events.fields import (
    AMOUNT,
    COUNT,
    ID,
    MOMENT,
    TEXT,
    Field,
    Json,
    Occurrence,
    amount,
    own_id,
    plain,
)
from chalicelib.domain.ledger.balance import is_general_ledger

_BOTH_SIDES = frozenset({"posted"})
"""States that the payee is told of: what the payer did not pay is no matter of the payee."""

ENTRIES: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "account_id": ID,
            "seq": COUNT,
            "amount": AMOUNT,
            "hash": TEXT,
            "proof": TEXT | {"description": "The path of the entry's proof, once it is in a signed digest"},
        },
        "required": ["account_id", "seq", "amount"],
    },
}
FAILURE: Json = {"type": "object", "properties": {"code": TEXT}, "required": ["code"]}
DAYS: Json = {"type": "object", "properties": {"from": TEXT, "to": TEXT}, "required": ["from", "to"]}


def customers_of(told: Occurrence) -> list[str]:
    """Return the customers who are told: owners and joint holders of the accounts at that moment.

    The payee is told of what was posted only, and of what was refused the owner of the paying account alone.
    """
    state = told.state
    if state["status"] == "failed":
        return [owner for owner in (state.get("from_customer_id") or state.get("to_customer_id"),) if owner]
    sides = _sides(state)
    if state["status"] not in _BOTH_SIDES:
        sides = sides[:1]
    return list(dict.fromkeys(person for account_id in sides for person in _people(state, account_id)))


def view_of(data: Json, told: Occurrence, customer_id: str) -> Json:
    """Return the data without the entries of accounts that the customer neither owned nor held at that moment."""
    if "entries" not in data:
        return data
    own = {account_id for account_id in _sides(told.state) if customer_id in _people(told.state, account_id)}
    return data | {"entries": [entry for entry in data["entries"] if entry["account_id"] in own]}


def _sides(state: Mapping[str, Any]) -> list[str]:
    """Return the customers' accounts of a transaction, the payer's first."""
    return [account_id for account_id in (state.get("from_account_id"), state.get("to_account_id")) if account_id]


def _people(state: Mapping[str, Any], account_id: str) -> list[str]:
    is_payer = account_id == state.get("from_account_id")
    owner = state.get("from_customer_id" if is_payer else "to_customer_id")
    return [*([owner] if owner else []), *(state.get("joint_holders") or {}).get(account_id, [])]


def _entries(told: Occurrence) -> list[Json] | None:
    currency = told.state["currency"]
    return [_entry(entry, currency) for entry in told.state.get("entries") or []] or None


def _entry(entry: Mapping[str, Any], currency: str) -> Json:
    account_id, seq = entry["account_id"], entry["seq"]
    view: Json = {"account_id": account_id, "seq": seq, "amount": money.text(entry["amount"], currency)}
    if "hash" in entry:
        view["hash"] = entry["hash"]
    if not is_general_ledger(account_id):
        view["proof"] = f"/v1/accounts/{account_id}/proof?seq={seq}"
    return view


def _failure(told: Occurrence) -> Json | None:
    """Return the code of a refusal: its text may tell of balances and limits."""
    failure = told.state.get("failure")
    return {"code": failure["code"]} if failure else None


def _interest(told: Occurrence) -> Json | None:
    paid = told.state.get("interest")
    return {"from": paid[1], "to": paid[2]} if paid else None


FIELDS = (
    own_id("The transaction"),
    plain("transaction_type", description="Such as `transfer`, `deposit` or `interest_credit`"),
    plain("status"),
    amount("amount"),
    plain("currency"),
    plain("from_account_id", ID, is_optional=True),
    plain("to_account_id", ID, is_optional=True),
    Field("failure", FAILURE, _failure, is_optional=True, description="Why it was refused"),
    plain("reverses", ID, is_optional=True, description="The transaction that this one reverses"),
    plain("reversed_by", ID, is_optional=True, description="The transaction that reverses this one"),
    Field("interest", DAYS, _interest, is_optional=True, description="The days of a credit of interest"),
    plain("posted_at", MOMENT, is_optional=True),
    Field("entries", ENTRIES, _entries, is_optional=True, description="Entries of accounts of the recipient"),
)

SAMPLE: Mapping[str, Any] = {
    "transaction_type": "transfer",
    "status": "posted",
    "amount": 2500,
    "currency": "USD",
    "from_account_id": "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z",
    "from_customer_id": "cus_01KAK4XGPNB4ZSR7GAJ2HV8D1S",
    "to_account_id": "acc_01KAK4Y2T7D3N8P1X6Q4R9S5VB",
    "to_customer_id": "cus_01KAK4XYEEMZCA9R4Q7Y3SKD5P",
    "posted_at": "2026-11-21T08:30:00.123456Z",
    "entries": [
        {"account_id": "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z", "seq": 7, "amount": -2500, "balance_after": 97500},
        {"account_id": "acc_01KAK4Y2T7D3N8P1X6Q4R9S5VB", "seq": 3, "amount": 2500, "balance_after": 2500},
    ],
}
