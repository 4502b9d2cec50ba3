"""The format of an encrypted personal field: text that begins with the version of its format.

`v1.` is followed by the URL-safe base64 of a nonce of 12 bytes, the AES-256-GCM ciphertext and its tag of 16 bytes.
"""

import base64
import json

VERSION = "v1"
NONCE_BYTES = 12


def is_sealed(text: str) -> bool:
    return text.startswith(f"{VERSION}.")


def pack(nonce: bytes, ciphertext: bytes) -> str:
    return f"{VERSION}.{base64.urlsafe_b64encode(nonce + ciphertext).decode().rstrip('=')}"


def unpack(text: str) -> tuple[bytes, bytes]:
    """Split a ciphertext into nonce and encrypted bytes. Raises ValueError if it is not a ciphertext."""
    version, _, payload = text.partition(".")
    if version != VERSION:
        raise ValueError("a personal field in a format that is not known here")
    content = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return content[:NONCE_BYTES], content[NONCE_BYTES:]


def binding(subject_id: str, key: tuple[str, str], field: str) -> bytes:
    """Return the associated data of a ciphertext, so that it cannot be moved to another person, item or field."""
    return json.dumps([VERSION, subject_id, *key, field], separators=(",", ":")).encode()
