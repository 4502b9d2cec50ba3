"""Alerts, put as the stream's consumer puts them or listed, and rules, set as managers set them."""

from itertools import count

from chalicelib import clock
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.permissions import Caller, Role, system
from chalicelib.domain.risk.assessment import Assessment
from chalicelib.domain.risk.parameters import Severity
from chalicelib.domain.risk.profile import DAY_SECONDS, Move, Profile, fold
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.risk import profile as risk_profile
from chalicelib.models.risk.alert import RiskAlert, alert_id
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from tests.api.helpers.bank import Api, Json, User

holds = count()
RISK, THRESHOLDS = "/v1/reports/risk", "/v1/risk-thresholds"


def alerts(client: Api, user: User, query: str = "") -> list[Json]:
    found: list[Json] = client.get(f"{RISK}?{query}", token=user.token).ok()["data"]
    return found


def set_rule(client: Api, user: User, code: str, **changes: object) -> None:
    told = client.get(THRESHOLDS, token=user.token).ok()
    body = {name: told[name] for name in ("rules", "severities", "unit_weights")}
    body["rules"][code] |= changes
    client.put(THRESHOLDS, body, token=user.token).ok()


def raised(
    customer: User, account: Json, severity: Severity, number: int = 1, transaction_id: str | None = None
) -> str:
    """The id of an alert about a transaction, or one that there is not, of that number."""
    at = timestamp(clock.now())
    sides = (transaction_id or f"txn_{number}", account["id"], str(customer.customer_id))
    made = alert_id(*sides[:2], at)
    alert = RiskAlert.of(made, sides, Assessment((), 20, None), severity)
    transact.commit(alert.put_new(system("r"), at), "r")
    return made


def made_dormant(account_id: str, days: int = 200) -> None:
    """Let an account's profile say that nothing has moved for so many days."""
    second = int(clock.now().timestamp()) - days * DAY_SECONDS
    folded = fold(Profile(), [Move(account_id, "txn_1", 1, 100, "USD", second, "cash")])
    [stored] = risk_profile.read([account_id], consistent=True).values()
    assert risk_profile.store(stored, folded, timestamp(clock.now()))


def held_by_hand(user: User, payer: Json, payee: Json, amount: str = "1.00", role: Role = "customer") -> str:
    """The id of a transfer that waits for a review, whatever the rules say of it."""
    caller = Caller(user.user_id, role, "r", customer_id=user.customer_id)
    asked = derive_key(user.user_id, f"held-{next(holds)}", "POST /v1/transactions/transfer", {})
    wanted = TransferRequest(payer["id"], payee["id"], amount, None, Annotations(), caller, asked)
    assert transfer_steps.hold(wanted)["transaction"]["status"] == {"S": "pending"}
    return asked.transaction_id
