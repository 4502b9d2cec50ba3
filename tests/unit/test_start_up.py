"""What every request would pay for is not imported by those that do not need it."""

import subprocess
import sys
from collections import Counter

import pytest
from botocore.loaders import JSONFileLoader

from chalicelib import aws
from chalicelib.models import connection

DEAR = (
    "argon2",
    "boto3",
    "cbor2",
    "cryptography",
    "idna",
    "jwt",
    "prometheus_client",
    "pyotp",
    "requests",
    "webauthn",
    "yaml",
)


def test_the_application_imports_nothing_that_only_sign_in_needs() -> None:
    code = f"import sys, app; print([name for name in {DEAR} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_descriptions_of_aws_are_read_once_for_all_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    read: Counter[str] = Counter()
    load_file = JSONFileLoader.load_file

    def count(self: JSONFileLoader, file_path: str) -> object:
        found = load_file(self, file_path)
        read[file_path] += bool(found)
        return found

    monkeypatch.setattr(JSONFileLoader, "load_file", count)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    aws.make_loader.cache_clear()
    for service in ("sqs", "ssm", "kms"):
        aws.client.__wrapped__(service)
    connection.forget()
    connection.client()
    connection.forget()
    assert set(read.values()) <= {0, 1}
    assert sum(times for path, times in read.items() if path.endswith(("endpoints", "partitions"))) == 2
