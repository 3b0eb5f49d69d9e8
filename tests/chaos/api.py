"""The API as it is, in a process that can be struck: ``python -m tests.chaos.api FD``."""

import socket
import sys

import uvicorn

from pipeline.api_server import main
from tests.chaos import striker
from tests.chaos.history import note

_startup = uvicorn.Server.startup


async def startup(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
    await _startup(server, sockets)
    note("ready", role="api")


if __name__ == "__main__":
    striker.install()
    uvicorn.Server.startup = startup  # type: ignore[assignment]  # for the judge's clock
    main(int(sys.argv[1]))
