"""The retention key: a key of KMS under which anything may be encrypted, and which only operators may decrypt with.

Each text has a data key of its own (envelope encryption): KMS creates it, wraps it, and unwraps it for one customer and
one last day only. The plaintext data key is used once and kept nowhere.
"""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from chalicelib import aws, resources
from chalicelib.domain.crypto import ciphertext as ciphertext_format

READ_TIMEOUT_SECONDS = 2


@dataclass(frozen=True)
class Envelope:
    """`wrapped_key` is Base64; `ciphertext` has the format of personal fields."""

    wrapped_key: str
    ciphertext: str


def seal(customer_id: str, retained_until: str, text: str) -> Envelope:
    """Encrypt a text about a customer that nothing of the bank itself can decrypt. One call of KMS."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    context = _context(customer_id, retained_until)
    with aws.translate_read_errors():
        answer = _kms().generate_data_key(
            KeyId=resources.retention_key_id(), KeySpec="AES_256", EncryptionContext=context
        )
    nonce = secrets.token_bytes(ciphertext_format.NONCE_BYTES)
    encrypted = AESGCM(answer["Plaintext"]).encrypt(nonce, text.encode(), _binding(context))
    wrapped_key = base64.b64encode(answer["CiphertextBlob"]).decode()
    return Envelope(wrapped_key, ciphertext_format.pack(nonce, encrypted))


def unseal(customer_id: str, retained_until: str, envelope: Envelope) -> str:
    """Decrypt a text, as an operator with the right `kms:Decrypt`. No function of the bank has it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    context = _context(customer_id, retained_until)
    answer = _kms().decrypt(
        KeyId=resources.retention_key_id(),
        CiphertextBlob=base64.b64decode(envelope.wrapped_key),
        EncryptionContext=context,
    )
    nonce, encrypted = ciphertext_format.unpack(envelope.ciphertext)
    return AESGCM(answer["Plaintext"]).decrypt(nonce, encrypted, _binding(context)).decode()


def _context(customer_id: str, retained_until: str) -> dict[str, str]:
    return {"customer": customer_id, "retained_until": retained_until}


def _binding(context: dict[str, str]) -> bytes:
    return ciphertext_format.binding(context["customer"], (context["customer"], context["retained_until"]), "identity")


def _kms() -> Any:
    return aws.client("kms", read_timeout_seconds=READ_TIMEOUT_SECONDS)
