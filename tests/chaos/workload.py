"""Many clients, few accounts: what they do is drawn from a seed, how it interleaves is not."""

import itertools
import random
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from chalicelib.domain.time import timestamp
from tests.chaos.bank import Bank
from tests.chaos.desk import Desk
from tests.chaos.history import MONEY, History, Json
from tests.chaos.keys import NOTHING_DONE

PAGE = 5
AMOUNT_MAX = 2000
RESOLVE_TRIES_MAX = 30
ACCOUNTS = 3
BATCH_MAX = 6
ACTIONS = {"transfer": 5, "cash": 5, "repeat": 2, "reuse": 1, "tour": 3, "balance": 3, "history": 2}
"""What a client may choose to do, with a weight: methods of the workload."""
WITH_BATCHES = {"batch": 5, "transfer": 3, "cash": 3, "repeat": 2, "reuse": 1, "tour": 2, "balance": 3, "history": 2}


class Workload:
    """Clients of one bank on accounts of their own.

    `impatience` is the share of movements whose client hangs up after some milliseconds and cannot say what came of it.
    """

    def __init__(
        self, bank: Bank, seed: int, clients: int, actions: Mapping[str, int] = ACTIONS, impatience: float = 0.06
    ):
        self.bank, self.actions, self.impatience = bank, actions, impatience
        self.history = History()
        self.accounts = bank.open_accounts(ACCOUNTS)
        self._branch_id = bank.open_branch()
        self._run_id = uuid.uuid4().hex[:8]
        self._desks = [
            Desk(bank.stack.url, bank.teller.token, self._branch_id, self.history, n) for n in range(clients)
        ]
        self._chances = [random.Random(f"{seed}-{n}") for n in range(clients)]
        self._keys = itertools.count(1)
        self._lock = threading.Lock()
        self._sent: list[tuple[str, Json, str]] = []
        for account in self.accounts:
            self._move(self._desks[0], "deposit", None, account, 5 * AMOUNT_MAX)

    def run(self, choices: int) -> None:
        self.work(choices)
        self.settle()

    def work(self, choices: int) -> None:
        """Let the clients make so many choices between them."""
        left = itertools.count(1)

        def work(desk: Desk, chance: random.Random) -> None:
            while next(left) <= choices:
                action = chance.choices(list(self.actions), list(self.actions.values()))[0]
                getattr(self, f"_{action}")(desk, chance)

        with ThreadPoolExecutor(len(self._desks)) as pool:
            for done in [pool.submit(work, *one) for one in zip(self._desks, self._chances, strict=True)]:
                done.result()

    def settle(self) -> None:
        """Have every unknown outcome resolved, and look at the tables."""
        self._resolve()
        for desk in self._desks:
            desk.close()
        self.history.ledger = self.bank.ledger(self.accounts, self._branch_id, self._run_id)
        read = {one.arguments["account"] for one in self.history.operations() if one.kind == "account"}
        self.history.number_reads({account: self.bank.read_seqs(account) for account in read})

    def _resolve(self) -> None:
        """Repeat, under its key, whatever nobody has an answer to."""
        for _ in range(RESOLVE_TRIES_MAX):
            answers: dict[str, list[bool]] = {}
            operations = [one for one in self.history.operations() if one.kind in MONEY]
            for one in operations:
                is_known = one.outcome != "unknown" and one.code not in NOTHING_DONE
                answers.setdefault(str(one.key), []).append(is_known)
            unknown = {str(one.key): one for one in operations if not any(answers[str(one.key)])}
            if not unknown:
                return
            for one in unknown.values():
                self._desks[0].move(one.kind, one.arguments, str(one.key))
        raise AssertionError(f"nobody finds out what became of {unknown}")

    def _move(self, desk: Desk, kind: str, from_: str | None, to: str | None, amount: int, **how: Any) -> None:
        key = f"{self._run_id}-{next(self._keys)}"
        arguments = {"from": from_, "to": to, "amount": amount, "memo": f"{key}-first"}
        with self._lock:
            self._sent.append((kind, arguments, key))
        desk.move(kind, arguments, key, **how)

    def _draw(self, desk: Desk, chance: random.Random, kind: str) -> None:
        one, other = chance.sample(self.accounts, 2)
        from_, to = {"deposit": (None, one), "withdrawal": (one, None), "transfer": (one, other)}[kind]
        amount = chance.randint(1, AMOUNT_MAX // (2 if kind == "deposit" else 1))
        hurry = {"patience_seconds": chance.uniform(0.001, 0.1)} if chance.random() < self.impatience else {}
        self._move(desk, kind, from_, to, amount, **hurry)

    def _transfer(self, desk: Desk, chance: random.Random) -> None:
        self._draw(desk, chance, "transfer")

    def _batch(self, desk: Desk, chance: random.Random) -> None:
        """Several transfers from one account in one request, some for more than there is."""
        payer, *others = chance.sample(self.accounts, len(self.accounts))
        lines = []
        for _ in range(chance.randint(2, BATCH_MAX)):
            key = f"{self._run_id}-{next(self._keys)}"
            amount = chance.randint(1, AMOUNT_MAX)
            lines.append(({"from": payer, "to": chance.choice(others), "amount": amount, "memo": f"{key}-first"}, key))
        with self._lock:
            self._sent += [("transfer", arguments, key) for arguments, key in lines]
        hurry = {"patience_seconds": chance.uniform(0.001, 0.1)} if chance.random() < self.impatience else {}
        desk.batch(lines, **hurry)

    def _cash(self, desk: Desk, chance: random.Random) -> None:
        self._draw(desk, chance, chance.choice(["deposit", "withdrawal"]))

    def _repeat(self, desk: Desk, chance: random.Random) -> None:
        """A key that was used before, most often lately: its first request may still be under way."""
        desk.move(*self._earlier(chance))

    def _reuse(self, desk: Desk, chance: random.Random) -> None:
        kind, arguments, key = self._earlier(chance)
        other = {"amount": arguments["amount"] + 1, "memo": f"{key}-other"}
        desk.move(kind, arguments | other, key)

    def _earlier(self, chance: random.Random) -> tuple[str, Json, str]:
        with self._lock:
            return chance.choice(self._sent[-len(self._desks) :] if chance.random() < 0.7 else self._sent)

    def _tour(self, desk: Desk, chance: random.Random) -> None:
        """One account after the other: a transfer is seen on both or neither, if the order is right for it."""
        for account in chance.sample(self.accounts, len(self.accounts)):
            desk.read("account", account)

    def _balance(self, desk: Desk, chance: random.Random) -> None:
        account = chance.choice(self.accounts)
        if chance.random() < 0.5:
            desk.read("balance", account)
            return
        at = timestamp(datetime.now(UTC) - timedelta(seconds=chance.choice([0, 0, 0.05, 1])))
        desk.read("balance", account, f"at={quote(at)}", at=at)

    def _history(self, desk: Desk, chance: random.Random) -> None:
        """A page, and sometimes the one before it."""
        account = chance.choice(self.accounts)
        page = desk.read("history", account, f"limit={PAGE}", limit=PAGE)
        if page.get("next_cursor") and chance.random() < 0.5:
            before = page["data"][-1]["seq"]
            desk.read("history", account, f"limit={PAGE}&cursor={page['next_cursor']}", limit=PAGE, before=before)
