"""The API's socket, bound before the server starts: a taken port is told at once, and port 0 has a number."""

import socket


class CannotListen(Exception):
    """The address cannot be bound; the text says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to ``host`` and ``port``; 0 takes a free one. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port (0: a free one)."
        ) from error
    return listener
