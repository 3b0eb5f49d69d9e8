"""What tests of outages do and look at."""

import time
from collections.abc import Callable

import httpx2
import pytest

from tests.app.api.test_upload import MP4, problem
from tests.tcp_proxy import TcpProxy

WITHIN_S = 2.0
DOWN = pytest.mark.parametrize("how", ["hold", "refuse and cut", "unreachable and cut"])


def take_down(proxy: TcpProxy, how: str) -> None:
    for act in how.split(" and "):
        getattr(proxy, act)()


def unavailable(response: httpx2.Response) -> None:
    problem(response, 503, "database_unavailable")
    assert int(response.headers["retry-after"]) >= 1


def timed(act: Callable[[], httpx2.Response]) -> tuple[httpx2.Response, float]:
    began_s = time.monotonic()
    return act(), time.monotonic() - began_s


def back(http: httpx2.Client, path: str = "/health") -> bool:
    return http.get(path).status_code == 200


def upload(http: httpx2.Client, headers: dict[str, str] | None = None) -> httpx2.Response:
    return http.post("/api/v1/upload", files={"file": ("a.mp4", MP4, "video/mp4")}, headers=headers)
