"""What a client asks of an endpoint: where its events go, and which it gets."""

from collections.abc import Sequence

from chalicelib.domain.errors import FieldError, ValidationFailed
from chalicelib.domain.events.catalogue import BY_NAME
from chalicelib.domain.webhooks import patterns
from chalicelib.services.webhooks import sender


def check(url: str, wanted: Sequence[str]) -> None:
    """Raise ValidationFailed for an address that must not be reached, and for patterns that match no type of event.

    The name is resolved: one that leads to a private address is refused now, and again at each attempt.
    """
    wrong = [
        FieldError(f"events.{number}", "matches no type of event. GET /v1/event-types lists them")
        for number, pattern in enumerate(wanted)
        if not any(patterns.matches([pattern], one) for one in BY_NAME)
    ]
    if wrong:
        raise ValidationFailed("; ".join(f"{one.field}: {one.message}" for one in wrong[:5]), errors=tuple(wrong))
    refusal = sender.find_refusal(url)
    if refusal:
        raise ValidationFailed.of("url", refusal)
