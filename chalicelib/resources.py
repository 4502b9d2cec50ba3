"""Names and addresses of the AWS resources that the functions use. The stack sets them, except where a name is derived.

Each is read when it is called, like the settings of `config.py`.
"""

from chalicelib.environment import text
from chalicelib.setting_types import queues

BUCKET, FUNCTION, KEY = "the name of a bucket", "the name of a function", "the id of a KMS key"
MACHINE, QUEUE = "the ARN of a state machine", "the address of a queue"

stage = text("FLORIN_STAGE", "lower-case letters, digits and hyphens", "local", pattern="[a-z][a-z0-9-]{0,31}")

table_suffix = text("TABLE_SUFFIX", "a hyphen with letters and digits, or empty", "", pattern="(-[a-z0-9]{1,32})?")
"""The end of the names of restored tables, which `make restore-drill` sets for its own processes."""

digest_bucket_name = text("DIGEST_BUCKET_NAME", BUCKET)
"""The bucket under Object Lock in which digests are kept."""

export_bucket_name = text("EXPORT_BUCKET_NAME", BUCKET)
statement_bucket_name = text("STATEMENT_BUCKET_NAME", BUCKET)

digest_key_id = text("DIGEST_KEY_ID", KEY)
"""The KMS key that signs digests."""

personal_key = text("PERSONAL_KEY_ID", KEY, "", pattern=".*")
retention_key = text("RETENTION_KEY_ID", KEY, "", pattern=".*")

clearing_outbox_url = text("CLEARING_OUTBOX_URL", QUEUE)
"""The queue of documents to the clearing."""

webhook_queue_url = text("WEBHOOK_QUEUE_URL", QUEUE)
"""The queue of deliveries that are due within a quarter of an hour."""

webhook_dead_letters_url = text("WEBHOOK_DEAD_LETTERS_URL", QUEUE)
"""The queue of what cannot be published."""

dead_letter_queues = queues("DEAD_LETTER_QUEUES")
"""The queues of dead letters by name, which the gauges count."""

event_bus_name = text("EVENT_BUS_NAME", "the name of a bus")
"""The EventBridge bus that gets every event."""

edge_secret_name = text("EDGE_SECRET_NAME", "the name of a parameter, or empty", "", pattern="[A-Za-z0-9/-]{0,64}")
"""The secret by which the console's distribution proves that it passes a request on; empty: there is none."""

clearing_function_name = text("CLEARING_FUNCTION_NAME", FUNCTION)
"""The function that sends an instant payment at once."""

payee_verifier = text("PAYEE_VERIFIER", "the name of a function, or empty", "", pattern="[A-Za-z0-9-_]{0,64}")
"""The function that is asked whether a name fits an IBAN at another bank; empty: no other bank can be asked."""

statement_function_name = text("STATEMENT_FUNCTION_NAME", FUNCTION)
export_state_machine_arn = text("EXPORT_STATE_MACHINE_ARN", MACHINE)
interest_state_machine_arn = text("INTEREST_STATE_MACHINE_ARN", MACHINE)
payment_file_state_machine_arn = text("PAYMENT_FILE_STATE_MACHINE_ARN", MACHINE)
settlement_state_machine_arn = text("SETTLEMENT_STATE_MACHINE_ARN", MACHINE)
statement_state_machine_arn = text("STATEMENT_STATE_MACHINE_ARN", MACHINE)
transfer_state_machine_arn = text("TRANSFER_STATE_MACHINE_ARN", MACHINE)
verification_state_machine_arn = text("VERIFICATION_STATE_MACHINE_ARN", MACHINE)


def table_name(table: str) -> str:
    """Return the stage's name of the table `bank`, `ledger`, `audit`, `keys`, `reports` or `events`."""
    return f"florin-{stage()}-{table}{table_suffix()}"


def private_keys_parameter_name() -> str:
    """Return the name of the encrypted parameter with the keys of access tokens and of look-ups."""
    return f"/florin/{stage()}/private/keys"


def jwks_parameter_name() -> str:
    return f"/florin/{stage()}/jwks"


def digest_keys_parameter_name() -> str:
    return f"/florin/{stage()}/digest-keys"


def private_webhook_keys_parameter_name() -> str:
    """Return the name of the encrypted parameter with the keys that sign webhook messages."""
    return f"/florin/{stage()}/private/webhook-keys"


def webhook_keys_parameter_name() -> str:
    return f"/florin/{stage()}/webhook-keys"


def mailer_name() -> str:
    """Return the name of the function that sends mails."""
    return f"florin-{stage()}-mailer"


def personal_key_id() -> str:
    """Return the KMS key that wraps the data keys of personal fields; the deploy tool knows it by its alias."""
    return personal_key() or f"alias/florin-{stage()}-personal"


def retention_key_id() -> str:
    """Return the KMS key under which identities of erased customers are kept; operators know it by its alias."""
    return retention_key() or f"alias/florin-{stage()}-retention"
