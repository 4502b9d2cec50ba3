"""Risk on the deployed bank: a burst is told within seconds, and what must be stopped is stopped before posting."""

from dataclasses import replace
from functools import partial

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.models import risk_profile
from tests.stack import Stack, eventually
from tests.workflow.bank import Client, Json, Reply, at_once, new_key, register, until_known

PAYMENTS = 9
QUIET_DAYS = 200


@pytest.fixture
def payee(stack: Stack) -> Json:
    return register(stack.url).open_account()


def alerts(auditor: Client, account: Json) -> list[Json]:
    return list(auditor.get(f"/v1/reports/risk?account_id={account['id']}").body["data"])


def test_a_burst_of_transfers_raises_an_alert_within_seconds(auditor: Client, customer: Client, payee: Json) -> None:
    account = customer.open_account(initial_deposit="9000.00")

    def pay(key: str) -> Reply:
        return until_known(lambda: customer.transfer(account["id"], payee["id"], "600.00", key=key))

    paid = at_once([partial(pay, new_key()) for _ in range(PAYMENTS)], 2)
    assert {reply.status for reply in paid} == {201}, paid
    told = eventually(lambda: alerts(auditor, account))
    assert {reason["code"] for alert in told for reason in alert["reasons"]} >= {"velocity_count"}
    assert {alert["transaction_id"] for alert in told} <= {reply.body["id"] for reply in paid}


@pytest.mark.usefixtures("at_the_tables")
def test_a_transfer_is_declined_before_it_is_posted(auditor: Client, customer: Client, payee: Json) -> None:
    account = customer.open_account(initial_deposit="1000.00")
    standing = eventually(lambda: followed(account))
    assert standing
    days = {day - QUIET_DAYS: figures for day, figures in standing.folded.days.items()}
    assert risk_profile.store(standing, replace(standing.folded, days=days, recent=()), timestamp(clock.now()))
    refused = customer.transfer(account["id"], payee["id"], "700.00")
    assert (refused.status, refused.code) == (422, "risk_declined")
    assert customer.balance(account["id"]) == "1000.00"
    [alert] = eventually(lambda: alerts(auditor, account))
    assert (alert["declined"], alert["severity"]) == (True, "high")
    assert alert["transaction_id"] == refused.body["transaction_id"]


def followed(account: Json) -> risk_profile.Standing | None:
    """The account's profile, as soon as there is one."""
    [standing] = risk_profile.read([account["id"]], consistent=True).values()
    return standing if standing.version else None
