"""What every request would pay for is not imported by those that do not need it."""

import subprocess
import sys

DEAR = ("argon2", "boto3", "cryptography", "idna", "jwt", "requests", "yaml")


def test_the_application_imports_nothing_that_only_sign_in_needs() -> None:
    code = f"import sys, app; print([name for name in {DEAR} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
