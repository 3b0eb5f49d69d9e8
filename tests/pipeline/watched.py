"""A file and a listener that notice whoever touches them."""

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

IN_ACCESS, IN_MODIFY, IN_OPEN = 0x1, 0x2, 0x20
_LIBC = ctypes.CDLL(None, use_errno=True)


class Watched:
    """``port`` accepts TCP on loopback, ``path`` is a UNIX socket's; ``touched()`` counts what arrived anywhere."""

    def __init__(self, file: Path, tcp: socket.socket, local: socket.socket, local_path: Path, notes: int) -> None:
        self.file, self.local_path = file, local_path
        self.port: int = tcp.getsockname()[1]
        self._sockets, self._notes = (tcp, local), notes

    def touched(self) -> int:
        """Connections, and opens, reads and writes of the file since the last call."""
        count = 0
        for listener in self._sockets:
            while True:
                try:
                    listener.accept()[0].close()
                except BlockingIOError:
                    break
                count += 1
        with suppress(BlockingIOError):
            count += len(os.read(self._notes, 1 << 16)) // 16  # an event of a watched file has no name: 16 bytes
        return count


@contextmanager
def watched(folder: Path, content: bytes) -> Iterator[Watched]:
    """``content`` in a file, watched by inotify, beside a UNIX socket, and a TCP listener."""
    file, local_path = folder / "secret.wav", folder / "s"
    file.write_bytes(content)
    notes = _LIBC.inotify_init1(os.O_NONBLOCK)
    assert _LIBC.inotify_add_watch(notes, os.fsencode(file), IN_ACCESS | IN_MODIFY | IN_OPEN) >= 0
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as local:
        tcp.bind(("127.0.0.1", 0))
        local.bind(os.path.relpath(local_path))
        for listener in (tcp, local):
            listener.listen()
            listener.setblocking(False)
        yield Watched(file, tcp, local, local_path, notes)
    os.close(notes)
