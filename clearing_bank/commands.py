"""What a developer can have the clearing do, by invoking its function with a small JSON object."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from clearing_bank import advices, answers, business_days, statements, verification
from clearing_bank.clearing import Clearing, message_id, move_clock
from clearing_bank.facts import Party, Payment, entry_of
from clearing_bank.reversals import give_back, send_due
from clearing_bank.store import Answer
from clearing_bank.submissions import settle

Command = dict[str, Any]
EMPLOYER = {"debtor_name": "Acme GmbH", "debtor_iban": "DE89370400440532013000", "remittance": "Salary"}


class CommandRefused(ValueError):
    """A command that cannot be done. The message says why."""


def execute(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Do what a command says, and return what came of it. Raises CommandRefused."""
    action = _ACTIONS.get(str(command.get("command")))
    if action is None:
        raise CommandRefused(f"the commands are {', '.join(sorted(_ACTIONS))}")
    try:
        return action(clearing, command)
    except KeyError as missing:
        raise CommandRefused(f"{missing} is missing") from None


def _pay(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Send a payment to a customer of the member: iban, name, amount, and what else a payment has."""
    given = EMPLOYER | command
    own_id = str(given.get("id") or uuid4().hex[:20])
    is_instant = bool(given.get("instant"))
    payment = Payment(
        uetr=str(given.get("uetr") or uuid4()),
        direction="to_member",
        member_bic=given.get("member_bic"),
        message_id=message_id("PAY", own_id),
        transaction_id=message_id("TXN", own_id),
        end_to_end_id=str(given.get("end_to_end_id") or own_id)[:35],
        amount=Decimal(str(given["amount"])).quantize(Decimal("0.01")),
        currency=str(given.get("currency", "EUR")),
        debtor=Party(given["debtor_name"], given["debtor_iban"], answers.OWN_BIC, "Koln", "DE"),
        creditor=Party(given["name"], given["iban"], given.get("member_bic")),
        settlement_date=clearing.now.date() if is_instant else business_days.next_open(clearing.now.date()),
        is_instant=is_instant,
        remittance=given["remittance"],
        state="settled",
    )
    [payment] = clearing.store.add_payments([payment])
    entry = clearing.store.add_entry(
        entry_of([payment], payment.message_id, clearing.today, message_id("ENT", payment.uetr))
    )
    clearing.send(
        Answer(answers.credit_transfer(payment, clearing.now)),
        Answer(advices.notification(message_id("NTF", payment.uetr), entry, clearing.now)),
    )
    return {"uetr": payment.uetr, "message_id": payment.message_id}


def _return(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Return a settled payment of the member: uetr, code."""
    payment = _payment(clearing, command, "from_member", "settled")
    made = give_back(clearing, payment, str(command.get("code", "AC04")))
    clearing.send(*made)
    return {"uetr": payment.uetr}


def _recall(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Ask for a payment to the member back: uetr, code."""
    payment = _payment(clearing, command, "to_member", "settled")
    own_id = message_id("RCL", payment.uetr)
    clearing.send(Answer(answers.recall(own_id, payment, str(command.get("code", "DUPL")), clearing.now)))
    return {"uetr": payment.uetr, "message_id": own_id}


def _answer(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Send a status of a payment of the member: uetr, status ACSC or RJCT, code.

    A payment without an answer gets it. To one that has an answer it may be a contradiction, which books nothing.
    """
    payment = _payment(clearing, command, "from_member")
    is_yes, code = command["status"] == "ACSC", str(command.get("code", "MS03"))
    if payment.state == "received" and is_yes:
        clearing.send(*settle(clearing, payment))
        return {"uetr": payment.uetr, "state": "settled"}
    told = replace(payment, state="settled", code=None) if is_yes else payment.with_state("rejected", code)
    if payment.state == "received":
        clearing.store.replace_payment(told, expected=payment)
    own_id = message_id("STS", payment.uetr, "told", command["status"], code)
    clearing.send(Answer(answers.status_report(own_id, [told], clearing.now)))
    return {"uetr": payment.uetr, "state": told.state}


def _advance(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Move the clearing's clock ahead by days or seconds, and send what is due then."""
    by = timedelta(days=int(command.get("days", 0)), seconds=int(command.get("seconds", 0)))
    move_clock(clearing.store, by)
    later = replace(clearing, now=clearing.now + by)
    return {"now": later.now.isoformat(), "sent": send_due(later)}


def _due(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Send what is due."""
    return {"sent": send_due(clearing)}


def _daily(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Send the statements of the days that are over, each once."""
    return {"statements": statements.send_daily(clearing)}


def _statement(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Return the first page of a day's statement: day, currency. With deliver, the member gets all pages."""
    day = date.fromisoformat(command.get("day") or clearing.now.date().isoformat())
    currency = str(command.get("currency", "EUR"))
    own_id, entries, pages = statements.documents(clearing, currency, day)
    if command.get("deliver"):
        clearing.send(*map(Answer, pages))
    return {"message_id": own_id, "entries": entries, "document": pages[0], "pages": len(pages)}


def _verify(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Ask the member whether a name fits an IBAN of it: iban, name. With the id of a question, show the answer."""
    if command.get("id"):
        return {"id": command["id"], "answer": clearing.store.report(str(command["id"]))}
    own_id = message_id("VRQ", command["iban"], command["name"], clearing.now.isoformat())
    asked = verification.question(own_id, str(command["iban"]), str(command["name"]), clearing.now)
    clearing.send(Answer(asked))
    return {"id": own_id}


def _show(clearing: Clearing, command: Command) -> dict[str, Any]:
    """Return what the clearing knows of a payment: uetr."""
    shown: dict[str, Any] = json.loads(json.dumps(_payment(clearing, command).as_json()))
    return shown


def _payment(clearing: Clearing, command: Command, direction: str = "", state: str = "") -> Payment:
    payment = clearing.store.payment(str(command["uetr"]))
    if payment is None:
        raise CommandRefused("there is no payment with this uetr")
    if payment.direction != (direction or payment.direction):
        raise CommandRefused(f"the payment is {payment.direction}")
    if payment.state != (state or payment.state):
        raise CommandRefused(f"the payment is {payment.state}")
    return payment


_ACTIONS: dict[str, Callable[[Clearing, Command], dict[str, Any]]] = {
    "pay": _pay,
    "return": _return,
    "recall": _recall,
    "answer": _answer,
    "advance": _advance,
    "due": _due,
    "daily": _daily,
    "statement": _statement,
    "verify": _verify,
    "payment": _show,
}
