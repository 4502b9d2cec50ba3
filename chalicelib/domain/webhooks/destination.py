"""Where a webhook message may go: rules for the URL, and for every address that its host has.

The bank sends what a customer asks for to an address that the customer chooses, from inside the bank's own network. So
only public names and public addresses are allowed. The rules list what is allowed, and refuse the rest.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

URL_LENGTH_MAX = 2000
HOST_LENGTH_MAX = 253
PORTS = frozenset({443, 8443})
"""With others, a customer could have the bank try the ports of strangers' machines."""
LOOPBACK_NAME = "localhost"

_PRINTABLE = re.compile(r"[!-~]+")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?")
"""Two labels at least. The last one begins with a letter, so no way of writing an IPv4 address is a name."""
_PORT = re.compile(r"[1-9][0-9]{0,4}")

_NOT_PUBLIC_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, and the unspecified address
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, with the metadata of clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112: answers for private addresses
            "192.52.193.0/24",  # automatic multicast tunnels
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""Everything else has no owner in the internet: loopback, unique-local, link-local, multicast, IPv4-mapped, NAT64."""
_NOT_PUBLIC_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, with Teredo, which contains an IPv4 address
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which contains an IPv4 address
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The third quarter of an IPv6 address that ends with an IPv4 address (RFC 5214)."""


class Refused(ValueError):
    """A URL or an address that no message may go to. The message completes "The URL …" for the client."""


@dataclass(frozen=True)
class Destination:
    """The parts of a URL. `target` is the path with the query, as it is sent."""

    is_secure: bool
    host: str
    port: int
    target: str

    @property
    def name(self) -> str:
        """The host as it is resolved, and as its certificate names it."""
        return self.host.removeprefix("[").removesuffix("]")

    @property
    def authority(self) -> str:
        """The header Host: the host, and the port unless it is the usual one."""
        return self.host if self.port == (443 if self.is_secure else 80) else f"{self.host}:{self.port}"


def parse(url: str, *, allows_loopback: bool = False) -> Destination:
    """Return the destination of a URL. Raises Refused.

    `allows_loopback` also allows `http`, and any port, for a host that is a loopback address or `localhost`.
    """
    if not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise Refused("must consist of printable ASCII characters without spaces and backslashes")
    if len(url) > URL_LENGTH_MAX:
        raise Refused(f"must have at most {URL_LENGTH_MAX} characters")
    scheme, authority = _split(url)
    host, port_text = _host_and_port(authority)
    is_local = allows_loopback and _is_loopback_name(host)
    if scheme != "https" and not (is_local and scheme == "http"):
        raise Refused("must begin with https://")
    if not is_local and (len(host) > HOST_LENGTH_MAX or not _HOST.fullmatch(host)):
        raise Refused("must name a public host, such as hooks.example.com: no IP address, no name without a domain")
    port = int(port_text) if port_text else (443 if scheme == "https" else 80)
    if not 1 <= port <= 65535 or not (is_local or port in PORTS):
        raise Refused(f"must use port {' or '.join(map(str, sorted(PORTS)))}")
    rest = urlsplit(url)
    return Destination(scheme == "https", host, port, f"{rest.path or '/'}{'?' + rest.query if rest.query else ''}")


def check_addresses(
    destination: Destination, addresses: Collection[str], *, allows_loopback: bool = False
) -> list[Address]:
    """Return the addresses that a host has, if a message may go to each of them. Raises Refused.

    One address that is not public refuses them all: a name with both would reach the inside by chance.
    """
    found = [_parse_address(text) for text in addresses]
    if allows_loopback and found and all(one.is_loopback for one in found):
        return found
    if not destination.is_secure or not found or not all(map(is_public, found)):
        raise Refused("must name a host whose addresses are all public")
    return found


def is_public(address: Address) -> bool:
    """Return whether an address belongs to somebody in the internet, and contains no other address."""
    if isinstance(address, IPv4Address):
        return not _is_in(address, _NOT_PUBLIC_IPV4)
    if address not in _PUBLIC_IPV6 or address.scope_id or _is_in(address, _NOT_PUBLIC_IPV6):
        return False
    return int(address) >> 32 & 0xFFFFFFFF not in _ISATAP


def _is_in(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)


def _split(url: str) -> tuple[str, str]:
    """Return scheme and authority in lower case. Raises Refused for what a receiver's URL has no use for."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused("must be a URL, such as https://hooks.example.com/florin") from error
    if "@" in parts.netloc:
        raise Refused("must contain no user name or password")
    if "#" in url:
        raise Refused("must contain no fragment (#…)")
    return parts.scheme.lower(), parts.netloc.lower()


def _host_and_port(authority: str) -> tuple[str, str]:
    """Split an authority. Raises Refused for a port that is not a number."""
    bracketed, bracket, after = authority.rpartition("]")
    if bracket:
        host = bracketed + bracket
    else:
        host, colon, port = authority.partition(":")
        after = colon + port
    if after and not (after.startswith(":") and _PORT.fullmatch(after[1:])):
        raise Refused("must contain a port as a number, or none")
    return host, after[1:]


def _is_loopback_name(host: str) -> bool:
    if host == LOOPBACK_NAME:
        return True
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


def _parse_address(text: str) -> Address:
    try:
        return ip_address(text)
    except ValueError as error:
        raise Refused("must name a host whose addresses are all public") from error
