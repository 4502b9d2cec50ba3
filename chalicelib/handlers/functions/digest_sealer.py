"""The function that makes digests, on a schedule."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.HOURS), name="sealer")
def sealer(event: CloudWatchEvent) -> dict[str, list[int]]:
    """Seal whatever has moved. The answer, the numbers of the digests, is for whoever starts it by hand."""
    from chalicelib.models import connection
    from chalicelib.services.verification.seal_digest import seal

    connection.use_batch_timeouts()
    return {"digests": [signed.digest.number for signed in seal()]}
