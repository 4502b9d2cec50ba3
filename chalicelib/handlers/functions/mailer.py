"""The function that sends mails. The API starts it and does not wait for it."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.observability import logger

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="mailer")
def mailer(event: dict[str, Any], context: Any) -> None:
    """Deliver one order. If it raises, Lambda tries it twice more, and then an alarm rings."""
    from chalicelib.services.mail.mailer import deliver
    from chalicelib.services.mail.order import MailRequest

    logger.append_keys(request_id=event["request_id"])
    order: MailRequest = {"kind": event["kind"], "to": event["to"], "request_id": event["request_id"]}
    if "about" in event:
        order["about"] = event["about"]
    deliver(order)
