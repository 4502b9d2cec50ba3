"""Risk: what is told of what was posted, what is stopped before, and how staff go about it."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.risk import profile as risk_profile
from chalicelib.services.events import event_consumer
from chalicelib.services.risk import monitoring
from tests.api.helpers.accounts import balance, deposit, history, new_key, opened, transfer, withdraw
from tests.api.helpers.bank import Api, AtTime, Json, User, counted_calls, items
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.risk import RISK, THRESHOLDS, alerts, raised, set_rule
from tests.api.helpers.stream import Stream


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def account(client: Api, customer: User, stream: Stream) -> Json:
    return opened(client, customer, "50000.00")


@pytest.fixture
def payee(client: Api, other_customer: User) -> Json:
    return opened(client, other_customer)


def codes(alert: Json) -> list[str]:
    return [reason["code"] for reason in alert["reasons"]]


def test_a_structured_deposit_is_told(
    client: Api, customer: User, manager: User, account: Json, stream: Stream
) -> None:
    deposit(client, customer, account, "9400.00").ok(201)
    made = deposit(client, customer, account, "9500.00").ok(201)
    stream.let_follow()
    [alert] = alerts(client, manager)
    assert alert == client.get(f"{RISK}/{alert['id']}", token=manager.token).ok()
    assert alert.items() >= {
        "account_id": account["id"], "customer_id": customer.customer_id, "transaction_id": made["id"],
        "severity": "high", "score": 60, "declined": False, "held_for_review": False, "status": "open",
        "note": None, "settled_at": None,
    }.items()  # fmt: skip
    assert alert["reasons"] == [
        {
            "code": "structuring",
            "points": 60,
            "figures": {"count": 2, "sum": "18900.00", "reported_from": "10000.00", "hours": 96},
        }
    ]


def test_told_again_in_other_batches_and_after_crashes_it_is_the_same(
    client: Api, customer: User, manager: User, account: Json, payee: Json, stream: Stream, monkeypatch: Any
) -> None:
    for number in range(10):
        transfer(client, customer, account, payee, f"{600 + number}.00").ok(201)
    records = stream.read()
    with monkeypatch.context() as patch:  # the profiles are not put: a crash after the alerts
        patch.setattr(risk_profile, "store", _crash)
        with pytest.raises(RuntimeError):
            monitoring.watch(event_consumer.parse_records(records).posted)
    event_consumer.consume(records)
    told, profiles = alerts(client, manager), kept(account, payee)
    assert [codes(alert) for alert in told] == [["velocity_count", "velocity_sum"]] * 3 + [["velocity_sum"]] * 3
    assert all(profile.folded.seen_to == number for profile, number in zip(profiles, (11, 10), strict=True))
    for start in range(0, len(records), 7):
        event_consumer.consume(records[start : start + 7])
    assert (alerts(client, manager), kept(account, payee)) == (told, profiles)


def _crash(*_: object) -> bool:
    raise RuntimeError("the process is gone")


def kept(*accounts: Json) -> list[risk_profile.StoredProfile]:
    return list(risk_profile.read([account["id"] for account in accounts], consistent=True).values())


def test_a_profile_that_somebody_else_has_moved_on_is_read_again(
    client: Api, customer: User, account: Json, payee: Json, stream: Stream, monkeypatch: Any
) -> None:
    """Two shards of the stream may tell of one account at the same moment."""
    stream.let_follow()
    first, second = (transfer(client, customer, account, payee, "1.00").ok(201)["id"] for _ in range(2))
    posted = {one.id: one for one in event_consumer.parse_records(stream.read()).posted}
    store = risk_profile.store
    interrupted: list[bool] = []

    def interrupt(*given: Any) -> bool:
        if not interrupted:
            interrupted.append(True)
            monitoring.watch([posted[second]])
        return store(*given)

    monkeypatch.setattr(risk_profile, "store", interrupt)
    monitoring.watch([posted[first]])
    assert interrupted
    monitoring.watch(posted.values())
    [existing] = kept(account)
    assert (existing.folded.seen_to, existing.folded.seen_ahead) == (3, ())
    assert sum(day.out_count for day in existing.folded.days.values()) == 2


@pytest.fixture
def dormant(client: Api, manager: User, account: Json, stream: Stream, at_time: AtTime) -> Json:
    """An account that nobody has touched for half a year, at a bank that declines its payments; the clock stands
    there."""
    set_rule(client, manager, "dormant_waking", action="decline")
    stream.let_follow()
    at_time(timedelta(days=180))
    return account


def test_a_dormant_account_s_payment_is_declined_for_staff_too(
    client: Api, log_in: Any, customer: User, teller: User, payee: Json, dormant: Json, stream: Stream
) -> None:
    """Declined under the key for good, with nothing posted; told; and a teller cannot pay past the rule."""
    customer, teller = log_in(customer.email), log_in(teller.email)
    key = new_key()
    refused = transfer(client, customer, dormant, payee, "900.00", key=key).refused(422, "risk_declined")
    assert "contact the bank" in refused.json["detail"]
    again = transfer(client, customer, dormant, payee, "900.00", key=key).refused(422, "risk_declined")
    assert again.json["transaction_id"] == refused.json["transaction_id"]
    assert balance(dormant) == 5_000_000
    assert len(history(client, customer, dormant)["data"]) == 1
    transfer(client, customer, dormant, payee, "499.99").ok(201)
    declined = stream.let_follow()
    [alert] = alerts(client, teller)
    assert alert.items() >= {
        "transaction_id": refused.json["transaction_id"], "account_id": dormant["id"], "declined": True,
        "severity": "high", "score": 60,
    }.items()  # fmt: skip
    assert alert["reasons"][0]["figures"] == {"quiet_days": 180, "amount": "900.00"}
    transfer(client, teller, dormant, payee, "900.00").refused(422, "risk_declined")
    stream.let_follow()
    told = alerts(client, teller)
    assert [one["declined"] for one in told] == [True, True]
    event_consumer.consume(declined)
    assert alerts(client, teller) == told


def test_a_dormant_account_s_cash_is_declined_at_the_counter(
    client: Api, log_in: Any, customer: User, teller: User, dormant: Json, stream: Stream
) -> None:
    for user in (log_in(customer.email), log_in(teller.email)):
        withdraw(client, user, dormant, "900.00").refused(422, "risk_declined")
        withdraw(client, user, dormant, "10.00").ok(201)
    assert balance(dormant) == 4_998_000
    stream.let_follow()
    assert [one["declined"] for one in alerts(client, log_in(teller.email))] == [True, True]


def test_without_profiles_payments_pass_or_wait_as_the_setting_says(
    client: Api, customer: User, account: Json, payee: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object, **__: object) -> None:
        raise RuntimeError("no such table")

    key = new_key()
    with monkeypatch.context() as patch:
        patch.setattr(risk_profile, "pick_from", silent)
        transfer(client, customer, account, payee, "1.00").ok(201)
        patch.setenv("RISK_UNKNOWN", "refuse")
        transfer(client, customer, account, payee, "1.00", key=key).refused(503, "unavailable")
    transfer(client, customer, account, payee, "1.00", key=key).ok(201)


def test_screening_costs_no_call_of_its_own(
    client: Api, customer: User, manager: User, account: Json, payee: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")

    def reads() -> int:
        transfer(client, customer, account, payee, "1.00").ok(201)
        with counted_calls() as calls:
            transfer(client, customer, account, payee, "1.00").ok(201)
        return calls["BatchGetItem"]

    assert reads() == 1
    set_rule(client, manager, "dormant_waking", action="alert")
    assert reads() == 1


def test_reviewed_rules_alert_at_once_whatever_the_score(
    client: Api, teller: User, manager: User, account: Json, payee: Json, stream: Stream
) -> None:
    """Also where nothing was stopped: deposits are judged afterwards."""
    set_rule(client, manager, "structuring", action="review", points=1)
    for amount in ("9400.00", "9500.00"):
        deposit(client, teller, account, amount).ok(201)
    stream.let_follow()
    [alert] = alerts(client, manager)
    assert (alert["severity"], alert["score"], codes(alert)) == ("high", 1, ["structuring"])
    assert (alert["declined"], alert["held_for_review"]) == (False, False)


def test_payee_that_was_paid_a_little_first_is_new_for_days(
    client: Api, log_in: Any, customer: User, manager: User, account: Json, payee: Json, stream: Stream, at_time: AtTime
) -> None:
    """Neither does money from the payee make it known, nor a payment that was cancelled."""
    set_rule(client, manager, "new_counterparty", action="review")
    held = transfer(client, customer, account, payee, "2500.00").ok(202)
    client.post(f"/v1/transactions/{held['id']}/cancel", token=customer.token).ok()
    transfer(client, customer, account, payee, "1.00").ok(201)
    transfer(client, manager, payee, account, "1.00").ok(201)
    stream.let_follow()
    transfer(client, customer, account, payee, "2500.00").ok(202)
    at_time(timedelta(days=3))
    transfer(client, log_in(customer.email), account, payee, "2500.00").ok(201)


def test_alerts_are_listed_by_each_filter_newest_first(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, account: Json, payee: Json
) -> None:
    second = opened(client, customer)
    low, high, there, other = (
        raised(customer, account, "low", 1),
        raised(customer, account, "high", 2),
        raised(customer, second, "high", 3),
        raised(other_customer, payee, "high", 4),
    )
    client.post(f"{RISK}/{high}/settle", {"outcome": "dismissed", "note": "n"}, token=teller.token).ok()
    for query, wanted in {
        "": [other, there, high, low],
        "severity=high": [other, there, high],
        "severity=medium": [],
        "status=open": [other, there, low],
        "status=dismissed": [high],
        "status=open&severity=low": [low],
        f"customer_id={customer.customer_id}": [there, high, low],
        f"account_id={account['id']}": [high, low],
        f"account_id={account['id']}&customer_id={customer.customer_id}&severity=high": [high],
        "customer_id=cus_unknown": [],
    }.items():
        assert [alert["id"] for alert in alerts(client, auditor, query)] == wanted, query
    first = client.get(f"{RISK}?limit=3", token=teller.token).ok()
    rest = client.get(f"{RISK}?limit=3&cursor={first['next_cursor']}", token=teller.token).ok()
    assert [one["id"] for one in (*first["data"], *rest["data"])] == [other, there, high, low]
    client.get(f"{RISK}?account_id=acc_x", token=teller.token).refused(404, "not_found")
    client.get(f"{RISK}?account_id={payee['id']}&customer_id={customer.customer_id}", token=teller.token).refused(
        404, "not_found"
    )


def test_an_alert_is_settled_once_by_staff(
    client: Api, customer: User, teller: User, manager: User, auditor: User, account: Json
) -> None:
    alert = raised(customer, account, "low")
    path, body = f"{RISK}/{alert}/settle", {"outcome": "confirmed", "note": "Called Ada.\nIt was not her."}
    client.post(path, body, token=auditor.token).refused(403, "forbidden")
    settled = client.post(path, body, token=teller.token, key="k").ok()
    assert settled.items() >= {"status": "confirmed", "note": body["note"], "settled_by": teller.user_id}.items()
    assert client.get(f"{RISK}/{alert}", token=auditor.token).ok() == settled
    again = client.post(path, body, token=teller.token, key="k")
    assert (again.ok(), again.headers["Idempotent-Replayed"]) == (settled, "true")
    client.post(path, body | {"outcome": "dismissed"}, token=manager.token).refused(409, "conflict")
    [item] = items(type="risk_alert")
    assert item["version"] == 2


def test_customers_see_nothing_of_it(client: Api, customer: User, account: Json) -> None:
    alert = raised(customer, account, "low")
    for path in (RISK, f"{RISK}/{alert}", THRESHOLDS, f"{THRESHOLDS}/history"):
        client.get(path, token=customer.token).refused(403, "forbidden")


def test_what_staff_write_of_an_alert_stays_out_of_the_audit(
    client: Api, customer: User, teller: User, admin: User, account: Json, stream: Stream
) -> None:
    alert = raised(customer, account, "high")
    client.post(f"{RISK}/{alert}/settle", {"outcome": "confirmed", "note": "Ada knew"}, token=teller.token).ok()
    stream.deliver()
    told = client.get(f"/v1/audit?entity={alert}", token=admin.token).ok()["data"]
    settled, made = (record for record in told if record["sk"].startswith("ALERT#"))
    assert (made["after"]["severity"], settled["after"]["status"]) == ("high", "confirmed")
    assert "note" in settled["changed"]
    assert "Ada knew" not in str(settled)


def test_thresholds_hold_at_once_and_are_kept(
    client: Api, teller: User, manager: User, admin: User, auditor: User
) -> None:
    standard = client.get(THRESHOLDS, token=auditor.token)
    assert (standard.ok()["number"], standard.json["set_by"], standard.headers["ETag"]) == (0, None, '"0"')
    body = {name: standard.json[name] for name in ("rules", "severities", "unit_weights")}
    body["rules"]["structuring"]["reported_units"] = 15_000
    client.put(THRESHOLDS, body, token=teller.token).refused(403, "forbidden")
    first = client.put(THRESHOLDS, body, token=manager.token, headers={"If-Match": '"0"'}).ok()
    assert (first["number"], first["set_by"]) == (1, manager.user_id)
    client.put(THRESHOLDS, body, token=admin.token, headers={"If-Match": '"0"'}).refused(409, "conflict")
    body["severities"]["high"] = 90
    second = client.put(THRESHOLDS, body, token=admin.token, headers={"If-Match": '"1"'}).ok()
    assert client.get(THRESHOLDS, token=teller.token).ok() == second
    assert client.get(f"{THRESHOLDS}/history", token=auditor.token).ok()["data"] == [second, first]


def test_slips_in_thresholds_are_refused(client: Api, manager: User) -> None:
    told = client.get(THRESHOLDS, token=manager.token).ok()
    body = {name: told[name] for name in ("rules", "severities", "unit_weights")}

    def wrong(**changes: object) -> list[str]:
        return (
            client.put(THRESHOLDS, body | changes, token=manager.token).refused(422, "validation_failed").wrong_fields
        )

    assert wrong(severities={"low": 50, "medium": 40, "high": 60}) == ["severities"]
    assert wrong(unit_weights={"XXX": 2}) == ["unit_weights.XXX"]
    rules = body["rules"] | {"structuring": body["rules"]["structuring"] | {"reported_units": 99}}
    assert wrong(rules=rules) == ["rules.structuring.reported_units"]
    assert wrong(rules=body["rules"] | {"structuring": {}})[0].startswith("rules.structuring.")
