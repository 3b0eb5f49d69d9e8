"""What waits in a broker of files and in Redis is counted; a broker that is away is told from an empty one."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from app.core.queue import RUN_STEP, make_celery, queue_of
from pipeline.rings import waiting_messages
from tests.app.conftest import make_settings
from tests.end_to_end.conftest import running_redis
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack
NONE = {"media": 0, "transcribe": 0, "io": 0}


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["files", "redis"])
def celery(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Celery]:
    broker_url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    with make_celery(make_settings(data_dir=tmp_path, broker_url=broker_url)) as celery:
        yield celery


def ring(celery: Celery, queue: str) -> None:
    celery.send_task(RUN_STEP, args=["job", "step", queue], queue=queue_of(queue), ignore_result=True)


def test_messages_are_counted_by_queue(celery: Celery) -> None:
    assert waiting_messages(celery) == NONE
    for queue in ("media", "io", "media"):
        ring(celery, queue)
    assert waiting_messages(celery) == NONE | {"media": 2, "io": 1}
    with celery.connection_for_read() as connection:
        connection.SimpleQueue(queue_of("media")).get(timeout=5).ack()
    assert waiting_messages(celery) == NONE | {"media": 1, "io": 1}


def test_a_broker_that_is_away_says_nothing_and_costs_little(redis_url: str) -> None:
    host, port = redis_url.removeprefix("redis://").split("/")[0].split(":")
    with (
        TcpProxy((host, int(port))) as proxy,
        make_celery(make_settings(broker_url=f"redis://127.0.0.1:{proxy.port}/0")) as celery,
    ):
        assert waiting_messages(celery) is not None
        for trouble in (proxy.hold, proxy.refuse):
            trouble()
            began_s = time.monotonic()
            assert waiting_messages(celery) is None
            assert time.monotonic() - began_s < 10
        proxy.pass_on()
        assert waiting_messages(celery) is not None
