"""A URL is judged by what it means to the most lenient parser, and leaves in one spelling."""

import random
import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2
import pytest
import urllib3

from app.core.errors import ForbiddenUrl
from app.services.remote_urls import MAX_CHARACTERS, checked_url, shown_url
from tests.app.conftest import make_settings
from tests.hostile_urls import HOSTILE, with_port

PUBLIC_ONLY = make_settings()
SECRETS = ("s3cret", "secret", "token")


@pytest.mark.parametrize("template", HOSTILE)
def test_hostile_urls_are_refused(template: str) -> None:
    with pytest.raises(ForbiddenUrl) as refused:
        checked_url(with_port(template, 8081), PUBLIC_ONLY)
    assert refused.value.code == "forbidden_url"
    assert refused.value.status == 422
    assert refused.value.detail.endswith((".", "."))
    assert not any(secret in refused.value.detail for secret in SECRETS)


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 150


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://EXAMPLE.com:443/A", "https://example.com/A"),
        ("http://example.com:80/a?b=c#d", "http://example.com/a?b=c"),
        ("http://example.com.:8080/", "http://example.com:8080/"),
        ("https://example.com:/a", "https://example.com/a"),
        ("https://bücher.example/vorlesung ü".replace(" ", "%20"), "https://xn--bcher-kva.example/vorlesung%20%C3%BC"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://my_bucket.s3.example.com/a%2Fb?X-Amz=1%2B2", "https://my_bucket.s3.example.com/a%2Fb?X-Amz=1%2B2"),
        ("https://example.com/a|b?c={d}", "https://example.com/a%7Cb?c=%7Bd%7D"),
        ("https://example.com/http://127.0.0.1/", "https://example.com/http://127.0.0.1/"),
        ("https://example.com/?u=http://user@127.0.0.1", "https://example.com/?u=http://user@127.0.0.1"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://134744072/", "http://8.8.8.8/"),
        ("http://0x8.8.2056/", "http://8.8.8.8/"),
        ("http://[::ffff:8.8.8.8]/", "http://8.8.8.8/"),
        ("https://[2606:4700:0::1111]:8443/", "https://[2606:4700::1111]:8443/"),
        ("http://[64:ff9b::8.8.8.8]/", "http://[64:ff9b::808:808]/"),
    ],
)
def test_a_url_has_one_spelling(sent: str, meant: str) -> None:
    assert checked_url(sent, PUBLIC_ONLY) == meant
    assert checked_url(meant, PUBLIC_ONLY) == meant


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:9000/", "127.0.0.0/8"),
        ("http://localhost:9000/", "127.0.0.0/8"),
        ("http://localhost:9000/", "::1/128"),
        ("http://10.1.2.3/", "10.0.0.0/8"),
        ("http://[::ffff:10.1.2.3]/", "192.168.0.0/16,10.0.0.0/8"),
        ("http://[fd00::1]/", "fd00::/8"),
        ("http://minio:9000/", "10.0.0.0/8"),
        ("http://media.corp/", "10.0.0.0/8"),
    ],
)
def test_an_operator_allows_networks(url: str, allowed: str) -> None:
    assert checked_url(url, make_settings(egress_networks=allowed))
    with pytest.raises(ForbiddenUrl):
        checked_url(url, PUBLIC_ONLY)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost/", "http://169.254.169.254/", "http://11.0.0.1:22/"]
)
def test_one_allowed_network_allows_no_other(url: str) -> None:
    with pytest.raises(ForbiddenUrl):
        checked_url(url, make_settings(egress_networks="10.0.0.0/8"))


PIECES = (
    "http://", "https://", "HTTP://", "http:", "//", "/", "\\", "@", ":", "?", "#", ".", "[", "]", "::", "%", "%2e",
    "%40", "%00", "80", "8080", "127", "0", "1", "0x7f", "0177", "10", "192.168", "8.8.8.8", "127.0.0.1", "2130706433",
    "::1", "::ffff:", "localhost", "example", "com", "a", "-", "_", "xn--", "１２７", "。", "．", "①", "ⓛ", "ß",
    "\u00ad", "\u200b", " ", "\t", "\n", "~", "&", "=", ";", ",", "!", "$",
)  # fmt: skip


def test_what_passes_means_one_public_host_to_every_parser() -> None:
    """Random URLs, judged again by other parsers, and by the C library's lenient reading of addresses."""
    drawn, passed = random.Random(8), 0
    for _ in range(60_000):
        text = drawn.choice(("http://", "https://", "")) + "".join(drawn.choices(PIECES, k=drawn.randint(1, 7)))
        try:
            url = checked_url(text, PUBLIC_ONLY)
        except ForbiddenUrl:
            continue
        passed += 1
        host = urlsplit(url).hostname or ""
        others = httpx2.URL(url), urllib3.util.parse_url(url)
        assert host == others[0].raw_host.decode().strip("[]") == (others[1].host or "").strip("[]"), url
        assert (urlsplit(url).port, others[0].port) == (others[1].port,) * 2, url
        assert checked_url(url, PUBLIC_ONLY) == url
        assert "localhost" not in host.split(".")[-1:]
        try:
            address = ip_address(socket.inet_aton(host))
        except OSError:
            continue
        assert address.is_global, url
    assert passed > 500


def test_a_long_url_is_refused_also_when_encoding_makes_it_long() -> None:
    fits = "https://example.com/" + "a" * (MAX_CHARACTERS - 20)
    assert checked_url(fits, PUBLIC_ONLY) == fits
    for too_long in (fits + "a", "https://example.com/" + "ü" * 1000):
        with pytest.raises(ForbiddenUrl, match="longer than 2048"):
            checked_url(too_long, PUBLIC_ONLY)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/a/b?token=s3cret#s3cret", "https://example.com/a/b"),
        ("http://10.0.0.1:8080/?s3cret", "http://10.0.0.1:8080/"),
        ("https://user:s3cret@example.com/", "(a malformed URL)"),
        ("s3cret", "(a malformed URL)"),
    ],
)
def test_what_is_shown_has_no_secret(url: str, shown: str) -> None:
    assert shown_url(url) == shown
