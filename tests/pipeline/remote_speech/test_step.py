"""The transcription step with the backend openai: real database, store and child; the key, and the fallback."""

import logging
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from app.models import Job, Upload
from app.models import Transcript as TranscriptRow
from app.services.storage.local import LocalStore
from pipeline.media_cache import MediaCache
from pipeline.orchestrator import continue_job
from pipeline.runtime import Runtime
from pipeline.step_run import run_next
from tests.app.conftest import make_settings
from tests.app.job_factory import complete, make_job, step
from tests.pipeline.analyzers.model_server import status
from tests.pipeline.conftest import step_of
from tests.pipeline.remote_speech.speech_server import says, speech_server, verbose
from tests.pipeline.remote_speech.test_transcription import KEY

pytestmark = [pytest.mark.stack, pytest.mark.media]
STEP = "transcription"
PROBED = {
    "duration_s": 11.0,
    "format": "flac",
    "video": None,
    "audio": {"index": 0, "codec": "flac", "sample_rate_hz": 44100, "channels": 2},
}


@pytest.fixture
def speech(shared_data: Path, tmp_path: Path) -> Path:
    """A copy: the store takes the file that it is given away."""
    return Path(shutil.copyfile(shared_data / "speech" / "faster-whisper" / "jfk.flac", tmp_path / "jfk.flac"))


def runtime_of(url: str, engine: Engine, sessions: sessionmaker[Session], folder: Path) -> Runtime:
    settings = make_settings(data_dir=folder / "data", openai_api_key=KEY, openai_speech_base_url=f"{url}/v1")
    store = LocalStore(settings.object_dir, b"a secret of tests")
    return Runtime(settings, engine, sessions, store, MediaCache(settings.work_dir / "cache", store))


def submit(runtime: Runtime, speech: Path, **options: Any) -> UUID:
    with runtime.sessions.begin() as session:
        job = make_job(session)
        job.options = {**job.options, **options}
        complete(job, "uploading")
        step(job, "uploading").result = PROBED
        runtime.store.put_file(session.get_one(Upload, job.upload_id).object_key, speech, "audio/flac")
        session.flush()
        job_id = job.id
        continue_job(session, job_id)
    return job_id


def everything(sessions: sessionmaker[Session]) -> str:
    with sessions.begin() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        return repr([session.execute(text(f'SELECT * FROM "{table}"')).all() for table in tables])


def test_words_come_from_the_service_and_the_key_stays(
    speech: Path,
    own_engine: Engine,
    sessions: sessionmaker[Session],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with speech_server(says(verbose("My fellow Americans."))) as server:
        runtime = runtime_of(server.url, own_engine, sessions, tmp_path)
        job_id = submit(runtime, speech, transcribers=["openai"], glossary=["Kennedy"], slide_text="The Peace Corps")
        run_next(runtime, "transcribe", (job_id, STEP))
    done = step_of(sessions, job_id, STEP)
    assert (done.status, done.error_message) == ("completed", None)
    with sessions.begin() as session:
        row = session.get_one(TranscriptRow, job_id)
        assert (row.backend, row.language, row.segments[0]["text"]) == ("openai", "en", "My fellow Americans.")
    (sent,) = server.sent
    assert sent.one("prompt") == "Kennedy, Peace, Corps"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in everything(sessions) + caplog.text
    kept = [path for path in runtime.settings.data_dir.rglob("*") if path.is_file()]
    assert any(path.parent.name == "analysis-cache" for path in kept)
    assert all(KEY.encode() not in path.read_bytes() for path in kept)


def test_the_next_backend_takes_over_with_a_warning(
    speech: Path, own_engine: Engine, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with speech_server(status(401)) as server:
        runtime = runtime_of(server.url, own_engine, sessions, tmp_path)
        job_id = submit(runtime, speech, transcribers=["openai", "pocketsphinx"])
        run_next(runtime, "transcribe", (job_id, STEP))
    with sessions.begin() as session:
        assert session.get_one(TranscriptRow, job_id).backend == "pocketsphinx"
        (warning,) = session.get_one(Job, job_id).warnings
    assert warning["code"] == "transcriber_fallback"
    assert "answered 401: check OPENAI_API_KEY" in warning["detail"]
    assert KEY not in warning["detail"]
