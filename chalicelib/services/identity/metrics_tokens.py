"""Makes tokens of the role `metrics`, with which Prometheus reads the metrics for a year."""

from chalicelib import clock, config
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.identity.metrics_token import MetricsToken
from chalicelib.services.crypto import bank_keys
from chalicelib.services.identity import tokens


def issue(caller: Caller, issued_by: str) -> str:
    """Return a new token. Who made it is recorded first: what cannot be recorded is not made."""
    now = clock.now()
    expires_at = int((now + tokens.METRICS_TOKEN_LIFE).timestamp())
    kid = bank_keys.secret_keys().kid
    record = MetricsToken.new(config.metrics_token_number(), kid, issued_by, expires_at, caller, timestamp(now))
    transact.commit([record.put_if_absent()], caller.request_id)
    return tokens.issue_for_metrics(now)
