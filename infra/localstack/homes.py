"""What is proven where: the capabilities, and the table of docs/homes.md, which `make prove-localstack` writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- proven: begin, written by make prove-localstack -->", "<!-- proven: end -->"


@dataclass(frozen=True)
class Capability:
    """Something that a home can do.

    `proofs`: steps of the command, or files of tests. `absent`: why LocalStack's open core cannot do it, or what makes
    up for it there. `embedded`: how the embedded emulator is tested.
    """

    name: str
    proofs: tuple[str, ...] = ()
    absent: str = ""
    embedded: str = "each commit"


TESTS = "tests/workflow"
HERE = "tests/localstack"
DIFFERENCES = f"{HERE}/test_differences.py"
"""They are those of the open core; LocalStack's image has fewer, by the licence of its token."""
CAPABILITIES = (
    Capability("The stack is deployed, and unchanged when deployed again", ("up", "again")),
    Capability("Sign-up, log-in, log-out, lock-out", (f"{TESTS}/identity/test_sign_in.py", "demo")),
    Capability("A Lambda authorizer at the gateway", absent="never called; the API's function verifies the token"),
    Capability("Access tokens are verified", (f"{HERE}/test_tokens.py",)),
    Capability("Passwords are reset by mail (SES)", (f"{TESTS}/identity/test_password_reset.py",)),
    Capability("Ledger on DynamoDB: postings, holds, keys, lost answers", (f"{TESTS}/ledger/test_ledger.py",)),
    Capability("Deposits and withdrawals", (f"{TESTS}/payments/test_deposits_withdrawals.py",)),
    Capability("Transfers by an Express state machine, several at once", (f"{TESTS}/payments/test_concurrency.py",)),
    Capability("Holds for review: approved, rejected, expired", (f"{TESTS}/risk/test_risk.py",)),
    Capability("Payments to and from other banks, simulated", (f"{TESTS}/clearing/test_clearing_bank.py", "demo")),
    Capability("Signed webhooks", (f"{TESTS}/webhooks/test_deliveries.py",)),
    Capability("Interest by hand, once", (f"{TESTS}/interest/test_credit.py", "demo")),
    Capability("A month's interest and statements, started by a rule", (f"{TESTS}/interest/test_run.py",)),
    Capability("Streams feed the audit trail, complete and in order", (f"{TESTS}/audit/test_audit.py",)),
    Capability("Streams feed rollups", (f"{TESTS}/reports/test_rollups.py",)),
    Capability("Reports as files", (f"{TESTS}/reports/test_report_exports.py",)),
    Capability("Statements as JSON, CSV, camt.053 and PDF", (f"{TESTS}/statements/test_statements.py",)),
    Capability(
        "Personal data under a key of each person, and its erasure", (f"{TESTS}/privacy/test_personal_data.py",)
    ),
    Capability("Digests signed by KMS, under S3's Object Lock", (f"{TESTS}/verification/test_digests.py", "seal")),
    Capability("Verification of ledger, audit and digests", ("verify",)),
    Capability(
        "Rules fire by themselves",
        (f"{HERE}/test_schedules.py",),
        embedded="not waited for",
    ),
    Capability("`make status`, `make logs`", ("status", "logs")),
    Capability("Permissions of the functions (IAM)", absent="not enforced"),
    Capability("Dependencies in layers", absent="none; they are in each function's zip"),
    Capability("Gateway errors as problem documents", absent="templates of gateway responses are ignored"),
    Capability("State is kept when it stops", absent="the open core keeps none"),
    Capability("A town of customers (`make demo SIZE=20`)", absent="refused"),
)


def tests(*, is_core: bool) -> list[str]:
    """Return the files of tests that prove something on LocalStack, and the differences where it is the open core."""
    found = {proof for one in CAPABILITIES for proof in one.proofs if proof.endswith(".py")}
    return sorted(found | {DIFFERENCES} if is_core else found)


def failures(passed: Mapping[str, bool]) -> list[str]:
    """Return what failed or was not tried; `passed` has steps and files by name."""
    unproven = [one.name for one in CAPABILITIES if not all(passed.get(proof, False) for proof in one.proofs)]
    return unproven + [name for name, has_passed in passed.items() if not has_passed]


def table(day: str, embedded: str, localstack: str) -> str:
    """Return the table for a day on which everything has passed; the others name emulator and version."""
    lines = [f"| capability | {embedded}, embedded | {localstack} | AWS |", "| --- | --- | --- | --- |"]
    lines += [f"| {one.name} | {one.embedded} | {one.absent or f'proven {day}'} | untested |" for one in CAPABILITIES]
    return "\n".join(lines)


def write(page: Path, new_table: str) -> None:
    """Replace the table between the marks."""
    text = page.read_text()
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    page.write_text(f"{before}\n{new_table}\n{after}")
