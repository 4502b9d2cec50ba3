"""The table of alarms. The template, the runbook's chapters and the tests follow from it.

An alarm costs $0.10 a month. At most ten wake someone; where `ALARMS` is `wake`, only those are made.
"""

from infra.alarms.alarm import Alarm, of_api, of_florin, of_function, of_queue, of_state_machine

WAKING_MAX = 10
MINUTE, HOUR = 60, 3600

WAKING = (
    Alarm(
        "api-5xx",
        of_api("5XXError", "Sum"),
        5,
        "More than five requests within five minutes got a 5xx: functions fail, time out or cannot be reached.",
        "platform",
        "wake",
    ),
    Alarm(
        "api-slow",
        of_api("Latency", "p99"),
        5000,
        "For a quarter of an hour one request of a hundred has taken more than 5 s.",
        "platform",
        "wake",
        periods=3,
    ),
    Alarm(
        "authorizer-fails",
        of_florin("AuthorizerErrors"),
        3,
        "The authorizer cannot check tokens, so requests get 503. Wrong tokens are not counted.",
        "identity",
        "wake",
    ),
    Alarm(
        "transfers-fail",
        of_state_machine("TransferStateMachine", "ExecutionsFailed"),
        2,
        "The workflow of transfers ends in failures: clients get 503, and their transfers may have been posted or not.",
        "payments",
        "wake",
    ),
    Alarm(
        "api-throttled",
        of_function("APIHandler", "Throttles"),
        10,
        "Lambda refuses to start the API's function, because the account or the function has used its concurrency.",
        "platform",
        "wake",
    ),
    Alarm(
        "writes-given-up",
        of_florin("WritesGivenUp", outcome="unknown"),
        2,
        "DynamoDB has not answered writes until their deadline. Clients got 503 outcome_unknown and must repeat.",
        "ledger",
        "wake",
    ),
    Alarm(
        "risk-unknown",
        of_florin("RiskUnknown"),
        5,
        "Payments cannot be screened. With RISK_UNKNOWN=refuse they are refused, otherwise they pass unscreened.",
        "risk",
        "wake",
    ),
    Alarm(
        "audit-trail-late",
        of_function("AuditTrail", "IteratorAge", "Maximum", "Milliseconds"),
        900_000,
        "The audit trail is more than 15 minutes behind the bank. The stream forgets after 24 hours.",
        "ledger",
        "wake",
        MINUTE,
        periods=5,
        datapoints=3,
    ),
    Alarm(
        "digest-late",
        of_florin("SealRuns"),
        1,
        "The sealer has not succeeded for two hours, so the last signed digest is older than that.",
        "ledger",
        "wake",
        HOUR,
        periods=2,
        comparison="LessThanThreshold",
        is_missing_bad=True,
    ),
)
"""Nine; the tenth is the fast burn of the service levels."""

TICKETS = (
    Alarm(
        "internal-errors",
        of_florin("InternalErrors"),
        0,
        "A request has met a bug and got 500. The log line `internal error` has the traceback.",
        "platform",
    ),
    Alarm(
        "contention",
        of_florin("WritesGivenUp", outcome="contention"),
        20,
        "Many requests for the same items have got 503 contention. Nothing was done.",
        "ledger",
    ),
    Alarm(
        "clock-skew",
        of_florin("ClockSkew", stage={"Ref": "Stage"}),
        0,
        "A request was refused with 503 clock_skew: the clock of one function is seconds away from DynamoDB's.",
        "ledger",
    ),
    Alarm(
        "audit-trail-set-aside",
        of_florin("StreamRecordsSetAside", consumer="audit_trail"),
        0,
        "A record of the stream cannot be written to the audit trail. It and its item's later records are set aside.",
        "ledger",
        period_seconds=MINUTE,
    ),
    Alarm(
        "event-rows-set-aside",
        of_florin("StreamRecordsSetAside", consumer="event_rows"),
        0,
        "An event cannot be made or written and is set aside. The audit goes on, and the event keeps its number.",
        "events",
        period_seconds=MINUTE,
    ),
    Alarm(
        "events-set-aside",
        of_florin("StreamRecordsSetAside", consumer="events"),
        0,
        "A record of the stream is set aside: totals, labels, exports, verifications, alerts, reads or mails lack it.",
        "events",
        period_seconds=MINUTE,
    ),
    Alarm(
        "events-late",
        of_function("Events", "IteratorAge", "Maximum", "Milliseconds"),
        900_000,
        "Reports and risk profiles are more than 15 minutes behind the bank. The stream forgets after 24 hours.",
        "events",
        period_seconds=MINUTE,
        periods=5,
        datapoints=3,
    ),
    Alarm(
        "webhooks-late",
        of_function("PublishEvents", "IteratorAge", "Maximum", "Milliseconds"),
        900_000,
        "Events wait for more than 15 minutes before they become deliveries. The stream forgets after 24 hours.",
        "events",
        period_seconds=MINUTE,
        periods=5,
        datapoints=3,
    ),
    Alarm(
        "webhooks-dead",
        of_queue("WebhookDeadLetters"),
        0,
        "A delivery could not be attempted five times, or an event could not be published.",
        "events",
        period_seconds=MINUTE,
        resource="WebhookDeadLettersAlarm",
    ),
    Alarm(
        "sweep-webhooks-fails",
        of_function("SweepWebhooks", "Errors"),
        1,
        "Retries of deliveries later than 15 minutes are not queued: the sweep, due every minute, fails or is not run.",
        "events",
        periods=2,
        is_missing_bad=True,
    ),
    Alarm(
        "clearing-dead",
        of_queue("ClearingDeadLetters"),
        0,
        "A message from or to the clearing could not be handled five times. Its payment's money stays held.",
        "payments",
        period_seconds=MINUTE,
        resource="ClearingDeadLettersAlarm",
    ),
    Alarm(
        "clearing-contradiction",
        of_florin("ClearingContradictions"),
        0,
        "A message from the clearing contradicts what was done with a payment, or a stored payment the ledger.",
        "payments",
        period_seconds=MINUTE,
    ),
    Alarm(
        "clearing-unanswered",
        of_florin("ClearingUnanswered"),
        0,
        "Payments that were sent to the clearing have no answer in time. Their money stays held.",
        "payments",
        period_seconds=MINUTE,
    ),
    Alarm(
        "clearing-differs",
        of_florin("ClearingDifferences"),
        0,
        "A day of the clearing's statement differs from what the bank has booked. Nothing was changed.",
        "payments",
        period_seconds=MINUTE,
    ),
    Alarm(
        "sweep-clearing-fails",
        of_function("SweepClearing", "Errors"),
        1,
        "Cycles are not opened, or answers not asked for. The sweep tries again every minute.",
        "payments",
        periods=2,
    ),
    Alarm(
        "expire-holds-fails",
        of_function("ExpireHolds", "Errors"),
        0,
        "Money is held for longer than it may be. The function tries again every hour.",
        "payments",
        period_seconds=HOUR,
    ),
    Alarm(
        "expire-holds-sleeps",
        of_function("ExpireHolds", "Invocations"),
        1,
        "The schedule has not looked for overdue holds for three hours.",
        "payments",
        period_seconds=HOUR,
        periods=3,
        comparison="LessThanThreshold",
        is_missing_bad=True,
    ),
    Alarm(
        "gauges-fail",
        of_function("Gauges", "Errors"),
        3,
        "The gauges, due every five minutes, fail or are not taken: metrics, readiness and the next alarm see nothing.",
        "platform",
        period_seconds=15 * MINUTE,
        periods=2,
        is_missing_bad=True,
    ),
    Alarm(
        "work-stands-still",
        of_florin("ChecksFailed"),
        0,
        "For half an hour the gauges show work that nothing does: a consumer, retries, a cut-off or digests are late.",
        "platform",
        period_seconds=15 * MINUTE,
        periods=2,
    ),
    Alarm(
        "mails-given-up",
        of_function("Mailer", "AsyncEventsDropped"),
        0,
        "A mail could not be sent in three attempts. The person who waits for a code asks again.",
        "identity",
    ),
)


def _of_run(run: str, state_machine: str, what: str, failed: str, failed_name: str) -> tuple[Alarm, Alarm]:
    """Return the alarms of a scheduled run.

    One watches successes, so it rings however executions end early, and also when the schedule starts none.
    """
    return (
        Alarm(
            f"{run}-stuck",
            of_state_machine(state_machine, "ExecutionsSucceeded"),
            1,
            f"No execution of the run of {what} has succeeded for three hours. Nothing is lost or done twice.",
            "products",
            period_seconds=HOUR,
            periods=3,
            comparison="LessThanThreshold",
            is_missing_bad=True,
        ),
        Alarm(
            failed_name,
            of_florin(failed),
            0,
            f"The run of {what} could not do everything. What was done is not done again.",
            "products",
            period_seconds=HOUR,
        ),
    )


RUNS = (
    *_of_run(
        "monthly-interest", "MonthlyInterestStateMachine", "interest", "InterestAccountsFailed",
        "interest-accounts-failed",
    ),
    *_of_run(
        "monthly-statements", "MonthlyStatementsStateMachine", "statements", "StatementsFailed", "statements-failed"
    ),
    *_of_run(
        "standing-orders", "StandingOrdersStateMachine", "standing orders", "StandingOrdersFailed",
        "standing-orders-failed",
    ),
)  # fmt: skip

ALARMS = (*WAKING, *TICKETS, *RUNS)
