"""The official schemas in the repository are those that its README names."""

import hashlib
import re

from tests.unit.clearing.messages import SCHEMAS


def test_every_schema_is_listed_with_its_digest() -> None:
    listed = dict(
        re.findall(r"^\| `([^`]+\.xsd)` .*`([0-9a-f]{64})` \|$", (SCHEMAS / "README.md").read_text(), re.MULTILINE)
    )
    assert listed == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SCHEMAS.glob("*.xsd")}
