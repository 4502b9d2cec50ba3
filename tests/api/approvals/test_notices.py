"""The mail to the maker of an approval that has expired: one, whoever has seen that its time is over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import ConnectTimeoutError

from chalicelib.domain.approvals.decision import STATUSES
from chalicelib.domain.errors import Unavailable
from chalicelib.models.approvals.approval import Approval
from chalicelib.services.events import event_consumer
from chalicelib.services.payments import hold_expiry
from tests.api.helpers.accounts import new_key, opened, transfer
from tests.api.helpers.approvals import World, expire_all
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.held_money import set_policy
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream

EXPIRED = "It has expired, and nothing was done."


@pytest.fixture
def stream(streamed_bank: None) -> Stream:
    """Begun before there are people."""
    return Stream()


@pytest.fixture
def approval(stream: Stream, world: World, mailbox: Mailbox) -> Json:
    world.set_policy("overdraft_limit")
    return world.waiting(world.limit())


def notices(mailbox: Mailbox, user: User) -> int:
    return len([text for text in mailbox.sent_to(user.email) if EXPIRED in text])


def test_maker_gets_one_mail_also_when_the_sweep_and_the_stream_come_twice(
    stream: Stream, world: World, approval: Json, mailbox: Mailbox
) -> None:
    assert (expire_all(), expire_all()) == (1, 0)
    delivered = stream.let_follow()
    event_consumer.consume(delivered)
    assert len([one for one in mailbox.orders if one["kind"] == "approval_expired"]) == 2
    assert notices(mailbox, world.teller) == 1
    for user in (world.customer, world.manager, world.admin):
        assert notices(mailbox, user) == 0
    assert approval["id"] not in str(mailbox.mails)


def test_each_request_that_expires_has_its_own_mail(
    stream: Stream, world: World, approval: Json, mailbox: Mailbox
) -> None:
    world.waiting(world.limit("60.00"))
    assert expire_all() == 2
    stream.let_follow()
    assert notices(mailbox, world.teller) == 2


def test_decision_that_comes_too_late_tells_the_maker(
    stream: Stream, world: World, approval: Json, mailbox: Mailbox, log_in: Callable[[str], User],
    at_time: Callable[[timedelta], None],
) -> None:  # fmt: skip
    at_time(timedelta(hours=73))
    world.manager = log_in(world.manager.email)
    world.approve(approval).refused(409, "conflict")
    stream.let_follow()
    assert notices(mailbox, world.teller) == 1


def test_customer_hears_that_its_payment_has_expired_and_not_which(
    stream: Stream, client: Api, customer: User, other_customer: User, admin: User, manager: User, mailbox: Mailbox,
    at_time: Callable[[timedelta], None],
) -> None:  # fmt: skip
    payer, payee = opened(client, customer, "90.00"), opened(client, other_customer)
    set_policy(client, admin, "transfer")
    transfer(client, customer, payer, payee, "77.31", key=new_key()).ok(202)
    at_time(timedelta(hours=73))
    for _ in range(2):
        hold_expiry.sweep()
        stream.let_follow()
    assert [item["status"] for item in items(type="approval")] == ["expired"]
    [text] = mailbox.sent_to(customer.email)
    assert EXPIRED in text
    assert "77.31" not in text
    assert notices(mailbox, other_customer) == 0


@pytest.mark.parametrize("how", ["approve", "reject", "cancel"])
def test_what_ends_otherwise_sends_no_mail(
    stream: Stream, world: World, approval: Json, mailbox: Mailbox, how: str
) -> None:
    world.decide(approval, how, "teller" if how == "cancel" else "manager").ok()
    expire_all()
    stream.let_follow()
    assert mailbox.orders == []


def test_order_that_lambda_does_not_take_is_repeated_by_the_stream(
    stream: Stream, world: World, approval: Json, mailbox: Mailbox
) -> None:
    expire_all()
    records = stream.read()
    mailbox.throttled = True
    with pytest.raises(Unavailable):
        event_consumer.consume(records)
    mailbox.throttled = False
    event_consumer.consume(records)
    assert notices(mailbox, world.teller) == 1
    assert items(type="set_aside") == []


def test_notice_whose_record_cannot_be_written_is_not_sent_again_for_it(
    stream: Stream, world: World, approval: Json, mailbox: Mailbox
) -> None:
    """Lambda would deliver the order again if the mailer raised."""

    def unreachable() -> None:
        raise ConnectTimeoutError(endpoint_url="http://dynamodb")

    stream.let_follow()
    expire_all()
    with just_before("PutItem", unreachable):
        stream.let_follow()
    assert notices(mailbox, world.teller) == 1
    assert items(type="sent_notice") == []


def test_maker_who_is_disabled_gets_no_mail(stream: Stream, world: World, approval: Json, mailbox: Mailbox) -> None:
    path = f"/v1/users/{world.teller.user_id}"
    world.client.patch(path, {"status": "disabled"}, token=world.admin.token).ok()
    expire_all()
    stream.let_follow()
    assert mailbox.mails == []


def test_redrive_orders_the_mail_of_what_was_set_aside(world: World, approval: Json) -> None:
    assert event_consumer.batch_of(stored()).expired == ()
    expire_all()
    assert [one.id for one in event_consumer.batch_of(stored()).expired] == [approval["id"]]


def stored() -> Approval:
    [page] = [page for status in STATUSES for page in Approval.walk_with_status(status) if page]
    return page[0]
