"""Which addresses the service may call: globally routable unicast ones, and networks the operator names.

Pure policy. ``ipaddress`` alone does not decide: its ``is_global`` is True for multicast, 6to4 and NAT64 forms.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORBIDDEN = tuple(
    (ip_network(network), reason)
    for network, reason in (
        # IANA IPv4 Special-Purpose Address Registry
        ("0.0.0.0/32", "the unspecified address"),
        ("0.0.0.0/8", "an address of this network"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "an address shared by a carrier's customers"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "an address of protocol assignments"),
        ("192.0.2.0/24", "an address of documentation"),
        ("192.88.99.0/24", "an address of 6to4 relays"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address of benchmarks"),
        ("198.51.100.0/24", "an address of documentation"),
        ("203.0.113.0/24", "an address of documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("255.255.255.255/32", "the broadcast address"),
        ("240.0.0.0/4", "a reserved address"),
        # public by the registry, and yet a cloud's own service inside every machine of it (Azure)
        ("168.63.129.16/32", "an address of a cloud's own services"),
        # IANA IPv6 Special-Purpose Address Registry
        ("::/128", "the unspecified address"),
        ("::1/128", "a loopback address"),
        ("100::/64", "a discard-only address"),
        ("2001::/32", "a Teredo address"),
        ("2001:2::/48", "an address of benchmarks"),
        ("2001:db8::/32", "an address of documentation"),
        ("2001::/23", "an address of protocol assignments"),
        ("3fff::/20", "an address of documentation"),
        ("64:ff9b:1::/48", "an address of a local translator"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
)
IPV6_UNICAST = IPv6Network("2000::/3")
"""All that IANA has ever handed out for global unicast."""
NAT64 = IPv6Network("64:ff9b::/96")
IPV4_AT_THE_END = (
    NAT64,
    IPv6Network("64:ff9b:1::/48"),  # local translators (RFC 8215)
    IPv6Network("::/96"),  # IPv4-compatible (RFC 4291 §2.5.5.1)
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated (RFC 2765 §2.1)
)
ISATAP_INTERFACES = (0x00005EFE, 0x02005EFE)
"""Upper half of an interface identifier that ends in an IPv4 address (RFC 5214 §6.1)."""

HTTP_URL = r"^https?://[^\s/?#@]+(/[^\s?#@]*)?$"
"""Without user, password or query: these would be secrets in a setting that is none."""


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """CIDR texts as networks. Raises ValueError, which names the text."""
    return tuple(ip_network(text, strict=False) for text in texts)


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv4-mapped one stands for: the kernel connects to that."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def forbidden_reason(address: Address, allowed_networks: Iterable[Network] = ()) -> str | None:
    """Why ``address`` must not be called, as "a private address"; None where it may be.

    An address that carries others (NAT64, 6to4, Teredo, ISATAP, …) may be called only if all of them may be.
    """
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "an address with a zone"
    outer = unwrapped(address)
    allowed = tuple(allowed_networks)
    reasons = (_reason(each, allowed) for each in (outer, *_carried(outer)))
    return next((reason for reason in reasons if reason), None)


def _reason(address: Address, allowed: tuple[Network, ...]) -> str | None:
    if any(address in network for network in allowed):
        return None
    for network, reason in FORBIDDEN:
        if address in network:
            return reason
    if isinstance(address, IPv6Address) and address not in IPV6_UNICAST and address not in NAT64:
        return "a reserved address"
    if not address.is_global or address.is_multicast:  # what the registry learns after this table was written
        return "a reserved address"
    return None


def _carried(address: Address) -> Iterator[IPv4Address]:
    """IPv4 addresses inside an IPv6 one, to which a router, a relay or the kernel would turn."""
    if isinstance(address, IPv4Address):
        return
    bits = int(address)
    if any(address in network for network in IPV4_AT_THE_END) and bits > 1:
        yield IPv4Address(bits & 0xFFFFFFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if bits >> 32 & 0xFFFFFFFF in ISATAP_INTERFACES:
        yield IPv4Address(bits & 0xFFFFFFFF)
