"""Access tokens that no part of the bank may accept."""

import base64
import json

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chalicelib.services.crypto import bank_keys


def _signed(claims: dict[str, object], key: object, algorithm: str, kid: str | None) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else None)  # type: ignore[arg-type]


def forged_tokens(genuine: str) -> dict[str, str]:
    """Return tokens that must be refused, by what is wrong with them, made from one that must be accepted."""
    ours = bank_keys.secret_keys()
    claims = jwt.decode(genuine, options={"verify_signature": False})
    header, _, signature = genuine.split(".")
    richer = base64.urlsafe_b64encode(json.dumps({**claims, "role": "admin"}).encode()).rstrip(b"=").decode()
    [published] = bank_keys.jwks()["keys"]
    forged = {
        "other key": _signed(claims, Ed25519PrivateKey.generate(), "EdDSA", ours.kid),
        "other kid": _signed(claims, ours.private_key, "EdDSA", "unknown"),
        "no kid": _signed(claims, ours.private_key, "EdDSA", None),
        "public key as HMAC secret": _signed(claims, (published["x"] * 2).encode(), "HS256", ours.kid),
        "no signature": _signed(claims, None, "none", ours.kid),
        "another payload": f"{header}.{richer}.{signature}",
        "another stage": _signed({**claims, "aud": "florin-prod"}, ours.private_key, "EdDSA", ours.kid),
        "another issuer": _signed({**claims, "iss": "florida"}, ours.private_key, "EdDSA", ours.kid),
        "unknown role": _signed({**claims, "role": "owner"}, ours.private_key, "EdDSA", ours.kid),
        "unknown session": _signed({**claims, "sid": "ses_none"}, ours.private_key, "EdDSA", ours.kid),
        "somebody else": _signed({**claims, "sub": "usr_none"}, ours.private_key, "EdDSA", ours.kid),
        "not a token": "florin",
        "nothing": "",
        "too much": genuine + ".x",
    }
    for name in ("exp", "iat", "sub", "sid"):
        lacking = {claim: value for claim, value in claims.items() if claim != name}
        forged[f"no {name}"] = _signed(lacking, ours.private_key, "EdDSA", ours.kid)
    return forged
