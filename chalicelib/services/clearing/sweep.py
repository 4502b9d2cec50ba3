"""Does every minute what the clearing has due: cycles, instant payments that nobody sent, answers that did not
come, files whose day has come."""

from datetime import timedelta

from chalicelib import clock, config
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.services.clearing import cycles, file_payments, inquiries, recalls, received_recalls, submission

LEFT_AFTER = timedelta(seconds=5)
"""An instant payment is sent by the stream; what is still queued so long after its time is sent here."""


def sweep(caller: Caller) -> dict[str, int]:
    """Return how many cycles are open, payments sent, recalls sent or answers asked for or given, and files begun."""
    begun = file_payments.begin_due(caller)
    if not config.clearing_connected():
        return {"cycles": 0, "sent": 0, "asked": 0, "files": begun}
    sent = submission.submit_instant_left(caller, timestamp(clock.now() - LEFT_AFTER))
    opened = cycles.open_due(caller)
    asked = inquiries.inquire_due(caller) + recalls.do_due(caller) + received_recalls.send_left(caller)
    return {"cycles": 1 if opened and opened.status != "closed" else 0, "sent": sent, "asked": asked, "files": begun}
