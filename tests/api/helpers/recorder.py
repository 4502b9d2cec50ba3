"""A bank whose responses become the examples of the API's description.

Its clock, its ids and its people are the same in every run; what is random is replaced. See decision 131.
"""

import json
import os
import re
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import jwt

from chalicelib import clock
from chalicelib.domain.accounts.account_number import account_number
from chalicelib.domain.payments.iban import BankIdentifier
from chalicelib.domain.webhooks.endpoint import Signature
from chalicelib.handlers.http.openapi_examples import RECORDED, SAMPLES
from chalicelib.handlers.http.operation import operations
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User

START = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
PASSWORD = "a-long-password-of-your-own"
ADMIN_EMAIL = "root@florin.example"
NAMES = {
    "customer": ("Ada", "Marlowe"),
    "other_customer": ("Ben", "Okonkwo"),
    "teller": ("Tess", "Ito"),
    "manager": ("Mia", "Santos"),
    "auditor": ("Otto", "Lind"),
}
"""People who do not exist; each signs in when something is first asked in its name."""
TEXT_LINES_MAX = 30
ORIGIN = {"User-Agent": "curl/8.5.0"}
OPERATIONS = {one.view.__name__: one for one in operations()}
BANK = BankIdentifier("LV", "FLRN")
RANDOM = re.compile(
    r"(?P<link>(?<=[?]token=)[\w-]{43}(?![\w-]))|(?P<code>\busr_[0-9A-Z]{26}\.[\w-]{43})|(?P<id>(?:\b|(?<=\\n))(?P<kind>[a-z]{3})_(?!0{26})[0-9A-Z]{26}\b)|(?P<hash>\b(?!0{64})[0-9a-f]{64}\b)|(?P<number>(?:(?<!\+)\b|(?<=FLRN0))[1-9][0-9]{11}\b)"
    r"|(?P<reference>\btxn-[0-9A-Z]{26}\b)|(?P<uuid>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)"
)
PLACEHOLDERS: Json = {
    "access_token": "ACCESS_TOKEN",
    "refresh_token": "REFRESH_TOKEN",
    "device_token": "DEVICE_TOKEN",
    "token": "CODE_FROM_THE_EMAIL",
    "challenge": "CHALLENGE",
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "uri": "otpauth://totp/Florin:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Florin",
    "recovery_codes": ["JQ2K-TB5W-7MZD-R4XA", "…"],
    "next_cursor": SAMPLES["cursor"],
    "signature": "MEUCIQ…",
    "public_key": "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "x-amz-checksum-sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
    "kid": "8c0f3a7d2b9e4156",
    "whpk": "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
}
"""Secrets, and what is random and has no form of its own, by the name of the field. `x` is the key of RFC 8037."""
BEGINNINGS = {
    "whsec_": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "http://127.0.0.1/exports/": "https://florin-exports.example/transactions.csv?X-Amz-Signature=…",
    "http://127.0.0.1/florin-local-statements/uploads/": "https://florin-statements.example/uploads/…?X-Amz-Signature=…",
    "http://127.0.0.1/florin-local-statements/": "https://florin-statements.example/statement-2026-10.pdf?X-Amz-Signature=…",
}
"""The same, by how the value begins. The secret is the example of Standard Webhooks."""

PAGE = "text/html"
"""The media type of the description as a page for people, which contains all of the description: no example of it."""


class Recorder(Api):
    """Lets a second pass before each request that writes, so that every moment of the examples is another one."""

    def __init__(self, capability: str) -> None:
        super().__init__()
        self.capability = capability
        self.found: dict[str, Json] = defaultdict(dict)
        self._people: dict[str, User] = {}
        self._tokens: dict[str, str] = {}
        self.set_clock(START)

    def set_clock(self, moment: datetime) -> None:
        """Set the bank's clock. Tokens are of their time, so people sign in again."""
        self._tokens.clear()
        self._now = moment
        clock.set_clock(lambda: self._now)

    def send(self, method: str, path: str, body: object = None, **options: Any) -> Reply:
        if method != "GET":
            self._now += timedelta(seconds=1)
        return super().send(method, path, body, **options)

    def person(self, name: str) -> User:
        """Return the person with a name of NAMES, or the admin. `token` may be outdated."""
        if name not in self._people:
            self._people[name] = self._join(name)
        return self._people[name]

    def sign_in(self, name: str, email: str) -> None:
        """Sign in a person who has joined already."""
        self._people[name] = self._log_in(email)

    def signed_in(self, name: str) -> User:
        """Return a person with a token that is valid now."""
        return replace(self.person(name), token=self.token(name))

    def token(self, name: str) -> str:
        """Return a token that is valid now."""
        person = self.person(name)
        if name not in self._tokens:
            self._tokens[name] = self._log_in(person.email).token
        return self._tokens[name]

    def ask(
        self,
        name: str,
        by: str | None,
        body: Json | None = None,
        *,
        query: str = "",
        accept: str | None = None,
        document: str | None = None,
        **path: str,
    ) -> Reply:
        """Send the request of an operation; a `document` in place of a body of JSON."""
        operation = OPERATIONS[name]
        return self.send(
            operation.route.method,
            operation.route.path.format(**path) + (f"?{query}" if query else ""),
            body,
            token=self.token(by) if by else None,
            key=None if operation.key == "ignored" else new_key(),
            raw=document.encode() if document else None,
            headers=ORIGIN
            | ({"Accept": accept} if accept else {})
            | ({"Content-Type": "application/xml"} if document else {}),
        )

    def example(
        self,
        name: str,
        by: str | None,
        body: Json | None = None,
        *,
        status: int | None = None,
        query: str = "",
        document: str | None = None,
        **path: str,
    ) -> Any:
        """Send the request of an operation, keep it and the response as examples, and return the response."""
        about = OPERATIONS[name].about
        status = status or about.status
        answer = self.ask(name, by, body, query=query, document=document, **path).ok(status)
        if body is not None or document:
            self.found[name].setdefault("request", document or body)
        if answer is not None:
            self.found[name][str(status)] = answer
        return answer

    def text_example(
        self, name: str, by: str | None, media_type: str, *, query: str = "", accept: str | None = None, **path: str
    ) -> None:
        """Send the request of an operation whose response is a text, and keep its first lines."""
        answer = self.ask(name, by, None, query=query, accept=accept, **path)
        assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, media_type), answer
        lines = answer.text.splitlines(keepends=True)
        cut = len(lines) > TEXT_LINES_MAX
        self.found[name][media_type] = "".join(lines[:TEXT_LINES_MAX]) + ("…" if cut else "")

    def link_example(self, name: str, by: str, *, query: str, **path: str) -> None:
        """Send the request of an operation whose response is a link to a file, and keep the link."""
        answer = self.ask(name, by, None, query=query, **path)
        assert answer.status == 303, answer
        self.found[name]["303"] = answer.headers["Location"]

    def compare(self) -> None:
        """Compare with the recorded examples of this capability, which have to be of all its operations."""
        self._find_what_is_missing()
        found, path = steady(self.found), RECORDED / f"{self.capability}.json"
        if os.environ.get("RECORD") == "yes":
            path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
        assert found == json.loads(path.read_text()), "run this test with RECORD=yes, then `make openapi`"

    def _find_what_is_missing(self) -> None:
        for name, one in OPERATIONS.items():
            if one.tag == self.capability:
                wanted = {"request"} if one.about.body or one.about.document else set()
                wanted |= {str(one.about.status)} if one.about.answer else set()
                wanted |= {"202"} if one.about.accepted else set()
                wanted |= {*one.about.media_types} - {PAGE} | ({"303"} if one.about.see_other else set())
                wanted |= {str(one.about.also[0])} if one.about.also else set()
                assert set(self.found.get(name, {})) == wanted, f"examples of {name}"

    def _join(self, name: str) -> User:
        if name == "admin":
            return self._log_in(ADMIN_EMAIL)
        first, last = NAMES[name]
        body = {
            "email": f"{first.lower()}@florin.example",
            "password": PASSWORD,
            "first_name": first,
            "last_name": last,
        }
        if name.endswith("customer"):
            body["email"] = f"{first.lower()}@example.com"
            self.post("/v1/auth/register", body).ok(201)
        else:
            self.post("/v1/users", body | {"role": name}, token=self.token("admin")).ok(201)
        return self._log_in(body["email"])

    def _log_in(self, email: str) -> User:
        tokens = self.post("/v1/auth/login", {"email": email, "password": PASSWORD}, headers=ORIGIN).ok()
        claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
        return User(
            claims["sub"], email, PASSWORD, tokens["access_token"], tokens["refresh_token"], claims["customer_id"]
        )


def steady(found: Json) -> Json:
    """Return the examples with ids, hashes, account numbers and secrets that are the same in every run."""
    known: dict[str, str] = {}
    numbers: dict[str, int] = defaultdict(int)

    def replaced(match: re.Match[str]) -> str:
        text, kind = match[0], match["kind"] or str(match.lastgroup)
        if text not in known:
            numbers[kind] += 1
            known[text] = _replacement(match, kind, numbers[kind])
        return known[text]

    text = json.dumps(found, ensure_ascii=False)
    steadied: Json = json.loads(RANDOM.sub(replaced, text), object_hook=_without_secrets)
    return steadied


def _replacement(match: re.Match[str], kind: str, number: int) -> str:
    if match["link"]:
        return "TOKEN_OF_THE_LINK"
    if match["code"]:
        return "CODE_FROM_THE_EMAIL"
    if match["id"]:
        return f"{kind}_01KAK4XJ7M4Q9V0C2T5R8W3Y{number:02d}"
    if match["reference"]:
        return f"txn-01KAK4XJ7M4Q9V0C2T5R8W3Y{number:02d}"
    if match["hash"]:
        return f"5b0e1c7e4b8f1d6a0c3f9e2d7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a{number:02d}"
    if match["uuid"]:
        return f"7c1e5a0e-5d0f-4d0f-8f6b-2f0b7a9c1d{number:02d}"
    return account_number(1234567800 + number)


def _without_secrets(fields: Json) -> Json:
    return {name: _placeholder(name, value) for name, value in fields.items()}


def _placeholder(name: str, value: Any) -> Any:
    if name.endswith("iban") and value is not None:
        return BANK.iban_of(value[-12:])  # another number has other check digits
    begun = [one for beginning, one in BEGINNINGS.items() if isinstance(value, str) and value.startswith(beginning)]
    if begun or value is None:
        return begun[0] if begun else None
    if name == "signature" and value in get_args(Signature):
        return value
    return PLACEHOLDERS.get(name, value)
