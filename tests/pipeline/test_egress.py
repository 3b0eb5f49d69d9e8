"""The way out as its users see it: answers, redirects, limits in bytes and in time, TLS."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import ip_address

import pytest

from app.core.addresses import Address
from pipeline.egress import Egress, EgressFailed, EgressRefused, EgressStopped, EgressTimedOut
from tests.pipeline.remote_server import ALLOWED_HOST, Exchange, egress_settings, recorded_connects, serving

TRUST = ssl.create_default_context()
WAIT_S = 0.5
"""A short timeout; what must come after it is given much longer."""


def here(host: str, port: int) -> list[Address]:
    return [ip_address(ALLOWED_HOST)]


@pytest.fixture
def egress() -> Egress:
    return Egress(egress_settings(), resolve=here, trust=TRUST)


def test_a_request_arrives_as_it_was_meant(egress: Egress) -> None:
    with serving(lambda exchange: exchange.send(201, b"noted", x_id="1")) as server:
        answer = egress.request(
            "POST",
            f"{server.url}/hook?key=1#part",
            headers={"Content-Type": "application/json", "Host": "evil", "Accept-Encoding": "gzip", "X-A": "b"},
            body=b'{"a":1}',
        )
        [seen] = server.seen
    assert (answer.status, answer.body, answer.truncated) == (201, b"noted", False)
    assert answer.headers["x-id"] == "1"
    assert answer.shown_url == f"{server.url}/hook"
    assert (seen.command, seen.path, seen.body) == ("POST", "/hook?key=1", b'{"a":1}')
    assert seen.headers.get_all("Host") == [f"{ALLOWED_HOST}:{server.server_port}"]
    assert seen.headers["Accept-Encoding"] == "identity"
    assert (seen.headers["Content-Type"], seen.headers["X-A"]) == ("application/json", "b")
    assert seen.headers["Cookie"] is None


def test_a_long_answer_is_cut_and_says_so(egress: Egress) -> None:
    with serving(lambda exchange: exchange.send(200, b"x" * 500_000)) as server:
        answer = egress.request("GET", server.url, max_response_bytes=1000)
    assert (len(answer.body), answer.truncated) == (1000, True)


def test_compressed_bytes_stay_compressed(egress: Egress) -> None:
    """Nothing is decoded, so no small answer grows large."""
    with serving(lambda exchange: exchange.send(200, b"\x1f\x8b bomb", content_encoding="gzip")) as server:
        assert egress.request("GET", server.url).body == b"\x1f\x8b bomb"


def test_a_caller_that_follows_no_redirect_gets_it(egress: Egress) -> None:
    with serving(lambda exchange: exchange.send(307, location="http://127.0.0.1/")) as server:
        assert egress.request("POST", server.url, body=b"x").status == 307
        with pytest.raises(ValueError, match="GET"):
            egress.request("POST", server.url, body=b"x", redirects=1)


def test_redirects_are_followed_so_far_and_no_farther(egress: Egress) -> None:
    def answer(exchange: Exchange) -> None:
        left = int(exchange.path[1:])
        exchange.send(302, location=f"{left - 1}") if left else exchange.send(200, b"there")

    with serving(answer) as server:
        assert egress.request("GET", f"{server.url}/3", redirects=3).body == b"there"
        with pytest.raises(EgressFailed, match="more than 3") as failed:
            egress.request("GET", f"{server.url}/4", redirects=3)
    assert not failed.value.retryable


def test_another_origin_learns_nothing_that_identifies(egress: Egress) -> None:
    secret = {
        "Authorization": "Bearer s3cret",
        "Cookie": "s3cret",
        "X-Key": "s3cret",
        "Range": "bytes=5-",
        "If-Range": '"v"',
    }
    with serving(lambda exchange: exchange.send(200, b"")) as second:

        def answer(exchange: Exchange) -> None:
            target = "/same" if exchange.path == "/" else f"http://other.example:{second.server_port}/"
            exchange.send(302, location=target)

        with serving(answer) as first:
            egress.request("GET", first.url, headers=secret, redirects=2)
    same, other = first.seen[1], second.seen[0]
    assert same.headers["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in str(other.headers)
    assert (other.headers["Range"], other.headers["If-Range"]) == ("bytes=5-", '"v"')


BROKEN = (
    b"",
    b"nonsense\r\n\r\n",
    b"SSH-2.0-OpenSSH_9\r\n",
    b"\x16\x03\x01\x02\x00",
    b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nab\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
)


@pytest.mark.parametrize("raw", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_answer_is_a_failure_with_a_sentence(egress: Egress, raw: bytes) -> None:
    with serving(lambda exchange: send_raw(exchange, raw)) as server, pytest.raises(EgressFailed) as failed:
        egress.request("GET", server.url, timeout_s=10)
    assert str(failed.value).endswith(".")
    assert failed.value.__suppress_context__ or failed.value.__context__ is None


def send_raw(exchange: Exchange, raw: bytes) -> None:
    exchange.wfile.write(raw)


def never(exchange: Exchange) -> None:
    """Say nothing until the client hangs up."""
    exchange.connection.recv(1)


def endless(step: Callable[[Exchange], None]) -> Callable[[Exchange], None]:
    def answer(exchange: Exchange) -> None:
        while True:
            step(exchange)
            time.sleep(0.02)

    return answer


def start_then(exchange: Exchange, more: Callable[[Exchange], None]) -> None:
    exchange.head(200)
    more(exchange)


TRICKLED = {
    "no answer": never,
    "a header that never ends": endless(lambda exchange: send_raw(exchange, b"HTTP/1.1 200 OK\r\nX: ")),
    "interim answers for ever": endless(lambda exchange: send_raw(exchange, b"HTTP/1.1 103 Early Hints\r\n\r\n")),
    "a body that never comes": lambda exchange: start_then(exchange, never),
    "a body drop by drop": lambda exchange: start_then(exchange, endless(lambda e: send_raw(e, b"x"))),
}


@pytest.mark.parametrize("answer", TRICKLED.values(), ids=TRICKLED.keys())
def test_a_deadline_ends_every_slow_answer(egress: Egress, answer: Callable[[Exchange], None]) -> None:
    with serving(answer) as server:
        began = time.monotonic()
        with pytest.raises(EgressFailed):
            egress.request("GET", server.url, timeout_s=20, deadline_s=WAIT_S, max_response_bytes=10**9)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", ["no answer", "a body that never comes"])
def test_a_single_wait_is_bounded(egress: Egress, name: str) -> None:
    with serving(TRICKLED[name]) as server, pytest.raises(EgressTimedOut):
        egress.request("GET", server.url, timeout_s=WAIT_S, deadline_s=60)


@pytest.mark.parametrize("answer", TRICKLED.values(), ids=TRICKLED.keys())
def test_a_stop_ends_every_wait(egress: Egress, answer: Callable[[Exchange], None]) -> None:
    stop = threading.Event()
    with serving(answer) as server:
        threading.Timer(0.3, stop.set).start()
        began = time.monotonic()
        with pytest.raises((EgressStopped, EgressFailed)):
            egress.request("GET", server.url, timeout_s=30, deadline_s=30, max_response_bytes=10**9, stop=stop)
        assert time.monotonic() - began < 5


def test_a_name_server_that_is_silent_is_given_up() -> None:
    answered = threading.Event()

    def silent(host: str, port: int) -> list[Address]:
        answered.wait(30)
        return here(host, port)

    egress = Egress(egress_settings(), resolve=silent, trust=TRUST)
    with pytest.raises(EgressTimedOut):
        egress.request("GET", "http://slow.example/", timeout_s=WAIT_S)
    answered.set()


@pytest.mark.parametrize("fault", [OSError("s3cret"), UnicodeError("label too long"), socket.gaierror(-2, "unknown")])
def test_a_name_that_does_not_exist_may_be_tried_again(fault: Exception) -> None:
    def resolve(_host: str, _port: int) -> list[Address]:
        raise fault

    with pytest.raises(EgressFailed, match="cannot be found") as failed:
        Egress(egress_settings(), resolve=resolve, trust=TRUST).request("GET", "http://gone.example/?s3cret")
    assert failed.value.retryable
    assert "s3cret" not in str(failed.value)


def test_the_machines_own_resolver_is_judged_too() -> None:
    """Without a resolver of the test's: what /etc/hosts says of this machine is loopback."""
    with recorded_connects() as connects, pytest.raises(EgressRefused):
        Egress(egress_settings(egress_networks="10.0.0.0/8"), trust=TRUST).request("GET", "http://localhost:8080/")
    assert connects == []


def test_a_closed_port_is_a_failure_that_may_pass(egress: Egress) -> None:
    with socket.create_server((ALLOWED_HOST, 0)) as reserved:
        port = reserved.getsockname()[1]
    with pytest.raises(EgressFailed, match="does not take connections") as failed:
        egress.request("GET", f"http://{ALLOWED_HOST}:{port}/")
    assert failed.value.retryable


def test_the_next_address_is_tried_where_one_is_dead() -> None:
    with serving(lambda exchange: exchange.send(200, b"second")) as server:
        both = [ip_address("127.0.0.3"), ip_address(ALLOWED_HOST)]
        egress = Egress(egress_settings(egress_networks="127.0.0.2/31"), resolve=lambda _h, _p: both, trust=TRUST)
        assert egress.request("GET", f"http://two.example:{server.server_port}/").body == b"second"


def test_the_next_address_is_tried_where_one_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full does not answer at all, as a route that leads nowhere."""
    monkeypatch.setattr("pipeline.egress.connection.CONNECTED_WITHIN_S", 0.3)
    both = [ip_address("127.0.0.3"), ip_address(ALLOWED_HOST)]
    egress = Egress(egress_settings(egress_networks="127.0.0.2/31"), resolve=lambda _h, _p: both, trust=TRUST)
    with ExitStack() as stack:
        server = stack.enter_context(serving(lambda exchange: exchange.send(200, b"second")))
        silent = ("127.0.0.3", server.server_port)
        stack.enter_context(socket.create_server(silent, backlog=0))
        for _ in range(4):
            queued = stack.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(silent)
        assert egress.request("GET", f"http://two.example:{server.server_port}/").body == b"second"
        both.pop()
        with pytest.raises(EgressTimedOut):
            egress.request("GET", f"http://two.example:{server.server_port}/")


def test_a_setting_that_is_no_network_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        egress_settings(egress_networks="192.168.0.0/16, 10.0.0.0/99")
