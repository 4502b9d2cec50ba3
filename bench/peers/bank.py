"""The peer's API: deposits and transfers, with what a bank asks of them.

A token and its session, validation, an idempotency key, locks in one order, double entry, funds and limits. It has no
hash chain, audit, events, report totals or risk profiles, all of which the bank beside it has.
"""

import hashlib
import json
import logging
import secrets
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import sessionmaker

from bench.peers import tables
from bench.peers.tables import Account, Entry, Session, Transaction

TOKEN_KEY = secrets.token_hex(32)
TRANSACTION_LIMIT, DAILY_LIMIT = 1_000_000, 100_000_000
CASH = "gl.cash.USD"
log = logging.getLogger("peer")


Key = Annotated[str, Header(alias="idempotency-key", min_length=1, max_length=64)]


class Money(BaseModel):
    """What both requests have."""

    amount: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=2)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    memo: Annotated[str | None, Field(max_length=140)] = None

    @property
    def minor(self) -> int:
        return int(self.amount * 100)


class Deposit(Money):
    account_id: Annotated[str, Field(pattern="^acc_[0-9A-Z]{26}$")]


class Transfer(Money):
    from_account_id: Annotated[str, Field(pattern="^acc_[0-9A-Z]{26}$")]
    to_account_id: Annotated[str, Field(pattern="^acc_[0-9A-Z]{26}$")]


class EntryView(BaseModel):
    account_id: str
    seq: int
    amount: str
    balance_after: str


class TransactionView(BaseModel):
    id: str
    type: str
    status: str
    amount: str
    currency: str
    memo: str | None
    created_at: datetime
    entries: list[EntryView]


def application(engine: Engine) -> FastAPI:
    """Return the API over a database."""
    app, open_database = FastAPI(), sessionmaker(engine, expire_on_commit=False)

    def caller(authorization: Annotated[str, Header()]) -> str:
        try:
            claims = jwt.decode(authorization.removeprefix("Bearer "), TOKEN_KEY, algorithms=["HS256"])
        except jwt.PyJWTError as error:
            raise HTTPException(401, "unauthorized") from error
        with open_database() as database:
            session = database.get(Session, claims["sid"])
        if session is None or not session.is_active:
            raise HTTPException(401, "unauthorized")
        return str(session.user_id)

    def deposit(body: Deposit, user_id: Annotated[str, Depends(caller)], key: Key) -> TransactionView:
        with open_database.begin() as database:
            return _post(database, user_id, key, "deposit", body, (CASH, body.account_id))

    def transfer(body: Transfer, user_id: Annotated[str, Depends(caller)], key: Key) -> TransactionView:
        with open_database.begin() as database:
            return _post(database, user_id, key, "transfer", body, (body.from_account_id, body.to_account_id))

    app.add_api_route("/deposit", deposit, methods=["POST"], status_code=201)
    app.add_api_route("/transfer", transfer, methods=["POST"], status_code=201)
    return app


def _post(
    database: Database, user_id: str, key: str, kind: str, body: Money, sides: tuple[str, str]
) -> TransactionView:
    told = [kind, body.model_dump(mode="json")]
    fingerprint = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    used = tables.transactions.c
    wanted = select(Transaction).where(used.user_id == user_id, used.key == key)
    made = database.scalars(wanted).one_or_none()
    if made is None:
        made = _decide(database, user_id, kind, body, sides)
        made.key, made.fingerprint = key, fingerprint
        database.add(made)
        database.flush()
    elif made.fingerprint != fingerprint:
        raise HTTPException(409, "idempotency_key_reused")
    log.info(
        json.dumps({"message": "request answered", "user": user_id, "transaction": made.id, "status": made.status})
    )
    if made.refusal:
        raise HTTPException(422, made.refusal)
    return _view(made)


def _decide(database: Database, user_id: str, kind: str, body: Money, sides: tuple[str, str]) -> Transaction:
    by_id = tables.accounts.c.id
    locked = select(Account).where(by_id.in_(sides)).order_by(by_id).with_for_update()
    found = {account.id: account for account in database.scalars(locked)}
    if set(sides) - found.keys():
        raise HTTPException(404, "not_found")
    payer, payee = (found[name] for name in sides)
    mine = payer if payer.owner_id else payee
    if mine.owner_id != user_id:
        raise HTTPException(404, "not_found")
    now = datetime.now(UTC)
    made = Transaction(
        str(uuid.uuid4()), user_id, "", "", kind, "posted", body.minor, body.currency, body.memo, None, now
    )
    made.refusal = _refusal(payer, payee, body, now)
    if made.refusal:
        made.status = "failed"
        return made
    if payer.owner_id:
        payer.spent = (payer.spent if payer.spent_on == now.date() else 0) + body.minor
        payer.spent_on = now.date()
    for account, amount in ((payer, -body.minor), (payee, body.minor)):
        account.balance += amount
        account.last_seq += 1
        made.entries.append(Entry(account.id, account.last_seq, amount, account.balance))
    return made


def _refusal(payer: Account, payee: Account, body: Money, now: datetime) -> str | None:
    if any(account.currency != body.currency for account in (payer, payee)):
        return "currency_mismatch"
    if any(account.status != "active" for account in (payer, payee)):
        return "account_frozen"
    spent = payer.spent if payer.spent_on == now.date() else 0
    if body.minor > TRANSACTION_LIMIT or (payer.owner_id and spent + body.minor > DAILY_LIMIT):
        return "limit_exceeded"
    if payer.owner_id and payer.balance < body.minor:
        return "insufficient_funds"
    return None


def _view(made: Transaction) -> TransactionView:
    def text(minor: int) -> str:
        return f"{Decimal(minor) / 100:.2f}"

    entries: list[dict[str, Any]] = [
        {**vars(one), "amount": text(one.amount), "balance_after": text(one.balance_after)} for one in made.entries
    ]
    return TransactionView(
        id=made.id,
        type=made.kind,
        status=made.status,
        amount=text(made.amount),
        currency=made.currency,
        memo=made.memo,
        created_at=made.created_at,
        entries=[EntryView.model_validate(one) for one in entries],
    )
