"""Carries out what was approved, by the service that held it back, as the person who asked for it.

An approval is first `approved`, then carried out: the effect commits with the step to `executed` (`gate.py`), or the
refusal is recorded as `failed`. If the request is cut short in between, a person who may decide repeats it and goes on.
"""

import importlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.approvals.action import ACTIONS
from chalicelib.domain.errors import ApprovalStale, BankError, Unavailable
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.identity.user import User

Executor = Callable[[Caller, Approval], object]


def carry_out(approval: Approval, caller: Caller) -> Approval:
    """Do what was approved, and return the approval `executed`, `failed`, or `expired` if it is too late.

    `caller` is the person who completed it. Raises Unavailable, after which it may still be approved: repeat it.
    """
    if approval.is_overdue(timestamp(clock.now())):
        return _end(approval, {"status": "expired"}, caller)
    try:
        _execute(approval, caller.request_id)
        error: BankError = ApprovalStale("Nothing was left to do: somebody else has done it since. Nothing was done.")
    except Unavailable:
        raise
    except BankError as refused:
        error = refused
    return _end(_read(approval.id), {"status": "failed", "failure": _failure(error)}, caller)


def _execute(approval: Approval, request_id: str) -> None:
    """Call the action's executor. If it returns, it has committed its effect with the step to `executed`, or nothing.

    Raises what it refuses.
    """
    name = ACTIONS[approval.action].executor
    if name is None:
        raise LookupError(f"{approval.action} is carried out by the ledger")
    module, _, function = name.rpartition(".")
    executor: Executor = getattr(importlib.import_module(f"chalicelib.services.{module}"), function)
    executor(_maker_now(approval, request_id), approval)


def _maker_now(approval: Approval, request_id: str) -> Caller:
    """Return the maker as it is now: it may have been linked to a customer since it asked.

    Raises Forbidden if it has lost the role with which it asked.
    """
    asked = Caller(**approval.maker)
    user = User.by_id(asked.user_id)
    if user is None or user.status != "active" or user.role != asked.role:
        raise errors.Forbidden("The person who asked for this no longer has the role for it.")
    return replace(
        asked,
        request_id=request_id,
        session_id=None,
        own_customer_id=user.linked_customer_id,
        approval_id=approval.id,
    )


def _failure(error: BankError) -> dict[str, Any]:
    return {"code": error.code, "detail": error.detail}


def _end(approval: Approval, outcome: dict[str, Any], caller: Caller) -> Approval:
    """Record how an approval ended, unless it has ended already: executed with its effect, or by another request."""
    if approval.status != "approved":
        return approval
    with suppress(transact.Cancelled):
        transact.commit([approval.step(outcome, caller, timestamp(clock.now()))], caller.request_id)
    return _read(approval.id)


def _read(approval_id: str) -> Approval:
    found = Approval.by_id(approval_id)
    if found is None:
        raise errors.unknown("approval", approval_id)
    return found
