"""Passkeys: what an authenticator has signed is checked by the library of Duo Labs (WebAuthn Level 3).

The library takes a third of a second to load, so only a request with a passkey loads it.
"""

from dataclasses import dataclass
from typing import Any

from chalicelib import config
from chalicelib.domain.errors import MfaIncorrect
from chalicelib.domain.identity import passkey
from chalicelib.domain.identity.passkey import Json
from chalicelib.models.identity.factor import Factor
from chalicelib.observability import logger

CREDENTIAL_ID_BYTES_MAX = 1023
"""Of WebAuthn Level 3, 7.1. Each challenge of the user lists the ids of all passkeys."""
REFUSED = "The passkey's answer was not accepted. Begin again, on a page of the bank, with a new challenge."


@dataclass(frozen=True)
class Credential:
    """A new passkey, its id and public key in base64url."""

    credential_id: str
    public_key: str
    sign_count: int


def is_offered() -> bool:
    """Return whether the bank has a domain for which passkeys are made."""
    return bool(config.passkey_domain())


def creation_options(user_id: str, user_name: str, nonce: bytes, known: list[Factor]) -> Json:
    """Return what a browser needs to make a passkey for the user."""
    known_ids = [str(one.credential_id) for one in known]
    return passkey.creation_options(config.passkey_domain(), config.bank_name(), user_id, user_name, nonce, known_ids)


def request_options(nonce: bytes, known: list[Factor]) -> Json:
    """Return what a browser needs to use one of the user's passkeys."""
    return passkey.request_options(config.passkey_domain(), nonce, [str(one.credential_id) for one in known])


def verify_registration(answer: Json, nonce: bytes) -> Credential:
    """Check what `navigator.credentials.create()` returned, and return the new passkey. Raises MfaIncorrect."""
    import webauthn

    found = _call(
        webauthn.verify_registration_response,
        credential=answer,
        expected_challenge=nonce,
        expected_rp_id=config.passkey_domain(),
        expected_origin=_origins_for(answer),
    )
    if len(found.credential_id) > CREDENTIAL_ID_BYTES_MAX:
        raise MfaIncorrect(REFUSED)
    return Credential(
        passkey.base64url(found.credential_id), passkey.base64url(found.credential_public_key), found.sign_count
    )


def sign_count_of(factor: Factor, answer: Json, nonce: bytes) -> int:
    """Check what `navigator.credentials.get()` returned, and return the new count of signatures.

    Raises MfaIncorrect, also when the count has not grown: then somebody may have copied the passkey.
    """
    import webauthn

    found = _call(
        webauthn.verify_authentication_response,
        credential=answer,
        expected_challenge=nonce,
        expected_rp_id=config.passkey_domain(),
        expected_origin=_origins_for(answer),
        credential_public_key=passkey.from_base64url(str(factor.public_key)),
        credential_current_sign_count=int(factor.sign_count or 0),
    )
    return int(found.new_sign_count)


def _origins_for(answer: Json) -> list[str]:
    """Return the origins from which the answer may come."""
    return sorted(passkey.with_local_port(config.passkey_origins(), passkey.origin_of(answer)))


def _call(check: Any, **given: Any) -> Any:
    """Call a check of the library. Whatever it raises for the client's bytes is a refusal."""
    try:
        return check(**given)
    except Exception as error:  # noqa: BLE001 — hostile bytes raise what they like: KeyError, TypeError, its own …
        logger.info("passkey refused", reason=type(error).__name__)
        raise MfaIncorrect(REFUSED) from None
