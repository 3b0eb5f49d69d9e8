"""A TCP proxy that misbehaves on demand: what a network, a peer or a firewall does to a connection, on one machine.

    with TcpProxy(("127.0.0.1", 6379)) as proxy:   # or TcpProxy(Path("/run/.../.s.PGSQL.5432")) for a Unix socket
        connect to ("127.0.0.1", proxy.port)
        proxy.cut()              # every connection is reset (RST); new ones pass
        proxy.cut_after(100)     # ... and once 100 more bytes have come back from the upstream: cut in mid-answer
        proxy.hold()             # connections stay, new ones are accepted, nothing moves: a frozen peer, a black hole
        proxy.pass_on()          # what was held is delivered, in order: the freeze is over
        proxy.refuse()           # new connections are refused (nobody listens); old ones live on
        proxy.unreachable()      # new connections get no answer at all: their SYNs are dropped (Linux)
        proxy.delay_s = 0.2      # each block in either direction takes this long
        proxy.pass_on()          # all is well again, on the same port (``delay_s`` stays)

All methods may be called from any thread and take effect at once. ``seen`` counts the connections that were accepted,
``alive`` those that are open.
"""

import contextlib
import socket
import struct
import threading
import time
from pathlib import Path
from types import TracebackType

BLOCK_BYTES = 65536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes ``close`` send a reset."""

Upstream = tuple[str, int] | Path


class _Pair:
    """One client and its connection to the upstream."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.closed = threading.Event()

    def cut(self) -> None:
        """Reset both ends."""
        self.closed.set()
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RD)  # wakes the thread that reads it; sends nothing
            with contextlib.suppress(OSError):
                end.close()


class TcpProxy:
    """Listens on a free loopback port while it is open as a context manager. See the module for what it can do."""

    def __init__(self, upstream: Upstream, *, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.seen = 0
        self._upstream = upstream
        self._pairs: set[_Pair] = set()
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._left_bytes: int | None = None
        self._listener: socket.socket | None = None
        self._queued: list[socket.socket] = []
        self.port = 0

    def __enter__(self) -> "TcpProxy":
        self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()
        self.cut()
        self._flowing.set()

    @property
    def alive(self) -> int:
        with self._lock:
            return len(self._pairs)

    def pass_on(self) -> None:
        """Listen, accept, and deliver: undoes everything but ``delay_s``."""
        with self._lock:
            self._left_bytes = None
        if self._queued or self._listener is None:
            self.refuse()
            self._listen()
        self._flowing.set()

    def hold(self) -> None:
        """Nothing moves in either direction; it is kept, not lost."""
        self._flowing.clear()

    def cut(self) -> None:
        """Reset every connection there is."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            pair.cut()

    def cut_after(self, answer_bytes: int) -> None:
        """Reset every connection once this many bytes more have come back from the upstream; the last block is torn."""
        with self._lock:
            self._left_bytes = answer_bytes

    def refuse(self) -> None:
        """Stop listening."""
        listener, self._listener = self._listener, None
        for each in self._queued:
            each.close()
        self._queued = []
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            listener.close()

    def unreachable(self) -> None:
        """Listen with a queue that is full, so that the kernel drops what asks for a connection."""
        self.refuse()
        listener = self._bound()
        listener.listen(0)
        self._listener = listener
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._queued.append(filler)

    def _bound(self) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deadline_s = time.monotonic() + 5
        while True:
            try:
                listener.bind(("127.0.0.1", self.port))
            except OSError:  # a connection that is just being closed
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(0.02)
            else:
                self.port = listener.getsockname()[1]
                return listener

    def _listen(self) -> None:
        listener = self._bound()
        listener.listen(512)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True, name="proxy-accept").start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.seen += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True, name="proxy-serve").start()

    def _serve(self, client: socket.socket) -> None:
        self._flowing.wait()
        try:
            server = _connected(self._upstream)
        except OSError:
            client.close()
            return
        for end in (client, server):
            if end.family != socket.AF_UNIX:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = _Pair(client, server)
        with self._lock:
            self._pairs.add(pair)
        back = threading.Thread(target=self._pump, args=(pair, server, client), daemon=True, name="proxy-back")
        back.start()
        self._pump(pair, client, server)
        back.join()
        with self._lock:
            self._pairs.discard(pair)
        for end in (client, server):
            end.close()

    def _pump(self, pair: _Pair, source: socket.socket, target: socket.socket) -> None:
        """Carry blocks until either end is done; an orderly end is carried too."""
        try:
            while block := source.recv(BLOCK_BYTES):
                if self.delay_s:
                    time.sleep(self.delay_s)
                self._flowing.wait()
                block, last = self._allowed(block, back=source is pair.server)
                target.sendall(block)
                if last:
                    self.cut()
                    return
            self._flowing.wait()
            if not pair.closed.is_set():  # or our own reset would look like an orderly end
                target.shutdown(socket.SHUT_WR)
        except OSError:
            if not pair.closed.is_set():
                pair.cut()  # what one end suffered, the other one is told

    def _allowed(self, block: bytes, *, back: bool) -> tuple[bytes, bool]:
        with self._lock:
            if self._left_bytes is None or not back:
                return block, False
            block = block[: self._left_bytes]
            self._left_bytes -= len(block)
            if self._left_bytes > 0:
                return block, False
            self._left_bytes = None
            return block, True


def _connected(upstream: Upstream) -> socket.socket:
    if isinstance(upstream, Path):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(upstream))
        except OSError:
            server.close()
            raise
        return server
    return socket.create_connection(upstream, timeout=None)
