"""What clients see while the broker or the object store is down: a job is taken all the same, or refused in time."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from fastapi import FastAPI
from moto.server import ThreadedMotoServer
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.settings import Settings
from app.main import create_app
from app.services.storage import factory
from app.services.storage.protocol import ObjectStore
from app.services.storage.s3 import S3Patience
from app.services.unsettled import UnsettledUploads
from pipeline.processes import wait_until
from tests.app.api.test_upload import MP4, problem, send
from tests.app.conftest import files_in
from tests.app.job_factory import finished_job
from tests.outages import BreakableRedis
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack
DOWN = pytest.mark.parametrize("how", ["hold", "refuse and cut", "unreachable and cut"])


def take_down(proxy: TcpProxy, how: str) -> None:
    for act in how.split(" and "):
        getattr(proxy, act)()


class Stopwatch:
    """``with Stopwatch() as taken:`` and ``taken.s`` are the seconds it took."""

    s = 0.0

    def __enter__(self) -> "Stopwatch":
        self._began_s = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.s = time.monotonic() - self._began_s


@contextmanager
def after_the_check(store: ObjectStore, act: Callable[[], None]) -> Iterator[None]:
    """Do ``act`` when an upload has found its store well, and its body is about to be read."""
    incoming_dir = store.incoming_dir

    def acting() -> Path:
        act()
        return incoming_dir()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "incoming_dir", acting)
        yield


class TestBroker:
    @pytest.fixture
    def proxy(self, tmp_path: Path) -> Iterator[TcpProxy]:
        with BreakableRedis(tmp_path) as redis, TcpProxy(("127.0.0.1", redis.port)) as proxy:
            yield proxy

    @pytest.fixture
    def api(self, settings: Settings, proxy: TcpProxy) -> FastAPI:
        url = f"redis://127.0.0.1:{proxy.port}/0"
        return create_app(Settings.model_validate({**settings.model_dump(), "broker_url": url}))

    @DOWN
    def test_jobs_are_taken_and_told_without_it(self, client: TestClient, proxy: TcpProxy, how: str) -> None:
        assert send(client).status_code == 202
        take_down(proxy, how)
        with Stopwatch() as first:
            job = send(client)
        with Stopwatch() as second:
            assert send(client).status_code == 202
        with Stopwatch() as polled:
            assert client.get(job.headers["location"]).status_code == 200
        assert job.status_code == 202
        assert client.get("/health").status_code == 200
        with Stopwatch() as ready:
            named = problem(client.get("/readyz"), 503, "not_ready")["errors"]
        assert [each["field"] for each in named] == ["broker"]
        assert (first.s < 2, second.s < 1, polled.s < 1, ready.s < 4) == (True, True, True, True)
        print(f"{how}: submit {first.s:.3f} s, the next {second.s:.3f} s, readyz {ready.s:.3f} s")
        proxy.pass_on()
        assert wait_until(lambda: client.get("/readyz").status_code == 200, within_s=20)


class TestStore:
    @pytest.fixture
    def moto(self) -> Iterator[tuple[str, int]]:
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        yield server.get_host_and_port()
        server.stop()

    @pytest.fixture
    def bucket(self, moto: tuple[str, int]) -> Iterator[Any]:
        """The bucket as its owner sees it, whatever is between it and Lectern."""
        endpoint = f"http://{moto[0]}:{moto[1]}"
        s3 = boto3.resource(
            "s3", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1"
        )
        yield s3.create_bucket(Bucket=f"lectern-{uuid4().hex[:8]}")
        s3.meta.client.close()

    @pytest.fixture
    def proxy(self, moto: tuple[str, int], bucket: Any) -> Iterator[TcpProxy]:
        with TcpProxy(moto) as proxy:
            yield proxy

    @pytest.fixture
    def api(self, settings: Settings, proxy: TcpProxy, bucket: Any, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
        short = S3Patience(connect_s=1.0, answer_s=1.0, transfer_s=1.5)
        monkeypatch.setattr(factory, "API", short)
        chosen = {
            "s3_bucket": bucket.name,
            "s3_endpoint_url": f"http://127.0.0.1:{proxy.port}",
            "aws_access_key_id": "x",
            "aws_secret_access_key": "x",
        }
        api = create_app(Settings.model_validate({**settings.model_dump(), **chosen}))
        parts: Parts = api.state.parts
        quick = UnsettledUploads(parts.sessions, parts.store, ask_every_s=0.1, certain_after_s=1.0)
        api.state.parts = replace(parts, unsettled=quick)
        return api

    @DOWN
    def test_an_upload_is_refused(
        self, client: TestClient, proxy: TcpProxy, bucket: Any, settings: Settings, how: str
    ) -> None:
        assert client.get("/readyz").status_code == 200
        take_down(proxy, how)
        with Stopwatch() as first:
            refused = send(client)
        with Stopwatch() as second:
            again = send(client)
        for each in (refused, again):
            problem(each, 503, "storage_unavailable")
            assert each.headers["retry-after"]
        assert first.s < 4
        assert second.s < 1
        assert [each["field"] for each in problem(client.get("/readyz"), 503, "not_ready")["errors"]] == ["store"]
        print(f"{how}: {first.s:.3f} s, the next {second.s:.3f} s")
        proxy.pass_on()
        assert wait_until(lambda: client.get("/readyz").status_code == 200, within_s=20)
        assert list(bucket.objects.all()) == []
        assert files_in(settings.data_dir) == []
        assert send(client).status_code == 202

    @pytest.mark.parametrize("how", ["hold", "refuse and cut"])
    def test_it_goes_down_while_the_file_is_sent(
        self, client: TestClient, api: FastAPI, proxy: TcpProxy, bucket: Any, settings: Settings, how: str
    ) -> None:
        with after_the_check(api.state.parts.store, lambda: take_down(proxy, how)), Stopwatch() as taken:
            refused = send(client)
        problem(refused, 503, "storage_unavailable")
        assert refused.headers["retry-after"]
        assert taken.s < 10
        print(f"{how} in the midst: {taken.s:.3f} s")
        assert files_in(settings.data_dir) == []
        assert client.get("/api/v1/jobs?limit=1").status_code == 200
        proxy.pass_on()  # and what was held arrives now, after all
        assert wait_until(lambda: client.get("/readyz").status_code == 200, within_s=20)
        assert wait_until(lambda: api.state.parts.unsettled._thread is None, within_s=30)
        assert list(bucket.objects.all()) == []
        assert send(client).status_code == 202

    @pytest.mark.parametrize("how", ["hold"])
    def test_downloads_say_so(
        self, client: TestClient, api: FastAPI, proxy: TcpProxy, tmp_path: Path, how: str
    ) -> None:
        sessions: sessionmaker[Session] = api.state.parts.sessions
        with sessions.begin() as session:
            done = finished_job(session, api.state.parts.store, tmp_path)
        take_down(proxy, how)
        for path in ("clips/1/video", "transcript.srt", "plan.json"):
            with Stopwatch() as taken:
                answer = client.get(f"/api/v1/results/{done.id}/{path}", follow_redirects=False)
            assert answer.status_code in (307, 503), answer.text
            if answer.status_code == 503:
                problem(answer, 503, "storage_unavailable")
                assert answer.headers["retry-after"]
            assert taken.s < 6
        assert client.get(f"/api/v1/results/{done.id}").status_code in (200, 503)
        assert client.get(f"/api/v1/jobs/{done.id}").status_code == 200
        assert client.delete(f"/api/v1/jobs/{done.id}").status_code == 204, "the sweeper finishes it"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 1 MiB at ``folder``; without the right to mount one, the test is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class TestFolder:
    """The local store on a disk that is full, or turned read-only."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Iterator[Settings]:
        with small_disk(settings.object_dir):
            yield settings.model_copy(update={"max_upload_bytes": 100_000_000})

    def test_a_full_disk(self, client: TestClient, settings: Settings) -> None:
        refused = send(client, MP4 + bytes(3_000_000))
        problem(refused, 503, "storage_unavailable")
        assert refused.headers["retry-after"]
        assert files_in(settings.object_dir) == []
        assert send(client).status_code == 202

    def test_a_read_only_disk(self, client: TestClient, settings: Settings) -> None:
        assert send(client).status_code == 202
        kept = files_in(settings.object_dir)
        subprocess.run(["mount", "-o", "remount,ro", str(settings.object_dir)], check=True)
        refused = send(client)
        problem(refused, 503, "storage_unavailable")
        assert refused.headers["retry-after"]
        named = problem(client.get("/readyz"), 503, "not_ready")["errors"]
        assert [each["field"] for each in named] == ["store"]
        assert files_in(settings.object_dir) == kept
        assert client.get("/api/v1/jobs").status_code == 200
