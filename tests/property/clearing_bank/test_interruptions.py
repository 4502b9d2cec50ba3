"""The clearing's function can be killed at any call: the queue brings the message again, and nothing happens twice."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.unit.clearing_bank.member import Member, read, transfer

Work = Callable[[Member], object]


class Killed(Exception):
    """The end of the function in the middle of its work."""


def outcome(member: Member) -> tuple[Any, ...]:
    """Return the bookings, and what the member has received, each message once."""
    booked = [(entry.reference, entry.amount) for entry in member.store.entries("EUR", date(2027, 1, 1))]
    return booked, {type(message).__name__: message for message in map(read, member.sent)}


def submit(member: Member) -> None:
    member.pay(transfer(1), transfer(2, behaviour="reject:AC04"), transfer(3, behaviour="return:2:AC04"))


def ask(member: Member) -> None:
    member.inquire(transfer(4, behaviour="silent:1"))


def send_back(member: Member) -> None:
    member.tell("due")


def prepare(member: Member) -> None:
    member.pay(transfer(4, behaviour="silent:1"), message_id="MSG-4")
    member.pay(transfer(5, behaviour="return:0:AC04"), message_id="MSG-5")
    member.sent.clear()


@pytest.mark.parametrize("work", [submit, ask, send_back])
def test_a_kill_at_any_call_changes_nothing_in_the_end(work: Work) -> None:
    undisturbed = Member()
    prepare(undisturbed)
    work(undisturbed)
    calls = 0
    while True:
        member = Member()
        prepare(member)
        finished = interrupt(member, work, after=calls)
        work(member)
        assert outcome(member) == outcome(undisturbed), f"killed after {calls} calls"
        if finished:
            return
        calls += 1


def interrupt(member: Member, work: Work, after: int) -> bool:
    """Do the work, and stop it after so many calls to the table or the queue; return whether it was done by then."""
    left = after
    call, send = member.client.tables.call, member.send

    def count(operation: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            return operation(*arguments)

        return counted

    member.client.tables.call = count(call)  # type: ignore[method-assign]
    member.send = count(send)  # type: ignore[method-assign]
    try:
        work(member)
    except Killed:
        return False
    finally:
        member.client.tables.call, member.send = call, send  # type: ignore[method-assign]
    return True
