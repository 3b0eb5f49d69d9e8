"""Judges a URL that a caller asks the service to call, without touching the network.

What passes is written in one way only: the same text means the same host, port and path to every parser after
this one. The names' addresses are judged by the pipeline's egress, at the moment of the call.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

import idna

from app.core.addresses import Address, Network, forbidden_reason, networks, unwrapped
from app.core.errors import ForbiddenUrl
from app.core.settings import Settings

MAX_CHARACTERS = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}
_BLOCKED_BY_BROWSERS = (  # the Fetch standard's "bad ports"
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 "
    "117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 "
    "587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 "
    "6668 6669 6679 6697 10080"
)
_DATABASES_AND_DESKTOPS = "445 873 1433 1521 2375 3306 3389 5432 5672 6379 6380 9042 11211 27017"
OTHER_PROTOCOLS = frozenset(int(port) for port in f"{_BLOCKED_BY_BROWSERS} {_DATABASES_AND_DESKTOPS}".split())
LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
_NEVER = re.compile(r"[\x00-\x20\x7f-\x9f\\]|\s")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[^\[\]:]+)(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
LOCAL_SUFFIXES = frozenset(("local", "localdomain", "internal", "intranet", "lan", "corp", "home", "arpa"))
TOO_LONG = f"The URL is longer than {MAX_CHARACTERS} characters. Use a shorter one."
SAY = "Give a public address that starts with https:// or http://."


@dataclass(frozen=True)
class RemoteUrl:
    """A URL in its one spelling. ``host`` is ASCII in lower case, without brackets; ``target`` has the query."""

    scheme: str
    host: str
    port: int
    path: str
    query: str
    address: Address | None

    @property
    def netloc(self) -> str:
        """Host and, where it is not the scheme's own, port."""
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """Path and query, as an HTTP request names them."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.target}"

    @property
    def shown(self) -> str:
        """Without the query, which may hold secrets."""
        return f"{self.scheme}://{self.netloc}{self.path}"


def checked_url(text: str, settings: Settings) -> str:
    """The URL in its one spelling, without fragment. Raises ForbiddenUrl, which never repeats query or password."""
    return str(judged_url(text, settings))


def judged_url(text: str, settings: Settings) -> RemoteUrl:
    """As ``checked_url``, in parts."""
    url = _parsed(text)
    if len(str(url)) > MAX_CHARACTERS:
        raise ForbiddenUrl(TOO_LONG)
    if url.port in OTHER_PROTOCOLS or not 1 <= url.port <= 65535:
        raise ForbiddenUrl(f"Port {url.port} belongs to another protocol than HTTP. Use a port that serves HTTP.")
    allowed = networks(settings.egress_networks)
    if url.address is not None:
        reason = forbidden_reason(url.address, allowed)
        if reason:
            raise ForbiddenUrl(f"{url.host} is {reason}, which the service does not call. {SAY}")
    elif _is_local(url.host, allowed):
        raise ForbiddenUrl(f"{url.host} is a name of a local network, which the service does not call. {SAY}")
    return url


def shown_url(url: str) -> str:
    """Scheme, host, port and path for logs and rows: no query, fragment, user or password."""
    try:
        return _parsed(url).shown
    except ForbiddenUrl:
        return "(a malformed URL)"


def _parsed(text: str) -> RemoteUrl:
    if len(text) > MAX_CHARACTERS:
        raise ForbiddenUrl(TOO_LONG)
    if _NEVER.search(text):
        raise ForbiddenUrl("The URL has spaces, control characters or backslashes in it. Percent-encode them.")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ForbiddenUrl(f"The URL cannot be read. {SAY}") from None
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not parts.netloc:
        raise ForbiddenUrl(f"The URL is not a full http or https address. {SAY}")
    if "@" in parts.netloc:
        raise ForbiddenUrl("The URL carries a user name or password. Use one without, such as a signed link.")
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if authority is None:
        raise ForbiddenUrl(f"The host or port of the URL cannot be read. {SAY}")
    host, address = _host(authority["host"])
    return RemoteUrl(
        scheme=scheme,
        host=host,
        port=int(authority["port"] or DEFAULT_PORTS[scheme]),
        path=_encoded(parts.path) or "/",
        query=_encoded(parts.query),
        address=address,
    )


def _encoded(text: str) -> str:
    """Characters outside ASCII as percent-encoded UTF-8; what is encoded already stays."""
    try:
        return quote(text, safe="!#$%&'()*+,/:;=?@[]~")
    except UnicodeEncodeError:  # lone surrogates
        raise ForbiddenUrl(f"The URL has characters that cannot be encoded. {SAY}") from None


def _host(text: str) -> tuple[str, Address | None]:
    """The host in its one spelling, and the address where it is a literal one, in whatever form."""
    if text.startswith("["):
        try:
            address = unwrapped(IPv6Address(text[1:-1]))
        except AddressValueError:
            raise ForbiddenUrl(f"The host of the URL is no IPv6 address. {SAY}") from None
        return str(address), address
    name = _ascii(text).removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):  # as the URL standard decides: no name ends in a number
        address = _ipv4(labels)
        return str(address), address
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ForbiddenUrl(f"The host of the URL is no name of the domain name system. {SAY}")
    return name, None


def _ascii(text: str) -> str:
    """IDNA 2008 with the mapping of UTS 46, which folds full-width letters and other dots."""
    if text.isascii() and "xn--" not in text.lower():
        return text.lower()
    try:
        return idna.encode(text, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        mapped = _mapped(text)
        if mapped is not None:  # ①②⑦.⓪.⓪.①: not a name, yet an address to those who map before they look
            return mapped
        raise ForbiddenUrl(f"The host of the URL is no international domain name. {SAY}") from None


def _mapped(text: str) -> str | None:
    try:
        mapped = idna.uts46_remap(text, std3_rules=False)
    except (idna.IDNAError, UnicodeError):
        return None
    return mapped.lower() if mapped.isascii() and "xn--" not in mapped.lower() else None


def _ipv4(labels: list[str]) -> IPv4Address:
    """The numbers of ``inet_aton`` and the URL standard: 1 to 4 parts, decimal, octal or hexadecimal."""
    try:
        numbers = [_number(label) for label in labels]
        *first, last = numbers
        if len(numbers) > 4 or any(number > 255 for number in first) or last >= 256 ** (5 - len(numbers)):
            raise ValueError
        return IPv4Address(sum(number << 8 * (3 - i) for i, number in enumerate(first)) + last)
    except ValueError:
        raise ForbiddenUrl(f"The host of the URL ends in a number and is no IPv4 address. {SAY}") from None


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    if not (label.isascii() and label.isdigit()):
        raise ValueError(label)
    return int(label, 8 if len(label) > 1 and label[0] == "0" else 10)


def _is_local(host: str, allowed: tuple[Network, ...]) -> bool:
    """A name that only a local network answers for. Where an operator allows networks, its addresses decide."""
    labels = host.split(".")
    if labels[-1] == "localhost":  # always loopback (RFC 6761 §6.3)
        return all(forbidden_reason(address, allowed) for address in LOOPBACK)
    return not allowed and (len(labels) == 1 or labels[-1] in LOCAL_SUFFIXES)
