"""The mailer inside this process, and the mails that it sends.

Both stand-ins hang on botocore's own events, so that the code under test calls its real clients.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from chalice.test import Client as ChaliceClient

from app import app
from chalicelib import aws
from infra.settings import ROOT
from tests.api.helpers.bank import STAGE, Json

NAME = f"florin-{STAGE}-mailer"
SENDER = "bank@florin.example"
CODE = re.compile(r"^(?:usr|cus)_\w+\.[\w-]{43}$", re.MULTILINE)


class Mailbox:
    """`orders` are what the mailer was started with, `mails` what SES was given; with `refusal`, SES answers that.

    While `held`, the mailer is asked but not started; while `throttled`, Lambda takes no order.
    """

    def __init__(self) -> None:
        self.orders: list[Json] = []
        self.mails: list[Json] = []
        self.refusal: str | None = None
        self.held = False
        self.throttled = False
        self._functions = ChaliceClient(app, stage_name=STAGE, project_dir=str(ROOT)).lambda_

    def deliver(self, order: Json) -> None:
        """Start the mailer, as Lambda does."""
        self._functions.invoke("mailer", order)

    def sent_to(self, address: str) -> list[str]:
        """The texts of the mails to an address, in their order."""
        return [mail["Message.Body.Text.Data"] for mail in self.mails if _to(mail) == [address]]

    def code_for(self, address: str) -> str:
        """The last code that was sent to an address."""
        [code] = CODE.findall([text for text in self.sent_to(address) if "code" in text][-1])
        return str(code)

    def _invoked(self, params: Json, **_: object) -> tuple[Any, Json]:
        assert params["url_path"] == f"/2015-03-31/functions/{NAME}/invocations"
        assert params["headers"]["X-Amz-Invocation-Type"] == "Event"
        if self.throttled:
            said = {"Error": {"Code": "TooManyRequestsException"}, "ResponseMetadata": {"HTTPStatusCode": 429}}
            return SimpleNamespace(status_code=429), said
        self.orders.append(json.loads(params["body"]))
        if not self.held:
            self.deliver(self.orders[-1])
        return SimpleNamespace(status_code=202), {"StatusCode": 202}

    def _posted(self, params: Json, **_: object) -> tuple[Any, Json]:
        if self.refusal:
            said = f"the identities failed the check: {params['body']}"
            return SimpleNamespace(status_code=400), {
                "Error": {"Code": self.refusal, "Message": said},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
        mail = dict(params["body"])
        assert mail["Source"] == SENDER
        self.mails.append(mail)
        return SimpleNamespace(status_code=200), {"MessageId": str(len(self.mails))}


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """Stand in for Lambda and SES while the block runs."""
    mailbox = Mailbox()
    hooks = [
        ("lambda", "before-call.lambda.Invoke", mailbox._invoked),
        ("ses", "before-call.ses.SendEmail", mailbox._posted),
    ]
    for service, event, hook in hooks:
        aws.client(service).meta.events.register(event, hook)
    try:
        yield mailbox
    finally:
        for service, event, hook in hooks:
            aws.client(service).meta.events.unregister(event, hook)


def _to(mail: Json) -> list[str]:
    """Return the addresses, which SES's query protocol numbers."""
    return [value for name, value in mail.items() if name.startswith("Destination.ToAddresses.")]
