"""A transfer reaches a receiver through the running stack, signed, with IAM enforced."""

import svix.webhooks
from standardwebhooks.webhooks import Webhook

from tests.receiver import Receiver
from tests.stack import eventually
from tests.workflow.bank import Client

ENDPOINTS = "/v1/webhook-endpoints"


def test_transfer_reaches_the_receivers_of_its_customer_and_of_the_bank_signed(
    customer: Client, manager: Client
) -> None:
    with Receiver() as of_customer, Receiver() as of_bank:
        secrets = {}
        for client, receiver in ((customer, of_customer), (manager, of_bank)):
            body = {"url": receiver.url, "events": ["transaction.*"], "signature": "hmac"}
            made = client.post(ENDPOINTS, body)
            assert made.status == 201, made
            secrets[receiver.url] = (made.body["secret"], made.body["id"])
        account, other = customer.open_account(initial_deposit="10.00"), customer.open_account()
        transfer = customer.post(
            "/v1/transactions/transfer",
            {"from_account_id": account["id"], "to_account_id": other["id"], "amount": "2.50"},
        )
        assert transfer.status == 201, transfer
        for client, receiver in ((customer, of_customer), (manager, of_bank)):
            secret, endpoint_id = secrets[receiver.url]

            def posted(receiver: Receiver = receiver) -> list[bytes]:
                return [one.body for one in receiver.messages if transfer.body["id"].encode() in one.body]

            eventually(posted)
            messages = [one for one in receiver.messages if transfer.body["id"].encode() in one.body]
            event = Webhook(secret).verify(messages[0].body, messages[0].headers)
            svix.webhooks.Webhook(secret).verify(messages[0].body, messages[0].headers)
            assert (event["type"], event["data"]["id"]) == ("transaction.posted", transfer.body["id"])
            assert messages[0].headers["webhook-id"] == event["id"]

            def recorded(client: Client = client, endpoint_id: str = endpoint_id, event_id: str = event["id"]) -> bool:
                found = client.get(f"{ENDPOINTS}/{endpoint_id}/deliveries?status=succeeded").body["data"]
                return event_id in [one["event_id"] for one in found]

            eventually(recorded)
            assert client.call("DELETE", f"{ENDPOINTS}/{endpoint_id}").status == 204
