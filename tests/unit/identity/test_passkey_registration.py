"""What a browser sends of a new passkey, as the bank checks it."""

import pytest

from chalicelib.domain.errors import MfaIncorrect
from chalicelib.domain.identity.passkey import base64url
from chalicelib.services.identity import passkeys
from chalicelib.services.identity.passkeys import CREDENTIAL_ID_BYTES_MAX
from tests.authenticator import Authenticator

NONCE = b"n" * 32


def test_passkey_with_an_id_longer_than_the_standard_allows_is_refused() -> None:
    """A challenge lists the ids of ten passkeys: with 48 KB each, it would have half a megabyte."""
    longest = Authenticator(CREDENTIAL_ID_BYTES_MAX)
    answer = longest.create({"challenge": base64url(NONCE)})
    assert passkeys.verify_registration(answer, NONCE).credential_id == longest.credential_id
    longer = Authenticator(CREDENTIAL_ID_BYTES_MAX + 1).create({"challenge": base64url(NONCE)})
    with pytest.raises(MfaIncorrect):
        passkeys.verify_registration(longer, NONCE)
