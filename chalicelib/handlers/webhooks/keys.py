"""The public keys of webhook messages: all that a receiver needs to verify one."""

import base64

from pydantic import Field

from chalicelib.domain.webhooks.signing import PUBLIC_KEY_PREFIX
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import View
from chalicelib.handlers.identity.auth import JWKS_CACHED
from chalicelib.handlers.identity.auth_schemas import Key
from chalicelib.services.crypto import webhook_keys


class WebhookKeyView(Key):
    whpk: str = Field(
        description="The same key as Standard Webhooks writes it: `whpk_` and base64",
        examples=["whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
    )

    @classmethod
    def of(cls, key: dict[str, str]) -> "WebhookKeyView":
        public = base64.urlsafe_b64decode(f"{key['x']}=")
        return cls(**key, whpk=f"{PUBLIC_KEY_PREFIX}{base64.b64encode(public).decode()}")


class WebhookKeysView(View):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[WebhookKeyView]


@describe("List public keys of webhook messages", answer=WebhookKeysView)
def list_webhook_keys(request: Request[None, None]) -> Answer:
    """Returns the Ed25519 keys that verify signatures `v1a`. There are two while one replaces another. Ask again when
    no key matches a signature, but not more often than every five minutes.
    """
    keys = WebhookKeysView(keys=[WebhookKeyView.of(key) for key in webhook_keys.public_keys()])
    return Answer(keys, headers=JWKS_CACHED)
