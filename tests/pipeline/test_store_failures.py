"""A step whose object store fails is tried again later, and says what it was; a store that is back finishes the job."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from app.core.errors import StorageUnavailable
from app.core.milestones import Milestone
from app.services.storage import factory
from app.services.storage.s3 import S3Patience
from pipeline import step_run
from pipeline.media_cache import MediaCache
from pipeline.runtime import Runtime, make_runtime
from pipeline.step_run import run_next
from tests.app.api.test_degraded_parts import small_disk
from tests.app.conftest import make_settings
from tests.media_factory import make_media
from tests.pipeline.conftest import step_of
from tests.pipeline.stored_jobs import CAPTIONS, failures, finish, go_on, submit_row, submitted
from tests.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.stack, pytest.mark.media]
Sessions = sessionmaker[Session]


@pytest.fixture(scope="module")
def moto() -> Iterator[tuple[str, int]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


@pytest.fixture
def bucket(moto: tuple[str, int]) -> Iterator[Any]:
    s3 = boto3.resource(
        "s3",
        endpoint_url=f"http://{moto[0]}:{moto[1]}",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        region_name="us-east-1",
    )
    yield s3.create_bucket(Bucket=f"lectern-{uuid4().hex[:8]}")
    s3.meta.client.close()


@pytest.fixture
def proxy(moto: tuple[str, int]) -> Iterator[TcpProxy]:
    with TcpProxy(moto) as proxy:
        yield proxy


@pytest.fixture
def runtime(
    own_engine: Engine,
    sessions: Sessions,
    proxy: TcpProxy,
    bucket: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Runtime]:
    """A worker's, whose store is behind the proxy, and who does not wait as long for it."""
    short = S3Patience(connect_s=0.5, answer_s=0.5, transfer_s=0.5, attempts=2, breaker=False)
    monkeypatch.setattr(factory, "WORKER", short)
    runtime = make_runtime(
        make_settings(
            database_url=own_engine.url.render_as_string(hide_password=False),
            data_dir=tmp_path / "data",
            broker_url="memory://",
            s3_bucket=bucket.name,
            s3_endpoint_url=f"http://127.0.0.1:{proxy.port}",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
    )
    yield runtime
    runtime.engine.dispose()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(
        tmp_path_factory.mktemp("media") / "a.mp4",
        *("-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=2"),
        *("-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-shortest"),
    )


@pytest.mark.parametrize("how", ["hold", "refuse"])
def test_a_store_that_stays_away_is_a_typed_failure(
    runtime: Runtime, proxy: TcpProxy, bucket: Any, recording: Path, how: str
) -> None:
    job_id = submitted(runtime.sessions, bucket, recording)
    getattr(proxy, how)()
    for attempt in (1, 2, 3):
        began_s = time.monotonic()
        go_on(runtime, job_id)
        step = step_of(runtime.sessions, job_id, "uploading")
        assert (step.attempt, step.error_code) == (attempt, "storage_unavailable")
        assert step.status == ("failed" if attempt == 3 else "pending")
        if attempt < 3:
            assert step.retry_at is not None, "with a growing delay"
        assert time.monotonic() - began_s < 15
    job = finish(runtime, job_id)
    assert (job.status, job.error_code) == ("failed", "storage_unavailable")
    assert failures(runtime.sessions, job_id) == ["storage_unavailable"] * 3
    assert "127.0.0.1" not in (job.error_message or ""), "no address of the server's"


def test_a_store_that_comes_back_finishes_the_job(
    runtime: Runtime, proxy: TcpProxy, bucket: Any, recording: Path
) -> None:
    job_id = submitted(runtime.sessions, bucket, recording)
    proxy.refuse()
    go_on(runtime, job_id)
    assert step_of(runtime.sessions, job_id, "uploading").status == "pending"
    proxy.pass_on()
    job = finish(runtime, job_id)
    assert job.status == "completed", job.error_message
    assert step_of(runtime.sessions, job_id, "uploading").attempt == 2
    assert failures(runtime.sessions, job_id) == ["storage_unavailable"]


def test_a_store_that_goes_while_results_are_kept(
    runtime: Runtime, proxy: TcpProxy, bucket: Any, recording: Path
) -> None:
    """The recording has been fetched; what is made of it cannot be stored, then can."""
    job_id = submitted(runtime.sessions, bucket, recording)
    with lost_at_the_first_put(runtime, proxy):
        go_on(runtime, job_id)
        go_on(runtime, job_id)
    steps = failures(runtime.sessions, job_id)
    assert steps
    assert set(steps) == {"storage_unavailable"}
    job = finish(runtime, job_id)
    assert job.status == "completed", job.error_message
    with runtime.sessions.begin() as session:
        known = set(
            session.execute(text("SELECT object_key FROM artifacts WHERE job_id = :id"), {"id": job_id}).scalars()
        )
    kept = {each.key for each in bucket.objects.filter(Prefix=f"jobs/{job_id}/")}
    assert known
    assert known == kept, "neither a missing file nor an orphan"


def test_a_run_that_lost_its_step_ends_though_the_store_cannot_take_its_files_back(
    runtime: Runtime, proxy: TcpProxy, bucket: Any, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submitted(runtime.sessions, bucket, recording)
    go_on(runtime, job_id)

    def overtaken(milestone: Milestone) -> None:
        if milestone == "step_worked":
            with runtime.sessions.begin() as session:
                session.execute(text("UPDATE job_steps SET fence = fence + 1 WHERE status = 'running'"))
            proxy.refuse()
            proxy.cut()

    monkeypatch.setattr(step_run, "reached", overtaken)
    run_next(runtime, "transcribe", (job_id, "transcription"))
    assert step_of(runtime.sessions, job_id, "transcription").fence == 2
    assert list(bucket.objects.filter(Prefix=f"jobs/{job_id}/")), "left for the sweeper"


@contextmanager
def lost_at_the_first_put(runtime: Runtime, proxy: TcpProxy) -> Iterator[None]:
    """The store goes away when the first result is to be stored, and is back at the end."""
    put_file = runtime.store.put_file

    def losing(key: str, path: Path, content_type: str) -> None:
        proxy.refuse()
        proxy.cut()
        put_file(key, path, content_type)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime.store, "put_file", losing)
        yield
    proxy.pass_on()


def test_a_download_that_is_cut_is_begun_again(runtime: Runtime, proxy: TcpProxy, bucket: Any, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000  # 10 MB
    bucket.put_object(Key="uploads/b/source.mp4", Body=content)
    cache = MediaCache(tmp_path / "cache", runtime.store)
    assert runtime.store.info("uploads/b/source.mp4") is not None
    proxy.cut_after(3_000_000)
    cache.link("uploads/b/source.mp4", tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == content


def test_a_download_that_stays_cut_leaves_no_half_file(
    runtime: Runtime, proxy: TcpProxy, bucket: Any, tmp_path: Path
) -> None:
    bucket.put_object(Key="uploads/c/source.mp4", Body=bytes(10_000_000))
    cache = MediaCache(tmp_path / "cache", runtime.store)
    proxy.refuse()
    with pytest.raises(StorageUnavailable):
        cache.link("uploads/c/source.mp4", tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()
    proxy.pass_on()
    cache.link("uploads/c/source.mp4", tmp_path / "fetched")
    assert (tmp_path / "fetched").stat().st_size == 10_000_000


class TestFolder:
    """The same with a folder as the store, on a small disk of its own."""

    @pytest.fixture
    def runtime(self, own_engine: Engine, sessions: Sessions, tmp_path: Path) -> Iterator[Runtime]:
        settings = make_settings(
            database_url=own_engine.url.render_as_string(hide_password=False),
            data_dir=tmp_path / "data",
            broker_url="memory://",
        )
        with small_disk(settings.object_dir):
            runtime = make_runtime(settings)
            yield runtime
            runtime.engine.dispose()

    def test_a_full_disk_that_has_room_again(self, runtime: Runtime, recording: Path) -> None:
        folder = runtime.settings.object_dir / "uploads" / "d"
        folder.mkdir(parents=True)
        (folder / "source.mp4").write_bytes(recording.read_bytes())
        (folder / "captions.srt").write_bytes(CAPTIONS)
        job_id = submit_row(runtime.sessions, "uploads/d", recording.stat().st_size)
        go_on(runtime, job_id)
        filler = runtime.settings.object_dir / "filler"
        with filler.open("wb", buffering=0) as out, suppress(OSError):
            while True:
                out.write(bytes(512))
        go_on(runtime, job_id)
        assert set(failures(runtime.sessions, job_id)) == {"storage_unavailable"}
        filler.unlink()
        job = finish(runtime, job_id)
        assert job.status == "completed", job.error_message
