"""The key that signs digests, which never leaves KMS, and the public keys that check a signature."""

import base64
from typing import Any

from chalicelib import aws, resources
from chalicelib.domain.verification.digest import SignedDigest
from chalicelib.services.crypto import bank_keys

ALGORITHM = "ECDSA_SHA_256"


def sign(text: str) -> SignedDigest:
    answer = aws.client("kms").sign(
        KeyId=resources.digest_key_id(), Message=text.encode(), MessageType="RAW", SigningAlgorithm=ALGORITHM
    )
    signature = base64.b64encode(answer["Signature"]).decode()
    return SignedDigest(text, signature, answer["KeyId"].rpartition("/")[2])


def published() -> list[dict[str, str]]:
    """Return the public keys by `key_id`, in PEM, including those of earlier digests."""
    found: list[dict[str, str]] = bank_keys.published(resources.digest_keys_parameter_name())["keys"]
    return found


def is_signed(signed: SignedDigest, public_keys: list[dict[str, str]]) -> bool:
    """Return whether one of the published keys has signed this text."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    pem = next((key["public_key"] for key in public_keys if key["key_id"] == signed.key_id), None)
    if pem is None:
        return False
    public_key: Any = load_pem_public_key(pem.encode())
    try:
        public_key.verify(base64.b64decode(signed.signature), signed.text.encode(), ECDSA(SHA256()))
    except (InvalidSignature, ValueError, TypeError, AttributeError):
        return False
    return True
