"""No hostile URL, redirect or name makes the service connect to a forbidden address."""

import logging
import ssl
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import Any

import pytest

from app.core.addresses import Address
from pipeline.egress import Egress, EgressFailed, EgressRefused
from tests.hostile_urls import FORBIDDEN_HOSTS, HOSTILE, LOOPBACK_HOSTS, with_port
from tests.pipeline.remote_server import (
    ALLOWED_HOST,
    Exchange,
    Listener,
    RemoteServer,
    egress_settings,
    recorded_connects,
    serving,
)

TRUST = ssl.create_default_context()
"""Once for all: reading a machine's authorities takes longer than a test."""


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def is_canonical(host: str) -> bool:
    """Whether ``host`` could come out of the name system as it stands."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Names:
    """A resolver: answers in turn, the last one from then on; ``asked`` is each question."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(turns) for name, turns in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[Address]:
        self.asked.append(host)
        turns = self._answers.get(host)
        if not turns:
            raise OSError("no such name")
        return [ip_address(text) for text in (turns.pop(0) if len(turns) > 1 else turns[0])]


def test_the_listener_would_count(listener: Listener) -> None:
    """The proof below is worth something: where loopback is allowed, the same call arrives and is recorded."""
    egress = Egress(egress_settings(egress_networks="127.0.0.0/8"), trust=TRUST)
    before = listener.accepted
    with recorded_connects() as connects, pytest.raises(EgressFailed):
        egress.request("GET", f"http://127.1:{listener.port}/", deadline_s=10)
    assert connects == [("127.0.0.1", listener.port)]
    assert listener.accepted == before + 1


@pytest.mark.parametrize("template", HOSTILE)
def test_a_hostile_url_connects_to_nothing(listener: Listener, template: str) -> None:
    before = listener.accepted
    for settings in (egress_settings(), egress_settings(egress_networks="")):
        egress = Egress(
            settings, trust=TRUST, resolve=lambda _host, _port: [ip_address("127.0.0.1"), ip_address("::1")]
        )
        url = with_port(template, listener.port)
        with recorded_connects() as connects, pytest.raises(EgressRefused) as refused:
            egress.request("GET", url, redirects=3)
        assert connects == []
        assert "s3cret" not in str(refused.value)
    assert listener.accepted == before


@pytest.fixture(scope="module")
def redirecting() -> Iterator[RemoteServer]:
    """An allowed server that redirects to whatever its ``location`` is."""

    def answer(exchange: Exchange) -> None:
        location = getattr(exchange.server, "location", b"")
        if exchange.path != "/start":
            return exchange.send(200, b"home again")
        exchange.wfile.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
        return None

    with serving(answer) as server:
        yield server


@pytest.mark.parametrize("template", HOSTILE)
def test_a_redirect_there_connects_to_nothing_else(
    listener: Listener, redirecting: RemoteServer, template: str
) -> None:
    location = with_port(template, listener.port).encode("utf-8", "surrogatepass")
    redirecting.location = location  # type: ignore[attr-defined]  # read by ``answer`` above
    before = listener.accepted
    egress = Egress(egress_settings(), trust=TRUST, resolve=lambda _host, _port: [ip_address("127.0.0.1")])
    ended = ""
    with recorded_connects() as connects:
        try:
            ended = egress.request("GET", f"{redirecting.url}/start", redirects=3, timeout_s=10).shown_url
        except (EgressRefused, EgressFailed) as error:
            said = str(error)
        else:
            said = ""
    assert ended.startswith(redirecting.url) or (said and not ended), "only a relative redirect brings an answer"
    assert "s3cret" not in said
    assert {address[0] for address in connects} == {ALLOWED_HOST}
    assert listener.accepted == before


ADDRESSES = [host.strip("[]") for host in (*FORBIDDEN_HOSTS, *LOOPBACK_HOSTS) if is_canonical(host.strip("[]"))]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_name_that_leads_there_is_refused(address: str) -> None:
    names = Names(trap_example=[[address]])
    with recorded_connects() as connects, pytest.raises(EgressRefused) as refused:
        Egress(egress_settings(), trust=TRUST, resolve=names).request("GET", "https://trap.example/")
    assert connects == []
    assert names.asked == ["trap.example"]
    assert address not in str(refused.value), "the answer must not number the inner network"


@pytest.mark.parametrize("place", [0, 1, 5])
def test_one_forbidden_address_among_public_ones_refuses_all(place: int) -> None:
    answer = [ALLOWED_HOST] * 5
    answer.insert(place, "10.0.0.1")
    with recorded_connects() as connects, pytest.raises(EgressRefused):
        Egress(egress_settings(), trust=TRUST, resolve=Names(split_example=[answer])).request(
            "GET", "http://split.example/"
        )
    assert connects == []


def test_rebinding_finds_no_second_lookup(listener: Listener) -> None:
    """Public first, loopback ever after: the connection goes to what was judged, and nobody asks again."""
    names = Names(rebind_example=[[ALLOWED_HOST], ["127.0.0.1"]])
    before = listener.accepted
    with serving(lambda exchange: exchange.send(200, b"judged")) as server, recorded_connects() as connects:
        url = f"http://rebind.example:{server.server_port}/"
        assert Egress(egress_settings(), trust=TRUST, resolve=names).request("GET", url).body == b"judged"
        assert names.asked == ["rebind.example"]
        assert server.seen[0].headers["Host"] == f"rebind.example:{server.server_port}"
    assert connects == [(ALLOWED_HOST, server.server_port)]
    assert listener.accepted == before


def test_rebinding_between_redirects_is_refused(listener: Listener) -> None:
    names = Names(rebind_example=[[ALLOWED_HOST], ["127.0.0.1"]])
    before = listener.accepted
    egress = Egress(egress_settings(), trust=TRUST, resolve=names)
    with serving(lambda exchange: exchange.send(302, location="/again")) as server, recorded_connects() as connects:
        url = f"http://rebind.example:{server.server_port}/"
        with pytest.raises(EgressRefused):
            egress.request("GET", url, redirects=5)
    assert names.asked == ["rebind.example"] * 2
    assert connects == [(ALLOWED_HOST, server.server_port)]
    assert listener.accepted == before


def test_a_chain_of_redirects_is_followed_to_its_bad_end(listener: Listener) -> None:
    def answer(exchange: Exchange) -> None:
        left = int(exchange.path.strip("/"))
        target = f"/{left - 1}" if left else f"http://2130706433:{listener.port}/?token=s3cret"
        exchange.send(307, location=target)

    before = listener.accepted
    with serving(answer) as server, recorded_connects() as connects, pytest.raises(EgressRefused) as refused:
        Egress(egress_settings(), trust=TRUST).request("GET", f"{server.url}/3", redirects=5)
    assert len(connects) == 4
    assert listener.accepted == before
    assert "s3cret" not in str(refused.value)


def test_a_connection_that_leads_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever turned the connection aside, the kernel's word on its other end counts."""

    class Diverted:
        def __init__(self, *_arguments: Any) -> None:
            self.closed = False

        def getpeername(self) -> tuple[str, int]:
            return ("127.0.0.1", 80)

        def connect_ex(self, _address: object) -> int:
            return 0

        def setblocking(self, _flag: bool) -> None: ...
        def setsockopt(self, *_arguments: int) -> None: ...
        def close(self) -> None:
            closed.append(self)

    closed: list[Diverted] = []
    monkeypatch.setattr("pipeline.egress.connection.socket.socket", Diverted)
    with pytest.raises(EgressRefused, match="another address"):
        Egress(egress_settings(), trust=TRUST).connect("93.184.216.34", 443)
    assert len(closed) == 1


def test_proxies_of_the_environment_have_no_part(monkeypatch: pytest.MonkeyPatch, listener: Listener) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")
    before = listener.accepted
    with serving(lambda exchange: exchange.send(200, b"direct")) as server:
        assert Egress(egress_settings(), trust=TRUST).request("GET", server.url).body == b"direct"
    assert listener.accepted == before


def test_no_secret_reaches_a_log(caplog: pytest.LogCaptureFixture, redirecting: RemoteServer) -> None:
    redirecting.location = b"/home?token=s3cret"  # type: ignore[attr-defined]  # read by ``answer`` above
    with caplog.at_level(logging.DEBUG):
        Egress(egress_settings(), trust=TRUST).request(
            "GET", f"{redirecting.url}/start?token=s3cret", headers={"Authorization": "s3cret"}, redirects=2
        )
        with pytest.raises(EgressRefused) as refused:
            Egress(egress_settings(), trust=TRUST).request("GET", "http://u:s3cret@127.0.0.1/?token=s3cret")
    assert "s3cret" not in caplog.text
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 150
    assert len(set(LOOPBACK_HOSTS)) > 70
    assert len(ADDRESSES) > 60
