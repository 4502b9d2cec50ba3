"""Invitations on the deployed stack with IAM enforced: the mailer reads the customer, and writes the code's hash."""

import re
import uuid
from collections import Counter
from functools import partial

from tests.stack import Stack, eventually
from tests.workflow.bank import PASSWORD, Client, Reply, at_once, new_key
from tests.workflow.identity.test_password_reset import logged, mails_to

CODE = re.compile(r"^cus_\w+\.[\w-]{43}$", re.MULTILINE)
BIRTHDAY = "1906-12-09"


def invited(stack: Stack, teller: Client, customer_id: str, email: str, mails: int) -> str:
    """Invite a customer, and return the code of the mail, which is the last of so many."""
    reply = teller.post(f"/v1/customers/{customer_id}/invitation", key=new_key())
    assert reply.status == 201, reply
    eventually(lambda: len(mails_to(stack, email)) == mails)
    texts = mails_to(stack, email)
    codes = {code for text in texts for code in CODE.findall(text)}
    assert len(codes) == mails
    return str(CODE.findall(texts[-1])[0])


def accept_at_once(stack: Stack, code: str, birthday: str) -> list[Reply]:
    body = {"token": code, "date_of_birth": birthday, "password": PASSWORD}
    return at_once([partial(Client(stack.url).call, "POST", "/v1/auth/invitations/accept", body)] * 8, 8)


def wrong_fields(replies: list[Reply]) -> Counter[str]:
    return Counter(one["field"] for reply in replies if reply.status == 422 for one in reply.body["errors"])


def test_of_8_guesses_at_once_five_are_compared_and_of_8_acceptances_one_makes_a_user(
    stack: Stack, teller: Client
) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    person = {"first_name": "Grace", "last_name": "Hopper", "email": email, "date_of_birth": BIRTHDAY}
    customer_id = teller.post("/v1/customers", person, key=new_key()).body["id"]
    code = invited(stack, teller, customer_id, email, 1)
    guesses = accept_at_once(stack, code, "1906-12-10")
    assert wrong_fields(guesses) == {"date_of_birth": 5, "token": 3}
    code = invited(stack, teller, customer_id, email, 2)
    replies = accept_at_once(stack, code, BIRTHDAY)
    assert Counter(reply.status for reply in replies) == {201: 1, 422: 7}
    assert wrong_fields(replies) == {"token": 7}
    assert Client(stack.url).call("POST", "/v1/auth/login", {"email": email, "password": PASSWORD}).status == 200
    written = logged(stack)
    assert "invitation accepted" in written
    assert code.partition(".")[2] not in written
    assert email not in written
