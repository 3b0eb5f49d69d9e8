"""What clients see while PostgreSQL is down, in every way of being down: 503 in time."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import httpx2
import pytest

from pipeline.processes import wait_until
from tests.app.api.degradation.outage import DOWN, WITHIN_S, back, take_down, timed, unavailable, upload
from tests.app.api.test_upload import problem
from tests.outages import BreakablePostgres, frozen
from tests.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.stack, pytest.mark.alone]


@DOWN
def test_every_route_says_so_in_time(http: httpx2.Client, proxy: TcpProxy, job_id: UUID, how: str) -> None:
    routes: list[Callable[[], httpx2.Response]] = [
        lambda: http.get("/api/v1/jobs"),
        lambda: http.get(f"/api/v1/jobs/{job_id}"),
        lambda: http.get(f"/api/v1/jobs/{job_id}", headers={"Prefer": "wait=30"}),
        lambda: http.get(f"/api/v1/jobs/{job_id}/events"),
        lambda: http.get(f"/api/v1/jobs/{job_id}/logs"),
        lambda: http.get(f"/api/v1/results/{job_id}"),
        lambda: http.post(f"/api/v1/jobs/{job_id}/cancel"),
        lambda: http.delete(f"/api/v1/jobs/{job_id}"),
        lambda: http.get("/health"),
        lambda: upload(http, {"Idempotency-Key": str(uuid4())}),
    ]
    take_down(proxy, how)
    took_s = []
    for route in routes:
        response, seconds = timed(route)
        unavailable(response)
        took_s.append(seconds)
        alive, livez_s = timed(lambda: http.get("/livez"))
        assert alive.status_code == 200
        assert livez_s < 1
    ready, ready_s = timed(lambda: http.get("/readyz"))
    assert [each["field"] for each in problem(ready, 503, "not_ready")["errors"]] == ["database"]
    assert ready.headers["retry-after"]
    assert max(took_s) < WITHIN_S
    assert ready_s < WITHIN_S + 1
    print(f"{how}: first {took_s[0]:.3f} s, slowest {max(took_s):.3f} s, readyz {ready_s:.3f} s")
    proxy.pass_on()
    assert wait_until(lambda: back(http), within_s=10)
    assert wait_until(lambda: back(http, "/readyz"), within_s=10)


def test_the_server_itself_frozen_and_killed(http: httpx2.Client, postgres: BreakablePostgres, job_id: UUID) -> None:
    with frozen(postgres.pid):
        response, took_s = timed(lambda: http.get(f"/api/v1/jobs/{job_id}"))
        unavailable(response)
        assert took_s < WITHIN_S
    assert wait_until(lambda: back(http), within_s=10)
    postgres.kill()
    response, took_s = timed(lambda: http.get(f"/api/v1/jobs/{job_id}"))
    unavailable(response)
    assert took_s < WITHIN_S
    postgres.start()
    assert wait_until(lambda: back(http), within_s=30), "also while it recovers, the answer is 503 and never 500"
    assert back(http, f"/api/v1/jobs/{job_id}")


def test_a_burst_is_answered_together(http: httpx2.Client, proxy: TcpProxy, job_id: UUID) -> None:
    proxy.hold()
    with ThreadPoolExecutor(120) as threads:
        began_s = time.monotonic()
        answers = [threads.submit(timed, lambda: http.get(f"/api/v1/jobs/{job_id}")) for _ in range(120)]
        alive, livez_s = timed(lambda: http.get("/livez"))
        assert alive.status_code == 200
        for each in answers:
            unavailable(each.result()[0])
        whole_s = time.monotonic() - began_s
    slowest_s = max(each.result()[1] for each in answers)
    print(f"120 at once: slowest {slowest_s:.3f} s, all {whole_s:.3f} s, livez meanwhile {livez_s:.3f} s")
    assert slowest_s < WITHIN_S + 2, "the clients of this test share a process with the server"
    assert livez_s < 2
    proxy.pass_on()
    assert wait_until(lambda: back(http), within_s=10)
