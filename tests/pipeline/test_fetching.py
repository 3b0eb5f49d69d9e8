"""The step ``uploading`` of a URL source: fetched once, gone on from, written down under the fence, cleaned up."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from app.core.security import secret_key
from app.models import Job, JobStep, Upload
from app.services.job_control import cancel_job
from app.services.jobs import create_job
from app.services.sources import remote_upload
from app.services.storage.local import LocalStore
from pipeline.fetching import Fetch, drop_downloads
from pipeline.media_cache import MediaCache
from pipeline.orchestrator import continue_job
from pipeline.processes import wait_until
from pipeline.runtime import Runtime
from pipeline.step_run import run_next
from tests.media_factory import make_media
from tests.pipeline.conftest import job_of, step_of
from tests.pipeline.recording_source import ETAG, MEDIA, Source, ranges
from tests.pipeline.remote_server import Exchange, RemoteServer, egress_settings, serving

pytestmark = [pytest.mark.stack, pytest.mark.media]
Sessions = sessionmaker[Session]
BROKEN_OFF = 6
"""Lines that break in one run before it gives up."""


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.download.client.PAUSE_S", 0.005)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of picture and sound."""
    path = make_media(
        tmp_path_factory.mktemp("media") / "a.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2"),
        *("-f", "lavfi", "-i", "sine=duration=2", "-c:v", "libx264", "-c:a", "aac", "-preset", "ultrafast"),
    )
    return path.read_bytes()


@pytest.fixture
def runtime(own_engine: Engine, sessions: Sessions, tmp_path: Path) -> Runtime:
    settings = egress_settings(data_dir=tmp_path / "data")
    store = LocalStore(settings.object_dir, secret_key(settings))
    return Runtime(settings, own_engine, sessions, store, MediaCache(settings.work_dir / "cache", store))


def submit(runtime: Runtime, url: str) -> UUID:
    with runtime.sessions.begin() as session:
        upload, told = remote_upload(session, url, owner="local", secret=secret_key(runtime.settings))
        return create_job(
            session,
            kind="transcription",
            upload=upload,
            options={},
            retention=timedelta(days=1),
            owner="local",
            source=told,
        ).id


def run(runtime: Runtime, job_id: UUID) -> JobStep:
    """One run of the step, at once even where it is to be tried later."""
    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE job_steps SET retry_at = NULL, sent_at = NULL WHERE job_id = :id"), {"id": job_id})
        continue_job(session, job_id)
    run_next(runtime, "io", (job_id, "uploading"))
    return step_of(runtime.sessions, job_id, "uploading")


def upload_of(runtime: Runtime, job_id: UUID) -> Upload:
    with runtime.sessions.begin() as session:
        return session.get_one(Upload, session.get_one(Job, job_id).upload_id)


def downloads(runtime: Runtime) -> list[str]:
    folder = runtime.settings.work_dir / "downloads"
    return sorted(path.relative_to(folder).name for path in folder.rglob("*") if path.is_file())


def test_a_recording_is_fetched_over_several_runs(runtime: Runtime, recording: bytes) -> None:
    cuts = (len(recording) // 20,) * BROKEN_OFF
    headers = {"etag": ETAG, "content_disposition": 'attachment; filename="Week 1.mp4"'}
    with serving(Source(recording, cuts=cuts, **headers)) as server:
        job_id = submit(runtime, f"{server.url}/talk?token=s3cret")
        step = run(runtime, job_id)
        assert (step.status, step.error_code, step.attempt) == ("pending", "source_unreachable", 1)
        assert step.retry_at is not None
        assert downloads(runtime) == ["lock", "recording.part", "recording.part.json"]
        assert upload_of(runtime, job_id).status == "remote"
        step = run(runtime, job_id)
        assert (step.status, step.attempt, step.error_code) == ("completed", 2, None), step.error_message
        assert ranges(server)[-1] == (f"bytes={cuts[0] * BROKEN_OFF}-", ETAG)
        seen = len(server.seen)

        upload, job = upload_of(runtime, job_id), job_of(runtime.sessions, job_id)
        assert (upload.status, upload.filename, upload.content_type) == ("complete", "Week 1.mp4", "video/mp4")
        assert (upload.size_bytes, upload.sha256) == (len(recording), hashlib.sha256(recording).hexdigest())
        assert upload.source_url is None
        stored = runtime.store.local_path(upload.object_key)
        assert stored is not None
        assert stored.read_bytes() == recording
        assert downloads(runtime) == []
        assert job.source == {
            "filename": "Week 1.mp4",
            "size_bytes": len(recording),
            "duration_s": pytest.approx(2.0, abs=0.1),
            "size": [320, 180],
            "url": f"{server.url}/talk",
        }
        assert job.warnings == []

        with runtime.sessions.begin() as session:
            session.execute(
                text("UPDATE job_steps SET status = 'pending' WHERE job_id = :id AND stage = 'uploading'"),
                {"id": job_id},
            )
        assert run(runtime, job_id).status == "completed"
        assert len(server.seen) == seen, "what is complete is not fetched again"


def test_what_an_earlier_run_stored_is_not_fetched_again(
    runtime: Runtime, recording: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill between storing and committing."""
    with serving(Source(recording)) as server:
        job_id = submit(runtime, server.url)
        with monkeypatch.context() as patched:
            patched.setattr("pipeline.steps.uploading._probed", lambda *_: 1 / 0)
            patched.setattr(Fetch, "forget", lambda _: None)
            assert run(runtime, job_id).status == "failed"
        assert downloads(runtime) == ["lock", "stored.json"]
        with runtime.sessions.begin() as session:
            session.execute(text("UPDATE job_steps SET status = 'pending' WHERE job_id = :id"), {"id": job_id})
        assert run(runtime, job_id).status == "completed"
        assert len(server.seen) == 1
    assert upload_of(runtime, job_id).size_bytes == len(recording)
    assert downloads(runtime) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda exchange: exchange.send(404), "source_refused"),
        (lambda exchange: exchange.send(302, location="http://10.0.0.1/a.mp4"), "forbidden_url"),
        (lambda exchange: exchange.send(200, b"<html>sign in</html>" * 500), "unsupported_media"),
        (lambda exchange: exchange.send(200, b""), "empty_file"),
        (Source(MEDIA), "unsupported_media"),
    ],
)
def test_refusals_are_final(runtime: Runtime, answer: Callable[[Exchange], None], code: str) -> None:
    with serving(answer) as server:
        job_id = submit(runtime, f"{server.url}/lecture.mp4?token=s3cret")
        step = run(runtime, job_id)
    assert (step.status, step.error_code, step.attempt) == ("failed", code, 1)
    assert step.error_message is not None
    assert "s3cret" not in step.error_message
    assert downloads(runtime) == []
    assert upload_of(runtime, job_id).status == "remote"


def test_a_file_over_the_limit_is_refused(runtime: Runtime, own_engine: Engine) -> None:
    settings = runtime.settings.model_copy(update={"max_upload_bytes": 100_000})
    small = Runtime(settings, own_engine, runtime.sessions, runtime.store, runtime.cache)
    with serving(Source(MEDIA)) as server:
        step = run(small, submit(small, server.url))
    assert (step.status, step.error_code) == ("failed", "file_too_large")


def test_the_last_attempt_leaves_nothing(runtime: Runtime) -> None:
    with serving(Source(MEDIA, cuts=(20_000,) * BROKEN_OFF * 3)) as server:
        job_id = submit(runtime, server.url)
        states = [run(runtime, job_id).status for _ in range(3)]
    assert states == ["pending", "pending", "failed"]
    assert downloads(runtime) == []


class Slow:
    """Sends the beginning and then nothing."""

    def __init__(self) -> None:
        self.held = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        exchange.head(200, content_length=str(len(MEDIA)), etag=ETAG)
        exchange.wfile.write(MEDIA[:100_000])
        exchange.wfile.flush()
        self.held.wait(30)


@pytest.fixture
def slow() -> Iterator[RemoteServer]:
    source = Slow()
    with serving(source) as server:
        yield server
        source.held.set()


@pytest.mark.parametrize("why", ["cancelled", "shutdown"])
def test_a_stopped_download_is_kept_only_where_it_goes_on(runtime: Runtime, slow: RemoteServer, why: str) -> None:
    job_id = submit(runtime, slow.url)
    worker = threading.Thread(target=run, args=(runtime, job_id))
    worker.start()
    assert wait_until(lambda: "recording.part" in downloads(runtime), within_s=20)
    asked_s = time.monotonic()
    if why == "shutdown":
        runtime.shutdown.set()
    else:
        with runtime.sessions.begin() as session:
            cancel_job(session, job_id, owner="local")
    worker.join(20)
    assert not worker.is_alive()
    assert time.monotonic() - asked_s < 10
    status = step_of(runtime.sessions, job_id, "uploading").status
    assert status == {"cancelled": "cancelled", "shutdown": "pending"}[why]
    assert ("recording.part" in downloads(runtime)) == (why == "shutdown")


def test_tidying_keeps_what_a_job_waits_for(runtime: Runtime) -> None:
    folder = runtime.settings.work_dir / "downloads"
    with serving(Source(MEDIA, cuts=(20_000,) * BROKEN_OFF)) as server:
        job_id = submit(runtime, server.url)
        run(runtime, job_id)
    for name in ("0197f0c2-0000-7000-8000-000000000000", "not ours"):
        (folder / name).mkdir()
    assert drop_downloads(runtime.settings, runtime.sessions) == 2
    assert [path.name for path in folder.iterdir()] == [str(upload_of(runtime, job_id).id)]
    set_status(runtime, job_id, "failed")
    assert drop_downloads(runtime.settings, runtime.sessions) == 1
    assert os.listdir(folder) == []


def set_status(runtime: Runtime, job_id: UUID, status: Any) -> None:
    with runtime.sessions.begin() as session:
        session.get_one(Job, job_id).status = status


def test_a_transcription_of_what_has_no_sound_fails_and_says_so(
    runtime: Runtime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    silent = make_media(
        tmp_path_factory.mktemp("silent") / "a.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=1", "-c:v", "libx264", "-preset", "ultrafast"),
    )
    with serving(Source(silent.read_bytes())) as server:
        job_id = submit(runtime, server.url)
        assert run(runtime, job_id).status == "completed"
    assert step_of(runtime.sessions, job_id, "transcription").status == "pending", "it is not skipped"
    run_next(runtime, "transcribe", (job_id, "transcription"))
    step = step_of(runtime.sessions, job_id, "transcription")
    assert (step.status, step.error_code) == ("failed", "no_audio")
    assert job_of(runtime.sessions, job_id).warnings == []
