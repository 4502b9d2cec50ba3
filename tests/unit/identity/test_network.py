"""The network of an address."""

import pytest

from chalicelib.domain.identity.network import network_of


@pytest.mark.parametrize(
    ("source_ip", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("203.0.114.7", "203.0.114.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::6", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("203.0.113", "unknown"),
        ("a host", "unknown"),
    ],
)
def test_an_address_belongs_to_the_network_of_its_prefix(source_ip: str, network: str) -> None:
    assert network_of(source_ip) == network
