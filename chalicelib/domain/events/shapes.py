"""For each kind of item that makes events: the subject, the data, the customers who are told, and a sample."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain import money
from chalicelib.domain.events import transaction_data
from chalicelib.domain.events.fields import (
    COUNT,
    DAY,
    ID,
    MOMENT,
    TEXT,
    Field,
    Json,
    Occurrence,
    amount,
    changes,
    own_id,
    plain,
)

_ACCOUNT, _CUSTOMER = "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z", "cus_01KAK4XGPNB4ZSR7GAJ2HV8D1S"
ACCOUNT_FIELDS = {name: name for name in ("nickname", "overdraft_limit", "branch_id", "statements", "holders")}
"""Fields of an account whose change is an update, by their names in the API. Status and balance are told otherwise."""
_OF_CUSTOMER = "first_name middle_name last_name email phone date_of_birth national_id kyc_status kyc_expires_on"
CUSTOMER_FIELDS = {name: name for name in _OF_CUSTOMER.split()} | dict.fromkeys(
    ("address_ids", "primary_address_id"), "addresses"
)


def _nobody(_: Occurrence) -> list[str]:
    return []


def _whole(data: Json, _told: Occurrence, _customer_id: str) -> Json:
    return data


@dataclass(frozen=True)
class Shape:
    """`subject` is a path with places for the id of the thing and of its part. `customers` are told besides the bank,
    each with its `view` of the data. `sample` is an item's state, `sample_ids` the ids in its key."""

    kind: str
    subject: str
    fields: tuple[Field, ...]
    sample_ids: tuple[str, ...]
    sample: Mapping[str, Any]
    customers: Callable[[Occurrence], Iterable[str]] = _nobody
    view: Callable[[Json, Occurrence, str], Json] = _whole

    def subject_of(self, told: Occurrence) -> str:
        return self.subject.format(told.id, told.part_id)


def _owner_and_holders(told: Occurrence) -> list[str]:
    return [told.state["customer_id"], *(told.state.get("holders") or {})]


def _holder_and_owner(told: Occurrence) -> list[str]:
    return [one for one in (told.state.get("owner_id"), told.state["customer_id"]) if one]


def _customer_itself(told: Occurrence) -> list[str]:
    """Return the customer, unless it is erased: nobody reads for it any more."""
    return [told.id] if told.state["status"] == "active" else []


def _customer_in(attribute: str) -> Callable[[Occurrence], list[str]]:
    return lambda told: [told.state[attribute]]


def _user_as_customer(told: Occurrence) -> list[str]:
    subject = told.state["subject_id"]
    return [subject] if subject.startswith("cus_") else []


def _totals(told: Occurrence) -> Json:
    return {currency: money.text(minor, currency) for currency, minor in (told.state.get("totals") or {}).items()}


TRANSACTION = Shape(
    "transaction",
    "transactions/{0}",
    transaction_data.FIELDS,
    ("txn_3C4Q83PZB5B6SVXT405KB0RFF7",),
    transaction_data.SAMPLE,
    transaction_data.customers_of,
    transaction_data.view_of,
)
ACCOUNT = Shape(
    "account",
    "accounts/{0}",
    (
        own_id("The account"),
        plain("customer_id", ID, description="The owner"),
        plain("account_type"),
        plain("currency"),
        plain("status"),
        amount("overdraft_limit"),
        plain("branch_id", ID, is_optional=True),
        changes(ACCOUNT_FIELDS),
    ),
    (_ACCOUNT,),
    {"account_type": "savings", "currency": "USD", "status": "active", "overdraft_limit": 0, "customer_id": _CUSTOMER},
    _owner_and_holders,
)
HOLDER = Shape(
    "holder",
    "accounts/{0}/holders/{1}",
    (
        plain("account_id", ID),
        plain("customer_id", ID, description="The joint holder"),
        plain("status", description="`active` or `ended`"),
    ),
    (_ACCOUNT, "cus_01KAK4XYEEMZCA9R4Q7Y3SKD5P"),
    {
        "account_id": _ACCOUNT,
        "customer_id": "cus_01KAK4XYEEMZCA9R4Q7Y3SKD5P",
        "status": "active",
        "owner_id": _CUSTOMER,
    },
    _holder_and_owner,
)
CUSTOMER = Shape(
    "customer",
    "customers/{0}",
    (
        own_id("The customer"),
        plain("status"),
        plain("kyc_status"),
        plain("kyc_expires_on", DAY, is_optional=True),
        changes(CUSTOMER_FIELDS),
    ),
    (_CUSTOMER,),
    {"status": "active", "kyc_status": "pending"},
    _customer_itself,
)
INVITATION = Shape(
    "invitation",
    "customers/{0}/invitation",
    (
        plain("customer_id", ID),
        plain("invited_by", ID, description="The member of staff"),
        plain("valid_until", MOMENT),
    ),
    (_CUSTOMER,),
    {
        "customer_id": _CUSTOMER,
        "status": "requested",
        "invited_by": "usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y",
        "invited_at": "2026-11-21T08:30:00.123456Z",
        "valid_until": "2026-11-28T08:30:00.123456Z",
    },
)
STATEMENT = Shape(
    "statement",
    "accounts/{0}/statements/{1}",
    (plain("account_id", ID), plain("period", description="The month, such as `2026-10`")),
    (_ACCOUNT, "2026-10"),
    {"account_id": _ACCOUNT, "period": "2026-10", "customer_ids": [_CUSTOMER]},
    lambda told: told.state.get("customer_ids") or [],
)
INTEREST_RUN = Shape(
    "interest_run",
    "interest-runs/{0}",
    (
        plain("period", description="The month, such as `2026-10`"),
        plain("attempt", COUNT),
        plain("status"),
        plain("credited", COUNT, description="Accounts that were credited"),
        plain("nothing", COUNT, description="Accounts without interest to pay"),
        plain("closed", COUNT),
        plain("failed", COUNT),
        Field("totals", {"type": "object", "additionalProperties": TEXT}, _totals, description="Amounts by currency"),
    ),
    ("2026-10",),
    {
        "period": "2026-10",
        "attempt": 1,
        "status": "completed",
        "credited": 41,
        "nothing": 3,
        "closed": 1,
        "failed": 0,
        "totals": {"USD": 120345},
    },
)
TICKET = Shape(
    "ticket",
    "tickets/{0}",
    (
        own_id("The ticket"),
        plain("customer_id", ID),
        plain("account_id", ID, is_optional=True),
        plain("status"),
        plain("message_count", COUNT),
    ),
    ("tkt_01KAK5B7T7D3N8P1X6Q4R9S5VB",),
    {"customer_id": _CUSTOMER, "status": "open", "message_count": 1},
    _customer_in("customer_id"),
)
ANNOUNCEMENT = Shape(
    "announcement",
    "announcements/{0}",
    (
        own_id("The announcement"),
        plain("audience"),
        plain("published_from", MOMENT, description="From when on it is shown"),
        plain("published_until", MOMENT, is_optional=True),
    ),
    ("ann_01KAK5B7T7D3N8P1X6Q4R9S5VB",),
    {"audience": "everyone", "published_from": "2026-11-21T08:30:00.123456Z"},
)
RISK_ALERT = Shape(
    "risk_alert",
    "reports/risk/{0}",
    (
        own_id("The alert"),
        plain("transaction_id", ID),
        plain("account_id", ID),
        plain("customer_id", ID),
        plain("severity"),
        plain("score", COUNT),
        plain("status"),
    ),
    ("alr_01KAK5B7T7D3N8P1X6Q4R9S5VB",),
    {
        "transaction_id": "txn_3C4Q83PZB5B6SVXT405KB0RFF7",
        "account_id": _ACCOUNT,
        "customer_id": _CUSTOMER,
        "severity": "high",
        "score": 80,
        "status": "open",
    },
)
LOGIN = Shape(
    "login",
    "users/{0}/logins/{1}",
    (
        Field("user_id", ID, lambda told: told.id, description="The user"),
        Field("login_id", ID, lambda told: told.part_id, description="The attempt that was refused"),
    ),
    ("usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y", "log_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"),
    {"outcome": "locked", "user_id": "usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y", "subject_id": _CUSTOMER},
    _user_as_customer,
)
WEBHOOK_ENDPOINT = Shape(
    "webhook_endpoint",
    "webhook-endpoints/{1}",
    (
        Field("id", ID, lambda told: told.part_id, description="The endpoint"),
        plain("scope", description="`bank` or `customer`"),
        plain("status"),
        plain("disabled_reason", description="`gone`, `failing` or `right_ended`"),
    ),
    (_CUSTOMER, "whe_01KAK5B7T7D3N8P1X6Q4R9S5VB"),
    {"scope": "customer", "customer_id": _CUSTOMER, "status": "disabled", "disabled_reason": "failing"},
    lambda told: filter(None, [told.state.get("customer_id")]),
)
SHORTFALL = Shape(
    "shortfall",
    "accounts/{0}/shortfalls/{1}",
    (
        plain("account_id", ID),
        plain("date", DAY, description="The first day that is not covered"),
        amount("missing"),
        plain("currency"),
    ),
    (_ACCOUNT, "2026-12-01"),
    {
        "account_id": _ACCOUNT,
        "date": "2026-12-01",
        "missing": 12550,
        "currency": "USD",
        "customer_ids": [_CUSTOMER],
    },
    lambda told: told.state.get("customer_ids") or [],
)
DIGEST = Shape(
    "digest",
    "audit/digests/{1}",
    (
        plain("number", COUNT),
        plain("sealed_from", MOMENT),
        plain("sealed_to", MOMENT, description="Entries up to this moment are sealed"),
        plain("leaves", COUNT),
        plain("entries", COUNT, description="How many entries it seals"),
        plain("root", description="The root of the tree of all leaves"),
        Field("hash", TEXT, lambda told: told.state.get("digest_hash"), description="The next digest contains it"),
    ),
    ("DIGEST", "12"),
    {
        "number": 12,
        "sealed_from": "2026-11-21T07:29:00.000000Z",
        "sealed_to": "2026-11-21T08:29:00.000000Z",
        "leaves": 2,
        "entries": 4,
        "root": "5b0e1c7e4b8f1d6a0c3f9e2d7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a01",
        "digest_hash": "5b0e1c7e4b8f1d6a0c3f9e2d7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a02",
    },
)
