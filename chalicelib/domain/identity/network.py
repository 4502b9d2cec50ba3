"""The network that a request comes from: what one subscriber or one site usually has."""

from ipaddress import IPv6Address, ip_address, ip_network

IPV4_PREFIX, IPV6_PREFIX = 24, 64
UNKNOWN = "unknown"


def network_of(source_ip: str) -> str:
    """Return the network of an address: /24 of IPv4, /64 of IPv6. An IPv4 address in IPv6 notation is one of IPv4."""
    try:
        address = ip_address(source_ip.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = IPV4_PREFIX if address.version == 4 else IPV6_PREFIX
    return str(ip_network(f"{address}/{prefix}", strict=False))
