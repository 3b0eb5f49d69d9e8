"""Connections to judged addresses only: httpcore asks for a host, and gets the address that was judged for it."""

import errno
import select
import socket
import ssl
import time
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Any

import httpcore2
from typing_extensions import override

from app.core.addresses import Address, Network, unwrapped
from pipeline.egress.errors import EgressFailed, EgressRefused, EgressTimedOut
from pipeline.egress.patience import Patience
from pipeline.egress.resolution import Resolver, public_addresses

MOST_ADDRESSES = 4
"""Of one name that are tried."""
CONNECTED_WITHIN_S = 10.0
"""Each of them."""
_IN_PROGRESS = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, errno.EINTR)


class GuardedBackend(httpcore2.NetworkBackend):
    """Resolves, judges and connects for one request. There is no second lookup that could answer otherwise."""

    def __init__(self, *, resolve: Resolver, allowed: tuple[Network, ...], patience: Patience) -> None:
        self._resolve, self._allowed, self._patience = resolve, allowed, patience

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> "PatientStream":
        """Raises EgressRefused, EgressFailed, EgressStopped."""
        return PatientStream(self.connect(host, port), self._patience)

    def connect(self, host: str, port: int) -> socket.socket:
        """A socket connected to an address of ``host`` that may be called."""
        try:
            addresses: list[Address] = [ip_address(host)]
        except ValueError:
            addresses = []
        literal = bool(addresses)
        addresses = public_addresses(
            host,
            port,
            resolve=(lambda _host, _port: addresses) if literal else self._resolve,
            allowed=self._allowed,
            patience=self._patience,
        )
        *first, last = addresses[:MOST_ADDRESSES]
        for address in (*first, last):
            try:
                connected = self._connected(address, port)
            except EgressTimedOut:
                if address is last:
                    raise
                continue  # IPv6 that leads nowhere, most often
            if connected is not None:
                return connected
        raise EgressFailed(f"{host} does not take connections on port {port}.")

    def _connected(self, address: Address, port: int) -> socket.socket | None:
        family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
        try:
            connecting = socket.socket(family, socket.SOCK_STREAM)
        except OSError:  # a machine without IPv6
            return None
        try:
            connecting.setblocking(False)
            connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = connecting.connect_ex((str(address), port))
            if code in _IN_PROGRESS:
                self._await_connected(connecting)
                code = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                _check_peer(connecting, address)
                return connecting
        except OSError:
            pass
        except BaseException:
            connecting.close()
            raise
        connecting.close()
        return None

    def _await_connected(self, connecting: socket.socket) -> None:
        poll = select.poll()
        poll.register(connecting, select.POLLOUT)
        ends_at = min(self._patience.wait_ends_at(), time.monotonic() + CONNECTED_WITHIN_S)
        while not poll.poll(self._patience.slice_s(ends_at) * 1000):
            pass


def _check_peer(connected: socket.socket, address: Address) -> None:
    """The kernel's own word on where the socket leads."""
    if unwrapped(ip_address(str(connected.getpeername()[0]))) != address:
        raise EgressRefused("The connection leads to another address than the one that was judged.")


class PatientStream(httpcore2.NetworkStream):
    """A connected socket that is read and written in slices, so that a deadline or a stop ends any wait."""

    def __init__(self, connected: socket.socket, patience: Patience) -> None:
        self._socket, self._patience = connected, patience

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        ends_at = self._patience.wait_ends_at()
        while True:
            self._socket.settimeout(self._patience.slice_s(ends_at))
            try:
                return self._socket.recv(max_bytes)
            except TimeoutError:
                continue
            except OSError:
                raise EgressFailed("The connection broke off.") from None

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        ends_at = self._patience.wait_ends_at()
        while view:
            self._socket.settimeout(self._patience.slice_s(ends_at))
            try:
                view = view[self._socket.send(view) :]
            except TimeoutError:
                continue
            except OSError as error:
                raise httpcore2.WriteError("The connection broke off.") from error
            ends_at = self._patience.wait_ends_at()

    @override
    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "PatientStream":
        ends_at = self._patience.wait_ends_at()
        try:
            secured = ssl_context.wrap_socket(
                self._socket, server_hostname=server_hostname, do_handshake_on_connect=False
            )
            self._socket = secured
            while True:
                secured.settimeout(self._patience.slice_s(ends_at))
                try:
                    secured.do_handshake()
                    return self
                except TimeoutError:
                    continue
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise EgressFailed(
                f"The server's certificate is not good for {server_hostname} ({error.verify_message}).", retryable=False
            ) from None
        except OSError:
            self.close()
            raise EgressFailed("The server does not speak TLS as it should.") from None
        except BaseException:
            self.close()
            raise

    @override
    def close(self) -> None:
        self._socket.close()

    @override
    def get_extra_info(self, info: str) -> Any:
        """None but for what httpcore asks to know whether it may speak HTTP/2: it may not."""
        return None
