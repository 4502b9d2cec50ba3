"""Personal fields: sealed under the data key of their subject before they are written, revealed after they are read.

Once that key is destroyed, nobody can read them: a person who was erased reads as one of whom nothing is known.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from chalicelib.domain.crypto import ciphertext as ciphertext_format
from chalicelib.domain.errors import Conflict
from chalicelib.models.personal import PersonalItem
from chalicelib.services.crypto import data_keys, revealed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Fields = dict[str, str | None]
ERASED = "This person's data have been erased: nothing more is written about them."


def encrypt(subject_id: str, key: tuple[str, str], fields: Mapping[str, str | None]) -> Fields:
    """Encrypt the fields of the item at `key`; None stays None.

    Raises Conflict for a subject who is erased. Encrypt only what has changed: each ciphertext differs, and the audit
    would report a change.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not any(fields.values()):
        return dict(fields)
    owner, data_key = data_keys.owner_of(subject_id), data_keys.of([subject_id]).get(subject_id)
    if data_key is None:
        raise Conflict(ERASED)
    cipher = AESGCM(data_key)
    ciphertexts: Fields = {}
    for field, text in fields.items():
        nonce = secrets.token_bytes(ciphertext_format.NONCE_BYTES)
        bound_to = ciphertext_format.binding(owner, key, field)
        ciphertexts[field] = (
            None if text is None else ciphertext_format.pack(nonce, cipher.encrypt(nonce, text.encode(), bound_to))
        )
    return ciphertexts


def reveal(items: Iterable[PersonalItem], *, is_shown: bool = True) -> list[Fields]:
    """Decrypt the personal fields of each item, in the order of the items; all are None where the key is destroyed.

    Takes one call for the keys that are not cached, however many items, and one of KMS for each of those keys. Whose
    fields they are is noted for the record of reads, unless `is_shown` says that the caller will not see them.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    wanted = [(item, _fields_to_seal(item)) for item in items]
    keys = data_keys.of(item.whose for item, fields in wanted if any(fields.values()))
    ciphers = {subject_id: AESGCM(key) for subject_id, key in keys.items()}
    clear = [_clear(ciphers.get(item.whose), item, fields) for item, fields in wanted]
    if is_shown:
        revealed.note(item.whose for (item, _), fields in zip(wanted, clear, strict=True) if any(fields.values()))
    return clear


def decrypt(item: PersonalItem) -> Fields:
    """Decrypt the personal fields of one item."""
    return reveal([item])[0]


def decrypt_text(subject_id: str, key: tuple[str, str], field: str, sealed: str) -> str | None:
    """Decrypt a text that `encrypt` has sealed for the item at `key`; None where the key is destroyed."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    data_key = data_keys.of([subject_id]).get(subject_id)
    if data_key is None:
        return None
    nonce, ciphertext = ciphertext_format.unpack(sealed)
    bound_to = ciphertext_format.binding(data_keys.owner_of(subject_id), key, field)
    return AESGCM(data_key).decrypt(nonce, ciphertext, bound_to).decode()


def _fields_to_seal(item: PersonalItem) -> Fields:
    return {field: getattr(item, field) for field in item.personal_fields()}


def _clear(cipher: "AESGCM | None", item: PersonalItem, fields: Fields) -> Fields:
    return {
        field: _decrypt_field(cipher, item, field, text) if cipher and text else None for field, text in fields.items()
    }


def _decrypt_field(cipher: "AESGCM", item: PersonalItem, field: str, text: str) -> str:
    nonce, ciphertext = ciphertext_format.unpack(text)
    return cipher.decrypt(nonce, ciphertext, ciphertext_format.binding(item.whose, item.own_key, field)).decode()
