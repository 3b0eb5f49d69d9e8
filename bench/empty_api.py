"""The peer of ``bench.polling``: FastAPI with one route that does nothing, on the server that Lectern's API runs on."""

import socket
import sys

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def empty() -> None:
    """Nothing."""


if __name__ == "__main__":
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, proxy_headers=False)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
