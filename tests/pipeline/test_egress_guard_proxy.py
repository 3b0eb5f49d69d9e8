"""Programs that make their own requests get out through the guard or not at all."""

import base64
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pipeline.egress import Egress
from pipeline.egress.guard_proxy import GuardProxy, guard_proxy
from tests.hostile_urls import FORBIDDEN_HOSTS, LOOPBACK_HOSTS
from tests.pipeline.remote_server import (
    ALLOWED_HOST,
    Authority,
    Exchange,
    Listener,
    egress_settings,
    recorded_connects,
    serving,
)
from tests.pipeline.test_egress import TRUST, here


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def proxy(stop: threading.Event) -> Iterator[GuardProxy]:
    egress = Egress(egress_settings(), resolve=here, trust=TRUST)
    with guard_proxy(egress, max_bytes=1_000_000, deadline_s=60, stop=stop) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def password(proxy: GuardProxy) -> dict[str, str]:
    user = urlsplit(proxy.url)
    return {"Proxy-Authorization": "Basic " + base64.b64encode(f"{user.username}:{user.password}".encode()).decode()}


def ask(
    proxy: GuardProxy, target: str, method: str = "GET", body: bytes = b"", **headers: Any
) -> tuple[int, bytes, http.client.HTTPMessage]:
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    try:
        client.putrequest(method, target, skip_host=True)  # http.client trips over some of these hosts
        for name, value in {**password(proxy), "Content-Length": str(len(body)), **headers}.items():
            client.putheader(name, value)
        client.endheaders(body)
        answer = client.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        client.close()


def test_plain_requests_go_through(proxy: GuardProxy) -> None:
    with serving(lambda exchange: exchange.send(200, b"seen " + exchange.body, set_cookie="a=b", x_id="1")) as server:
        status, body, headers = ask(proxy, f"{server.url}/a?b=c", "POST", b"this", Cookie="kept")
        [seen] = server.seen
    assert (status, body, headers["X-Id"], headers["Set-Cookie"]) == (200, b"seen this", "1", None)
    assert (seen.command, seen.path) == ("POST", "/a?b=c")
    assert seen.headers["Proxy-Authorization"] is None


def test_redirects_go_back_to_the_caller_who_asks_again(proxy: GuardProxy) -> None:
    with serving(lambda exchange: exchange.send(302, location="http://127.0.0.1/")) as server:
        assert ask(proxy, server.url)[0] == 302


def test_tls_runs_through_unopened(proxy: GuardProxy, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(lambda e: e.send(200, b"safe" * 1000), authority.server("good.example")) as server:
        client = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=20, context=authority.client())
        client.set_tunnel("good.example", server.server_port, password(proxy))
        with recorded_connects() as connects:
            client.request("GET", "/")
            assert client.getresponse().read() == b"safe" * 1000
        client.close()
    assert connects == [("127.0.0.1", proxy.port), (ALLOWED_HOST, server.server_port)]
    assert server.names == ["good.example"]


HOSTS = [host for host in (*LOOPBACK_HOSTS, *FORBIDDEN_HOSTS) if host.isascii() and host.strip("[]")]


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_forbidden_is_reached(proxy: GuardProxy, listener: Listener, host: str) -> None:
    """By CONNECT and by a whole URL, for each spelling. Names, too, lead to loopback."""
    proxy.egress = Egress(egress_settings(), resolve=lambda _host, _port: [ip_address("127.0.0.1")], trust=TRUST)
    before = listener.accepted
    with recorded_connects() as connects:
        statuses = [
            ask(proxy, f"{host}:{listener.port}", "CONNECT")[0],
            ask(proxy, f"http://{host}:{listener.port}/?s3cret")[0],
        ]
    assert statuses == [403, 403]
    assert {address[1] for address in connects} == {proxy.port}
    assert listener.accepted == before
    assert len(proxy.refusals) == 2
    assert "s3cret" not in str(proxy.refusals)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "ftp://127.0.0.2/x", 403),
        ("GET", "file:///etc/passwd", 403),
        ("GET", "/relative", 403),
        ("GET", "https://good.example/", 400),
        ("CONNECT", "good.example:22", 403),
        ("CONNECT", "good.example:0", 403),
        ("CONNECT", "good.example:99999", 403),
        ("CONNECT", "good.example:port", 403),
        ("CONNECT", "good.example", 403),
        ("CONNECT", "user@good.example:443", 403),
        ("CONNECT", "good.example/x:443", 403),
        ("CONNECT", "good.example?:443", 403),
        ("CONNECT", "good.example#:443", 403),
        ("DELETE", "http://good.example/", 501),
    ],
)
def test_what_is_no_proper_request_is_refused(proxy: GuardProxy, method: str, target: str, status: int) -> None:
    with recorded_connects() as connects:
        assert ask(proxy, target, method)[0] == status
    assert {address[1] for address in connects} == {proxy.port}


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic bGVjdHVybjp4", "Bearer x", "Basic ÿ"])
def test_other_users_of_the_machine_have_no_password(proxy: GuardProxy, authorization: str) -> None:
    with serving(lambda exchange: exchange.send(200)) as server:
        header: dict[str, Any] = {"Proxy-Authorization": authorization.encode("latin-1").decode("latin-1")}
        assert ask(proxy, server.url, **header)[0] == 407
        assert ask(proxy, f"{ALLOWED_HOST}:{server.server_port}", "CONNECT", **header)[0] == 407
    assert server.accepted == 0


def tunnel(proxy: GuardProxy, port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", proxy.port), timeout=20)
    lines = [f"CONNECT {ALLOWED_HOST}:{port} HTTP/1.1", *(f"{k}: {v}" for k, v in password(proxy).items()), "", ""]
    client.sendall("\r\n".join(lines).encode())
    assert client.recv(200).startswith(b"HTTP/1.1 200")
    return client


def test_no_more_comes_in_than_the_budget(proxy: GuardProxy) -> None:
    with (
        serving(lambda exchange: exchange.send(200, b"x" * 3_000_000)) as server,
        tunnel(proxy, server.server_port) as c,
    ):
        c.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert received(c) <= 1_100_000
        with pytest.raises((http.client.HTTPException, OSError)):
            ask(proxy, server.url)


def received(client: socket.socket) -> int:
    total = 0
    try:
        while block := client.recv(65536):
            total += len(block)
    except ConnectionResetError:
        pass
    return total


def test_a_stop_ends_tunnels_that_are_silent(proxy: GuardProxy, stop: threading.Event) -> None:
    with serving(lambda exchange: None) as server, tunnel(proxy, server.server_port) as client:
        stop.set()
        began = time.monotonic()
        assert received(client) == 0
        assert time.monotonic() - began < 5


def test_the_end_of_the_block_ends_tunnels(stop: threading.Event) -> None:
    egress = Egress(egress_settings(), resolve=here, trust=TRUST)
    with serving(lambda exchange: None) as server:
        with guard_proxy(egress, max_bytes=1000, deadline_s=60, stop=stop) as proxy:
            client = tunnel(proxy, server.server_port)
        assert received(client) == 0
        client.close()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def test_an_answer_that_breaks_off_does_not_look_whole(proxy: GuardProxy) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.head(200, transfer_encoding="chunked")
        exchange.wfile.write(b"5\r\nhello\r\n")
        exchange.cut()

    with serving(answer) as server, pytest.raises((http.client.HTTPException, OSError)):
        ask(proxy, server.url)


def test_unreachable_servers_are_told(proxy: GuardProxy) -> None:
    with serving(lambda exchange: None) as server:
        pass
    assert ask(proxy, server.url)[0] == 502
    assert ask(proxy, f"{ALLOWED_HOST}:{server.server_port}", "CONNECT")[0] == 502
