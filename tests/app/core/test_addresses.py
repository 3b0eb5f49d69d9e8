"""Only globally routable unicast, and what the operator names."""

import random
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest

from app.core.addresses import FORBIDDEN, forbidden_reason, networks, unwrapped


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("0.0.0.0", "unspecified"),
        ("0.255.0.1", "this network"),
        ("10.0.0.0", "private"),
        ("100.64.0.0", "carrier"),
        ("100.127.255.255", "carrier"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.255", "loopback"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.0", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.8", "protocol"),
        ("192.0.2.255", "documentation"),
        ("192.168.255.255", "private"),
        ("198.19.255.255", "benchmarks"),
        ("224.0.0.0", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.0", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("168.63.129.16", "cloud"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::1.2.3.4", "reserved"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:0:8.8.8.8", "reserved"),
        ("64:ff9b::10.0.0.1", "private"),
        ("64:ff9b::169.254.169.254", "link-local"),
        ("64:ff9b:1::8.8.8.8", "translator"),
        ("2002:7f00:1::", "loopback"),
        ("2002:a00:1::1", "private"),
        ("2001:0:808:808::", "Teredo"),
        ("2001:2::1", "benchmarks"),
        ("2001:1ff::1", "protocol"),
        ("2001:db8::", "documentation"),
        ("3fff:fff::1", "documentation"),
        ("100::1", "discard"),
        ("5f00::1", "reserved"),
        ("fc00::", "private"),
        ("fe80::1", "link-local"),
        ("fec0::1", "site-local"),
        ("ff0e::1", "multicast"),
        ("2606:4700::5efe:10.0.0.1", "private"),
        ("2606:4700::200:5efe:127.0.0.1", "loopback"),
        ("2606:4700::1%eth0", "zone"),
    ],
)
def test_what_is_forbidden_and_why(address: str, reason: str) -> None:
    assert reason in (forbidden_reason(ip_address(address)) or "allowed")


@pytest.mark.parametrize(
    "address", [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.17.0.1", "198.20.0.1",
    "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2606:4700::1111", "2a00:1450::1",
    "2001:4860:4860::8888", "2606:4700::5efe:8.8.8.8", ],
)  # fmt: skip
def test_what_is_public(address: str) -> None:
    assert forbidden_reason(ip_address(address)) is None


def test_an_allowed_network_counts_for_what_an_address_carries() -> None:
    allowed = networks(("10.0.0.0/8", "::1/128"))
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "::1"):
        assert forbidden_reason(ip_address(address), allowed) is None
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "2001:0:a00:1::", "fe80::1", "::2"):
        assert forbidden_reason(ip_address(address), allowed)
    everything_local = networks(("64:ff9b:1::/48",))
    assert forbidden_reason(ip_address("64:ff9b:1::8.8.8.8"), everything_local) is None
    assert "private" in str(forbidden_reason(ip_address("64:ff9b:1::10.0.0.1"), everything_local))


def test_the_edges_of_every_forbidden_network() -> None:
    for network, _reason in FORBIDDEN:
        for address in (network[0], network[-1], network[network.num_addresses // 2]):
            assert forbidden_reason(address), f"{address} of {network}"


def test_nothing_that_python_knows_to_be_special_passes() -> None:
    """An independent table: ipaddress's own properties, over addresses drawn from everywhere."""
    drawn = random.Random(11)
    for _ in range(20_000):
        address = IPv4Address(drawn.getrandbits(32))
        special = not address.is_global or address.is_multicast or address.is_reserved
        assert not special or forbidden_reason(address)
        mapped = IPv6Address(f"::ffff:{address}")
        assert forbidden_reason(mapped) == forbidden_reason(address)
        assert forbidden_reason(address) is None or forbidden_reason(IPv6Address(f"64:ff9b::{address}"))
        wide = IPv6Address(drawn.getrandbits(128))
        assert wide in ip_network("2000::/3") or forbidden_reason(wide)


def test_mapped_addresses_are_what_they_map() -> None:
    assert unwrapped(ip_address("::ffff:8.8.8.8")) == IPv4Address("8.8.8.8")
    assert unwrapped(ip_address("64:ff9b::8.8.8.8")) == ip_address("64:ff9b::8.8.8.8")


def test_networks_are_read_or_named() -> None:
    assert networks(("10.1.2.3/8",)) == (IPv4Network("10.0.0.0/8"),)
    with pytest.raises(ValueError, match="tomorrow"):
        networks(("tomorrow",))
