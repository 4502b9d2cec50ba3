"""Payments through a clearing that loses answers, repeats and mixes messages, while the bank is killed anywhere.

Each payment settles or is released exactly once.
"""

import os
from collections.abc import Callable
from random import Random

import pytest

from chalicelib.domain.clearing import pacs008
from chalicelib.domain.clearing.pacs002 import Status
from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.services.clearing import adapter, cycles, inbox, inquiries, sweep
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.clearing import BANK, Clearing, pay, read, report, stored

CHOICES = int(os.environ.get("CHOICES", "2"))
PAYMENTS = 6
LOST, KILLED, TOGETHER = 0.3, 0.15, 0.5
ROUNDS_MAX = 400


class Killed(BaseException):
    """The process ends here."""


def kill_sometimes(random: Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill the bank before or after any of its writes, and any of its messages to the clearing."""
    write, send = transact.write, adapter.send

    def killing(act: Callable[[], None]) -> None:
        if random.random() < KILLED:
            raise Killed
        act()
        if random.random() < KILLED:
            raise Killed

    def killing_write(actions: list[Action]) -> None:
        killing(lambda: write(actions))

    def killing_send(xml: str) -> None:
        killing(lambda: send(xml))

    monkeypatch.setattr(transact, "write", killing_write)
    monkeypatch.setattr(adapter, "send", killing_send)


def attempt(step: Callable[[], object]) -> None:
    try:
        step()
    except Killed:
        return


def collect(clearing: Clearing) -> None:
    sweep.sweep(BANK)
    for name in dict.fromkeys(clearing.started):
        cycles.collect(BANK, name.removeprefix("cycle-"), lambda: True)


def accept_together(clearing: Clearing, random: Random, payments: list[Json]) -> None:
    """Accept payments in one report, sometimes."""
    if payments and random.random() < TOGETHER:
        document = report(clearing, "ACSC", *payments)
        attempt(lambda: inbox.receive(BANK, document))


@pytest.mark.parametrize("seed", range(CHOICES))
def test_each_payment_settles_or_is_released_exactly_once(
    client: Api, customer: User, payer: Json, clearing: Clearing, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    payments = [pay(client, customer, payer, f"{number + 1}.00") for number in range(PAYMENTS)]
    fates: dict[str, Status] = {one["id"]: random.choice(["ACSC", "RJCT"]) for one in payments}
    with monkeypatch.context() as chaos, clearing.at_cut_off(payments[0]):
        kill_sometimes(random, chaos)
        for _ in range(ROUNDS_MAX):
            attempt(lambda: collect(clearing))
            known = set(clearing.paid())
            arrived = [one for one in payments if one["payment"]["uetr"] in known and random.random() > LOST]
            random.shuffle(arrived)
            accept_together(clearing, random, [one for one in arrived if fates[one["id"]] == "ACSC"])
            for one in arrived:
                code = "AC04" if fates[one["id"]] == "RJCT" else None
                answers = [report(clearing, fates[one["id"]], one, code=code), report(clearing, "ACTC", one)]
                for document in random.sample([*answers, *answers], 4):
                    attempt(lambda document=document: inbox.receive(BANK, document))  # type: ignore[misc]
            attempt(lambda: inquiries.inquire_due(BANK))
            if {stored(one).status for one in payments} <= {"settled", "rejected"}:
                break
    settled = [one for one in payments if fates[one["id"]] == "ACSC"]
    for one in payments:
        found = read(client, customer, one)
        wanted = ("settled", "posted") if one in settled else ("rejected", "voided")
        assert (found["payment"]["state"], found["status"]) == wanted
    left = sum(int(float(one["amount"])) for one in settled)
    account = read_account(client, customer, payer)
    assert (account["balance"], account["held"]) == (f"{1000 - left}.00", "0.00")
    own = [int(one["balance"]) for one in items(type="account") if str(one["id"]).startswith("gl.clearing.")]
    assert sum(own) == left * 100
    sent = [pacs008.parse(one).message_id for one in clearing.sent if b"pacs.008" in one]
    by_message = {name: [x for x in items(type="clearing_message") if x["id"] == name] for name in sent}
    assert all(int(found[0]["open"]) == 0 for found in by_message.values())
