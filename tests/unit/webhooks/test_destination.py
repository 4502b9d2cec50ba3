"""Where a webhook message may go."""

from ipaddress import ip_address

import pytest

from chalicelib.domain.webhooks.destination import Destination, Refused, check_addresses, is_public, parse

PUBLIC = Destination(is_secure=True, host="hooks.example.com", port=443, target="/")


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, "/"),
        ("https://hooks.example.com:443/", "hooks.example.com", 443, "/"),
        ("HTTPS://Hooks.Example.COM/A/b?c=D&e", "hooks.example.com", 443, "/A/b?c=D&e"),
        ("https://hooks.example.com:8443/x/../y", "hooks.example.com", 8443, "/x/../y"),
        ("https://xn--mnchen-3ya.de/x", "xn--mnchen-3ya.de", 443, "/x"),
        ("https://a.example.com?token=1", "a.example.com", 443, "/?token=1"),
    ],
)
def test_public_https_url_is_a_destination(url: str, host: str, port: int, target: str) -> None:
    found = parse(url)
    assert found == Destination(True, host, port, target)
    assert found.authority == (host if port == 443 else f"{host}:{port}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://hooks.example.com", "https://"),
        ("ftp://hooks.example.com", "https://"),
        ("file:///etc/passwd", "https://"),
        ("//hooks.example.com", "https://"),
        ("hooks.example.com", "https://"),
        ("", "printable"),
        ("https://hooks.example.com/a b", "printable"),
        ("https://hooks.example.com/\r\nX-Evil: 1", "printable"),
        ("https://hooks.example.com/\tb", "printable"),
        ("https://hooks.example.com/ü", "printable"),
        ("https://ｈooks.example.com/", "printable"),
        ("https://hooks.example.com\\@127.0.0.1/", "printable"),
        (f"https://hooks.example.com/{'a' * 2000}", "2000"),
        ("https://ada@hooks.example.com/", "user name"),
        ("https://ada:secret@hooks.example.com/", "user name"),
        ("https://hooks.example.com@127.0.0.1/", "user name"),
        ("https://hooks.example.com/#fragment", "fragment"),
        ("https://hooks.example.com/#", "fragment"),
        ("https:///path", "public host"),
        ("https:hooks.example.com", "public host"),
        ("https://localhost/", "public host"),
        ("https://intranet/", "public host"),
        ("https://93.184.216.34/", "public host"),
        ("https://127.0.0.1./", "public host"),
        ("https://127.0.0.1/", "public host"),
        ("https://127.1/", "public host"),
        ("https://2130706433/", "public host"),
        ("https://0x7f000001/", "public host"),
        ("https://0x7f.0x1/", "public host"),
        ("https://0177.0.0.1/", "public host"),
        ("https://127.0.0.0x1/", "public host"),
        ("https://[::1]/", "public host"),
        ("https://[::ffff:127.0.0.1]/", "public host"),
        ("https://[2606:4700::1]/", "public host"),
        ("https://hooks.example.com./", "public host"),
        ("https://hooks..example.com/", "public host"),
        ("https://-hooks.example.com/", "public host"),
        ("https://hooks_1.example.com/", "public host"),
        ("https://hooks%2eexample.com/", "public host"),
        ("https://hooks.example.com%00.evil.com/", "public host"),
        (f"https://{'a.' * 130}com/", "public host"),
        (f"https://{'a' * 64}.com/", "public host"),
        ("https://hooks.example.com:80/", "port 443 or 8443"),
        ("https://hooks.example.com:9001/", "port 443 or 8443"),
        ("https://hooks.example.com:22/", "port 443 or 8443"),
        ("https://hooks.example.com:65536/", "port 443 or 8443"),
        ("https://hooks.example.com:0/", "a port as a number"),
        ("https://hooks.example.com:00443/", "a port as a number"),
        ("https://hooks.example.com:/", "a port as a number"),
        ("https://hooks.example.com:4 43/", "printable"),
        ("https://hooks.example.com:443:80/", "a port as a number"),
        ("https://[::1/", "a URL"),
        ("https://[::1]x/", "a port as a number"),
    ],
)
def test_other_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        parse(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9001/x", "http://localhost:8080/x", "http://[::1]:1/x", "https://127.9.9.9:5/x"]
)
def test_own_machine_is_a_destination_where_the_setting_says_so(url: str) -> None:
    assert parse(url, allows_loopback=True).target == "/x"
    with pytest.raises(Refused):
        parse(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://hooks.example.com/", "https://"),
        ("http://10.0.0.1/", "https://"),
        ("https://10.0.0.1/", "public host"),
        ("https://0.0.0.0/", "public host"),
        ("http://localhost.example.com/", "https://"),
        ("https://hooks.example.com:9001/", "port 443 or 8443"),
    ],
)
def test_setting_opens_no_other_machine(url: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        parse(url, allows_loopback=True)


PRIVATE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1"),  # noqa: S104 — refused as a destination
    *("169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1"),
    *("192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255"),
    *("240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::5db8:d822", "64:ff9b:1::7f00:1", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1"),
    *("fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2001:10::1"),
    *("2002:7f00:1::", "2002:5db8:d822::1", "3fff::1", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:10.0.0.1"),
    *("4000::1", "2606:4700::1%lo"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    for addresses in ([address], ["93.184.216.34", address]):
        with pytest.raises(Refused, match="all public"):
            check_addresses(PUBLIC, addresses)


@pytest.mark.parametrize(
    "address",
    [
        *("93.184.216.34", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255"),
        *("172.32.0.0", "169.253.0.0", "169.255.0.0", "192.167.0.0", "223.255.255.255", "2606:4700::1", "2a00:1450::1"),
    ],
)
def test_public_address_is_allowed(address: str) -> None:
    assert check_addresses(PUBLIC, [address]) == [ip_address(address)]


def test_loopback_is_allowed_only_by_the_setting_and_only_alone() -> None:
    local = parse("http://localhost:1/", allows_loopback=True)
    assert check_addresses(local, ["127.0.0.1", "::1"], allows_loopback=True)
    with pytest.raises(Refused):
        check_addresses(local, ["127.0.0.1", "::1"])
    with pytest.raises(Refused):
        check_addresses(local, ["127.0.0.1", "10.0.0.1"], allows_loopback=True)


def test_name_of_this_machine_that_leads_elsewhere_gets_no_plain_text() -> None:
    local = parse("http://localhost:1/", allows_loopback=True)
    with pytest.raises(Refused):
        check_addresses(local, ["93.184.216.34"], allows_loopback=True)


@pytest.mark.parametrize("addresses", [[], ["not an address"], ["127.0.0.1.5"], ["93.184.216.34", ""]])
def test_host_without_addresses_is_refused(addresses: list[str]) -> None:
    with pytest.raises(Refused):
        check_addresses(PUBLIC, addresses)
    with pytest.raises(Refused):
        check_addresses(PUBLIC, addresses, allows_loopback=True)
