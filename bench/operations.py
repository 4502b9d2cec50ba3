"""The operations that are measured, on a bank with one customer and two accounts."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from bench.functions import Functions, Principal
from bench.stub import Stub

EMAIL, PASSWORD = "ada@florin.example", "bench-password-of-nobody"
MEMO = "Dinner with Ben"
ENTRIES = 25
"""More than a page of history has (20)."""
BATCH = 24
"""Transfers of one account that one write takes."""


@dataclass(frozen=True)
class Measured:
    """`prepare` does what comes before and is not measured; its result is what `run` gets."""

    name: str
    function: str
    run: Callable[[Any], Any]
    prepare: Callable[[], Any] = lambda: None


class Bank:
    """The people and accounts, and the operations on them."""

    def __init__(self, functions: Functions, stub: Stub, entries_before: int = 0):
        """`entries_before`: how many entries its accounts have already, of which the tables have none."""
        self._functions, self._stub, self._entries_before = functions, stub, entries_before
        self._keys = (f"key-{number}" for number in itertools.count())
        self._stream = stub.stream()
        self._customer: Principal
        _begin_totals()
        self._register()
        self._current = self._open("current")
        self._savings = self._payee = self._open("savings")
        self._many = [self._open("current") for _ in range(BATCH)]
        for _ in range(ENTRIES):
            self._move("deposit", "100.00")
        stub.answer_transfers_with(self._task("post", self._transfer_request()))
        self._drain_stream()

    @property
    def customer(self) -> Principal:
        """Whose accounts they are."""
        return self._customer

    @property
    def account_id(self) -> str:
        """The current account, from which they pay."""
        return self._current

    def operations(self) -> Iterator[Measured]:
        """In the order of the report."""
        yield Measured("deposit", "api", lambda _: self._move("deposit", "1.00"))
        yield Measured("withdraw", "api", lambda _: self._move("withdraw", "1.00"))
        yield Measured("refusal (insufficient funds)", "api", lambda _: self._refused())
        yield Measured("transfer: start and answer", "api", lambda _: self._transfer())
        yield Measured(
            "transfer: post", "transfer_task", lambda asked: self._task("post", asked), self._transfer_request
        )
        yield Measured(f"batch of {BATCH} transfers", "api", lambda _: self._pay_many())
        yield Measured("audit of a transfer", "audit_trail", self._audit, self._streamed_transfer)
        yield Measured("reports and risk of a transfer", "events", self._follow, self._audited_transfer)
        yield Measured("account read", "api", lambda _: self._read("/v1/accounts/{account_id}"))
        yield Measured("history page (20 entries)", "api", lambda _: self._read("/v1/accounts/{account_id}/history"))
        yield Measured("register", "api", self._registered, lambda: f"{next(self._keys)}@florin.example")
        yield Measured("login", "api", lambda _: self._log_in())
        yield Measured("login, data key not cached", "api", lambda _: self._log_in(), _forget_data_keys)
        yield Measured("profile", "api", lambda _: self._read("/v1/user/profile"))
        yield Measured(
            "profile, data key not cached", "api", lambda _: self._read("/v1/user/profile"), _forget_data_keys
        )
        yield Measured("authorize (a request's token)", "authorize", lambda _: self._authorize())

    def rename(self, nickname: str) -> None:
        """Give the current account a name, and audit that, which makes an event."""
        self._drain_stream()
        path, body = "/v1/accounts/{account_id}", {"nickname": nickname}
        self._functions.http("PATCH", path, body, principal=self._customer, account_id=self._current).ok()
        self._drain_stream()

    def pay_another_customer(self) -> None:
        """Let transfers go to an account of another customer from now on."""
        payer = self._customer
        self._register("ben@florin.example")
        self._payee = self._open("current")
        self._customer = payer
        self._drain_stream()

    def _register(self, email: str = EMAIL) -> None:
        import jwt

        made = self._registered(email)
        self._customer = Principal(made["user_id"], "customer", made["customer_id"])
        self._token = self._log_in(email)["access_token"]
        claims = jwt.decode(self._token, options={"verify_signature": False})
        self._customer = replace(self._customer, session_id=claims["sid"])

    def _registered(self, email: str) -> Any:
        person = {"email": email, "password": PASSWORD, "first_name": "Ada", "last_name": "Bench"}
        return self._functions.http("POST", "/v1/auth/register", person).ok()

    def _log_in(self, email: str = EMAIL) -> Any:
        return self._functions.http("POST", "/v1/auth/login", {"email": email, "password": PASSWORD}).ok()

    def _authorize(self) -> None:
        arn = "arn:aws:execute-api:us-east-1:000000000000:bench/api/GET/v1/accounts"
        event = {"type": "TOKEN", "authorizationToken": f"Bearer {self._token}", "methodArn": arn}
        self._functions.invoke("authorize", event)

    def _open(self, kind: str) -> str:
        opened = self._post("/v1/accounts", {"type": kind}).ok()
        if self._entries_before:
            self._age(str(opened["id"]))
        return str(opened["id"])

    def _age(self, account_id: str) -> None:
        """Number an account's next entry as if it had many. Nothing reads the ones before when it posts."""
        number = {"N": str(self._entries_before)}
        self._stub.database.update_item(
            TableName=self._stub.table_name("bank"),
            Key={"pk": {"S": f"ACCOUNT#{account_id}"}, "sk": {"S": "ACCOUNT"}},
            UpdateExpression="SET last_seq = :number, ledger_version = :number",
            ExpressionAttributeValues={":number": number},
        )

    def _move(self, direction: str, amount: str) -> None:
        self._post(f"/v1/transactions/{direction}", {"account_id": self._current, "amount": amount}).ok()

    def _refused(self) -> None:
        answer = self._post("/v1/transactions/withdraw", {"account_id": self._savings, "amount": "999999.00"})
        if answer.body["code"] != "insufficient_funds":
            raise AssertionError(answer.body)

    def _transfer(self) -> None:
        body = {"from_account_id": self._current, "to_account_id": self._savings, "amount": "1.00", "memo": MEMO}
        self._post("/v1/transactions/transfer", body).ok()

    def _pay_many(self) -> None:
        lines = [
            {"idempotency_key": next(self._keys), "to_account_id": payee, "amount": "0.01", "memo": MEMO}
            for payee in self._many
        ]
        body = {"from_account_id": self._current, "transfers": lines}
        posted = self._post("/v1/transactions/batch", body).ok()["posted"]
        if posted != BATCH:
            raise AssertionError(posted)

    def _read(self, resource: str) -> None:
        self._functions.http("GET", resource, principal=self._customer, account_id=self._current).ok()

    def _post(self, resource: str, body: object) -> Any:
        return self._functions.http("POST", resource, body, principal=self._customer, key=next(self._keys))

    def _transfer_request(self) -> dict[str, Any]:
        """What the API's function gives to the workflow, for a transfer that has not been asked for yet."""
        from chalicelib.domain.ledger.idempotency import derive_key
        from chalicelib.domain.permissions import Caller
        from chalicelib.services.payments.labels import Annotations
        from chalicelib.services.payments.transfer_request import TransferRequest

        customer = self._customer
        caller = Caller(
            customer.user_id,
            "customer",
            "00000000-0000-4000-8000-000000000000",
            customer.customer_id,
            session_id=customer.session_id,
        )
        claimed = derive_key(customer.user_id, next(self._keys), "POST /v1/transactions/transfer", {})
        return TransferRequest(self._current, self._payee, "1.00", None, Annotations(MEMO), caller, claimed).to_json()

    def _task(self, step: str, request: dict[str, Any]) -> Any:
        result = self._functions.invoke("transfer_task", {"step": step, "request": request})
        if result["status"] != "decided":
            raise AssertionError(result)
        return result

    def _streamed_transfer(self) -> list[dict[str, Any]]:
        """What the stream has of one more transfer."""
        self._drain_stream()
        self._task("post", self._transfer_request())
        return next(self._stream)

    def _audited_transfer(self) -> list[dict[str, Any]]:
        """The same, with its audit done: each consumer of the stream gets all of it."""
        records = self._streamed_transfer()
        self._audit(records)
        return records

    def _follow(self, records: list[dict[str, Any]]) -> None:
        self._functions.invoke("events", {"Records": records})

    def _drain_stream(self) -> None:
        """Audit whatever has happened, as each record must follow the one before."""
        while records := next(self._stream):
            self._audit(records)

    def _audit(self, records: list[dict[str, Any]]) -> None:
        if not records:
            raise AssertionError("The stream has nothing of the transfer.")
        self._functions.invoke("audit_trail", {"Records": records})


def _begin_totals() -> None:
    """Begin report totals, as a deployment does."""
    from chalicelib.services.operations import rebuild

    rebuild.ensure()


def _forget_data_keys() -> None:
    from chalicelib.services.crypto import data_keys

    data_keys.cache.clear()
