"""One client's way to the bank: sends a request over HTTP, and records what it asked and heard."""

import json
from typing import Any

import requests

from tests.chaos.history import History, Json, Outcome
from tests.chaos.keys import NOTHING_DONE

PATIENCE_SECONDS = 30.0
PATHS = {"deposit": "deposit", "withdrawal": "withdraw", "transfer": "transfer"}
REFUSED = (400, 401, 403, 404, 409, 422, 429)


class Desk:
    """Not for several threads: each client has one, and waits for an answer, or gives up, before it asks again."""

    def __init__(self, url: str, token: str | None, branch_id: str, history: History, client: int):
        self.history = history
        self.client = client
        self._url = url
        self._branch_id = branch_id
        self._session = requests.Session()
        self._session.headers.update({"Authorization": f"Bearer {token}", "Content-Type": "application/json"})

    def close(self) -> None:
        """Hang up; the next request calls again."""
        self._session.close()

    def move(self, kind: str, arguments: Json, key: str, patience_seconds: float = PATIENCE_SECONDS) -> Outcome:
        """Ask for a movement; `arguments` as the history has them."""
        number = self.history.invoke(self.client, kind, arguments, key)
        body = {"amount": f"{arguments['amount'] // 100}.{arguments['amount'] % 100:02d}", "memo": arguments["memo"]}
        if kind == "transfer":
            body |= {"from_account_id": arguments["from"], "to_account_id": arguments["to"]}
        else:
            body |= {"account_id": arguments["from"] or arguments["to"], "branch_id": self._branch_id}
        return self._send(number, "POST", f"/v1/transactions/{PATHS[kind]}", body, key, patience_seconds)

    def batch(self, lines: list[tuple[Json, str]], patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Ask for several transfers from one account at once; each is an operation of its own, with its key."""
        numbers = [self.history.invoke(self.client, "transfer", arguments, key) for arguments, key in lines]
        body = {"from_account_id": lines[0][0]["from"], "transfers": [_line_of(*line) for line in lines]}
        status, replayed = self._request("POST", "/v1/transactions/batch", body, None, patience_seconds)
        results = self._heard.get("results") or [{}] * len(lines)
        for number, result in zip(numbers, results, strict=True):
            if status == 0:
                outcome, answer = _unknown(str(self._heard.get("why")))
            elif status != 200:
                outcome, answer = _meaning(status, self._heard, "", replayed)
            else:
                outcome, answer = _meaning_in_batch(result)
            self.history.complete(number, outcome, answer)

    def read(self, kind: str, account: str, query: str = "", **arguments: Any) -> Json:
        """Read an account, a balance or a page of history; the body as it came, empty if none did."""
        number = self.history.invoke(self.client, kind, {"account": account} | arguments)
        path = f"/v1/accounts/{account}" + ("" if kind == "account" else f"/{kind}?{query}")
        self._send(number, "GET", path)
        return self._heard

    def _send(
        self,
        number: int,
        method: str,
        path: str,
        body: Json | None = None,
        key: str | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> Outcome:
        status, replayed = self._request(method, path, body, key, patience_seconds)
        if status == 0:
            outcome, answer = _unknown(str(self._heard.pop("why")))
        else:
            outcome, answer = _meaning(status, self._heard, path, replayed)
        self.history.complete(number, outcome, answer)
        return outcome

    def _request(
        self, method: str, path: str, body: Json | None, key: str | None, patience_seconds: float
    ) -> tuple[int, bool]:
        """Return the status, 0 if no response came, and whether it was a replay."""
        headers = {"Idempotency-Key": key} if key else {}
        data = json.dumps(body) if body else None
        try:
            reply = self._session.request(
                method, self._url + path, data=data, headers=headers, timeout=(PATIENCE_SECONDS, patience_seconds)
            )
            self._heard: Json = reply.json()
        except requests.RequestException as error:
            self._heard = {"why": type(error).__name__}
            return 0, False
        return reply.status_code, reply.headers.get("Idempotent-Replayed") == "true"


def _line_of(arguments: Json, key: str) -> Json:
    amount = f"{arguments['amount'] // 100}.{arguments['amount'] % 100:02d}"
    return {
        "idempotency_key": key,
        "to_account_id": arguments["to"],
        "amount": amount,
        "memo": arguments["memo"],
    }


def _meaning_in_batch(result: Json) -> tuple[Outcome, Json]:
    """Return what a transfer has come to: its status and problem are those that it would have by itself."""
    problem = result["problem"]
    if problem is None:
        return "ok", _posted(result["transaction"], result["replayed"])
    return _meaning(problem["status"], problem, "", result["replayed"])


def _unknown(why: str) -> tuple[Outcome, Json]:
    return "unknown", {"why": why}


def _meaning(status: int, body: Json, path: str, replayed: bool) -> tuple[Outcome, Json]:
    if status in (200, 201):
        return "ok", _read(body, path) if status == 200 else _posted(body, replayed)
    if status in REFUSED or body.get("code") in NOTHING_DONE:
        return "fail", {"code": body.get("code"), "replayed": replayed}
    return _unknown(f"{status} {body.get('code')}")


def _posted(body: Json, replayed: bool) -> Json:
    entries = [
        [one["account_id"], one["seq"], cents(one["amount"]), cents(one["balance_after"])] for one in body["entries"]
    ]
    told = {"id": body["id"], "type": body["type"], "amount": cents(body["amount"]), "entries": entries}
    return told | {"from": body["from_account_id"], "to": body["to_account_id"], "replayed": replayed}


def _read(body: Json, path: str) -> Json:
    if "data" in body:
        return {"entries": [_line(line) for line in body["data"]], "has_more": body["has_more"]}
    if "seq" in body:
        return {"seq": body["seq"], "balance": cents(body["balance"]), "at": body["at"]}
    return {"version": body["version"], "balance": cents(body["balance"])}


def _line(line: Json) -> Json:
    amount = cents(line["amount"]) * (1 if line["direction"] == "in" else -1)
    told = {"seq": line["seq"], "transaction": line["transaction_id"], "amount": amount}
    return told | {"balance_after": cents(line["balance_after"]), "created_at": line["created_at"]}


def cents(text: str) -> int:
    return int(text.replace(".", ""))
