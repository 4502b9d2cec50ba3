"""A forgotten password on the deployed stack: the mailer is a function with a role of its own, and SES has the mail."""

import json
import re
import urllib.request
import uuid

from infra.build.functions import short_names
from infra.settings import ROOT
from tests.stack import Stack, eventually
from tests.workflow.bank import PASSWORD, Client, Json, register

NEW = "a password to begin anew"
CODE = re.compile(r"^usr_\w+\.[\w-]{43}$", re.MULTILINE)


def mails_to(stack: Stack, address: str) -> list[str]:
    """What the emulator keeps instead of sending it."""
    path = "/_aws/ses" if stack.is_on_localstack else "/_ministack/ses/messages"
    with urllib.request.urlopen(stack.endpoint_url + path, timeout=30) as answer:
        kept: Json = json.load(answer)
    if stack.is_on_localstack:
        mails = kept["messages"]
        return [mail["Body"]["text_part"] for mail in mails if mail["Destination"]["ToAddresses"] == [address]]
    by_account: Json = kept["messages"]
    return [mail["BodyText"] for mails in by_account.values() for mail in mails if mail["To"] == [address]]


def logged(stack: Stack) -> str:
    """All that any function has written."""
    logs, written = stack.client("logs"), []
    for name in short_names(ROOT):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/florin-{stack.stage}-{name}"
        )
        written += [event["message"] for page in pages for event in page["events"]]
    return "\n".join(written)


def test_a_code_goes_to_the_mailbox_and_sets_a_new_password(stack: Stack) -> None:
    customer = register(stack.url)
    email = customer.get("/v1/user/profile").body["email"]
    public, unknown = Client(stack.url), f"{uuid.uuid4().hex}@example.com"
    replies = [public.call("POST", "/v1/auth/password/reset-requests", {"email": one}) for one in (unknown, email)]
    assert [(reply.status, reply.body) for reply in replies] == [(202, replies[0].body)] * 2
    [text] = eventually(lambda: mails_to(stack, email))
    [code] = CODE.findall(text)
    done = public.call("POST", "/v1/auth/password/reset", {"token": code, "new_password": NEW})
    assert done.status == 204, done
    assert public.call("POST", "/v1/auth/password/reset", {"token": code, "new_password": NEW}).status == 422
    assert public.call("POST", "/v1/auth/login", {"email": email, "password": PASSWORD}).status == 401
    assert public.call("POST", "/v1/auth/login", {"email": email, "password": NEW}).status == 200
    eventually(lambda: len(mails_to(stack, email)) == 2)
    assert mails_to(stack, unknown) == []
    written = logged(stack)
    assert "password reset" in written
    assert code.partition(".")[2] not in written
    assert email not in written
