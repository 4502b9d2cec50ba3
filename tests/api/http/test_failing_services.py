"""A service of AWS that fails, at each call of each endpoint: 503, never 500, and a repeat does it once.

The requests are those of test_call_counts.py, which prepare one another. Each fault meets the bank as it was before.
"""

from functools import partial
from typing import Any

import pytest

from chalicelib.handlers.http.operation import operations
from chalicelib.services.verification import verify_parts
from tests.api.helpers.bank import Api, Reply
from tests.api.helpers.repeated_request import RepeatedRequest, give_up_soon
from tests.api.helpers.run_machine import RunMachine
from tests.api.http import test_call_counts
from tests.api.http.test_call_counts import COSTS, World

world = test_call_counts.world
KEYLESS = {one.route.view for one in operations() if one.key == "ignored"}


class Repeating(Api):
    """Sends each POST of somebody who is signed in with the same key until `key` is set anew."""

    key = ""

    def send(self, method: str, path: str, body: object = None, **options: Any) -> Reply:
        if method == "POST" and options.get("token"):
            options["key"] = self.key
        return super().send(method, path, body, **options)


@pytest.mark.timeout(900)
def test_endpoint_whose_service_fails_is_503_and_its_repeat_does_it_once(
    world: World, interest_machine: RunMachine, signing_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATEMENT_STATE_MACHINE_ARN", interest_machine.arn)
    give_up_soon(monkeypatch)
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", ())
    interest_machine.idle = True
    client, wrong = Repeating(), list[str]()
    world = world._replace(client=client)
    for number, cost in enumerate(COSTS):
        client.key = f"row-{number}"
        started = dict(interest_machine.inputs)

        def forget_executions(started: dict[str, str]) -> None:
            interest_machine.inputs = dict(started)

        has_key = cost.view not in KEYLESS
        one = RepeatedRequest(partial(cost.request, world), has_key, partial(forget_executions, started))
        wrong += [f"{cost.view} {found}" for found in one.wrongs()]
        one.do()
    assert not wrong, "\n".join(wrong)
