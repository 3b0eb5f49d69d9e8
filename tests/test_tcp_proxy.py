"""The proxy does what its page says: the tests of outages stand on it."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from pipeline.processes import wait_until
from tests.tcp_proxy import TcpProxy


@pytest.fixture
def echo() -> Iterator[TcpProxy]:
    """A proxy before a server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(peer: socket.socket) -> None:
        with peer:
            try:
                while block := peer.recv(65536):
                    peer.sendall(block)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(peer,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    with TcpProxy(listener.getsockname()) as proxy:
        yield proxy
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def connect(proxy: TcpProxy, timeout_s: float = 10.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=timeout_s)


def read_to_end(client: socket.socket) -> None:
    while client.recv(10):
        pass


def test_it_passes_and_ends_as_its_ends_do(echo: TcpProxy) -> None:
    with connect(echo) as client:
        client.sendall(b"one")
        assert client.recv(10) == b"one"
        client.shutdown(socket.SHUT_WR)
        assert client.recv(10) == b""
    assert wait_until(lambda: echo.alive == 0, within_s=10)
    assert echo.seen == 1


def test_cut_is_a_reset(echo: TcpProxy) -> None:
    with connect(echo) as client:
        client.sendall(b"one")
        assert client.recv(10) == b"one"
        echo.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    with connect(echo) as client:
        client.sendall(b"two")
        assert client.recv(10) == b"two"
        echo.cut_after(3)
        client.sendall(b"three")
        with pytest.raises(ConnectionResetError):
            read_to_end(client)


def test_what_is_held_is_delivered_later(echo: TcpProxy) -> None:
    with connect(echo, 0.3) as before:
        before.sendall(b"one")
        assert before.recv(10) == b"one"
        echo.hold()
        with connect(echo, 0.3) as new:
            for client in (before, new):
                client.sendall(b"two")
                with pytest.raises(TimeoutError):
                    client.recv(10)
                client.settimeout(10)
            echo.pass_on()
            assert before.recv(10) == new.recv(10) == b"two"


def test_refused_and_unreachable_and_well_again(echo: TcpProxy) -> None:
    with connect(echo) as before:
        before.sendall(b"one")
        assert before.recv(10) == b"one"
        echo.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(echo)
        echo.unreachable()
        with pytest.raises(TimeoutError):
            connect(echo, 0.5)
        before.sendall(b"two")
        assert before.recv(10) == b"two"
    echo.pass_on()
    with connect(echo) as client:
        client.sendall(b"three")
        assert client.recv(10) == b"three"


def test_delay(echo: TcpProxy) -> None:
    echo.delay_s = 0.1
    with connect(echo) as client:
        began = time.monotonic()
        client.sendall(b"one")
        assert client.recv(10) == b"one"
        assert time.monotonic() - began >= 0.2
