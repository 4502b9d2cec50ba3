"""The address of a caller, whether the request came straight to API Gateway or through the console's distribution.

API Gateway names whoever is connected to it, which for the console is a server of CloudFront. So the distribution names
its own caller in a header. Anybody can send that header; only the distribution can send the secret beside it.
"""

from collections.abc import Mapping

from chalicelib.services.crypto import edge_secret

ADDRESS_HEADER = "x-florin-viewer"
SECRET_HEADER = "x-florin-edge"  # noqa: S105  (the name of the header, not its value)


def address(headers: Mapping[str, str], connected: str) -> str:
    """Return the address that the distribution names, if the request has its secret; else the connected one.

    Raises Unavailable if the secret cannot be read: without it all customers would count as one network.
    """
    named, proof = headers.get(ADDRESS_HEADER), headers.get(SECRET_HEADER)
    return named if named and proof and edge_secret.matches(proof) else connected
