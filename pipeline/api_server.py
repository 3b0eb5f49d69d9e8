"""Runs the API on a socket that is already bound: ``python -m pipeline.api_server FD``.

The binder knows the port before the server is up, and a taken port is told before anything else starts.
"""

import socket
import sys

import uvicorn

from app.core.settings import get_settings
from pipeline.processes import keep_memory_private


def main(descriptor: int) -> None:
    """Serve until SIGTERM or SIGINT; open requests get two seconds."""
    keep_memory_private()
    settings = get_settings()
    config = uvicorn.Config(
        "app.main:create_app",
        factory=True,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),  # the server's own default believes everybody on loopback
        h11_max_incomplete_event_size=64 * 1024,
        log_level=settings.log_level.lower(),
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
