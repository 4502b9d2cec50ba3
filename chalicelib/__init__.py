"""The bank behind its functions."""

import sys
from typing import Any

_modules: dict[str, Any] = sys.modules
# botocore loads pyOpenSSL where it is installed, for the class of TLS contexts that it then finds to be Python's own.
# Passkeys alone need it, and it takes a sixth of the time in which a function starts. None makes the import fail.
_modules.setdefault("urllib3.contrib.pyopenssl", None)
