"""The line between a client and DynamoDB, on which happens what a plan says. It knows neither botocore nor HTTP."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.faults import answers
from tests.faults.plan import Call, Fault, Plan

Request = TypeVar("Request")
Reply = TypeVar("Reply")

LANDS_NOW = 0.2
"""How likely a late request lands at each later call, before or after it."""
DELAYS_SECONDS = (0.001, 0.01, 0.05)
LATE_MAX = 20


class Silence(Exception):
    """The client hears nothing."""


@dataclass
class Line(Generic[Request, Reply]):
    """`send` delivers a request to DynamoDB; `refuse` makes the reply of a status and a body that DynamoDB never sent.

    While it is not `faulty`, nothing happens to new calls, but what is late may land.
    """

    plan: Plan
    send: Callable[[Request], Reply]
    refuse: Callable[[int, bytes], Reply]
    faulty: bool = True

    def __post_init__(self) -> None:
        self.late: list[tuple[Call, Request]] = []
        self._lock = threading.Lock()

    def carry(self, call: Call, request: Request) -> Reply:
        """The reply to a call. Raises Silence when there is none."""
        self._land(LANDS_NOW / 2)
        try:
            return self._carry(call, request, self.plan.fault_for(call) if self.faulty else None)
        finally:
            self._land(LANDS_NOW / 2)

    def flush(self) -> None:
        """Let everything land that is still under way."""
        self._land(1)

    def _carry(self, call: Call, request: Request, fault: Fault | None) -> Reply:
        if fault is Fault.LATE:
            with self._lock:
                self.late.append((call, request))
            raise Silence
        if fault in (Fault.LOST, Fault.UNHEARD):
            if fault is Fault.UNHEARD:
                self.send(request)
            raise Silence
        if fault is Fault.THROTTLED:
            return self.refuse(*self.plan.one_of(answers.throttled(call)))
        if fault is Fault.CONFLICT:
            return self.refuse(*answers.conflict(call, self.plan.conflicts(call)))
        if fault in (Fault.FAILED, Fault.FAILED_AFTER):
            if fault is Fault.FAILED_AFTER:
                self.send(request)
            return self.refuse(*self.plan.one_of(answers.FAILURES))
        if fault is Fault.TWICE:
            self.send(request)
        if fault is Fault.DELAYED:
            time.sleep(self.plan.one_of(DELAYS_SECONDS))
        return self.send(request)

    def _land(self, probability: float) -> None:
        with self._lock:
            everybody, self.late = self.late, []
            landing: list[tuple[Call, Request]] = []
            for number, one in enumerate(everybody):
                lands = len(everybody) - number > LATE_MAX or self.plan.happens(probability)
                (landing if lands else self.late).append(one)
        for _, request in landing:
            self.send(request)
