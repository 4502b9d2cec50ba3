"""A software authenticator: it makes a passkey and signs with it, and answers in JSON as a browser does.

Wrong ones are made by its arguments: another origin, domain, kind of ceremony, or count of signatures.
"""

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.domain.identity.passkey import base64url

Json = dict[str, Any]
ORIGIN = "http://localhost"
DOMAIN = "localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One passkey, on the curve P-256."""

    def __init__(self, id_bytes: int = 32) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(id_bytes)
        self.sign_count = 0

    @property
    def credential_id(self) -> str:
        return base64url(self._id)

    def create(self, options: Json, *, origin: str = ORIGIN, domain: str = DOMAIN, kind: str = "create") -> Json:
        """Return what `navigator.credentials.create()` gives for the options of an enrolment."""
        client_data = _client_data(f"webauthn.{kind}", options["challenge"], origin)
        attested = bytes(16) + len(self._id).to_bytes(2, "big") + self._id + self._public_key()
        authenticator_data = self._data(domain, PRESENT | VERIFIED | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
        return self._answer({"clientDataJSON": base64url(client_data), "attestationObject": base64url(attestation)})

    def get(self, options: Json, *, origin: str = ORIGIN, domain: str = DOMAIN, count_by: int = 1) -> Json:
        """Return what `navigator.credentials.get()` gives for the options of a challenge."""
        self.sign_count += count_by
        client_data = _client_data("webauthn.get", options["challenge"], origin)
        data = self._data(domain, PRESENT | VERIFIED)
        signature = self._key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": base64url(client_data),
                "authenticatorData": base64url(data),
                "signature": base64url(signature),
            }
        )

    def _answer(self, response: Json) -> Json:
        return {
            "id": self.credential_id,
            "rawId": self.credential_id,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }

    def _data(self, domain: str, flags: int) -> bytes:
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        """Return the public key as COSE has it: kty EC2, alg ES256, crv P-256, x and y."""
        numbers = self._key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()
