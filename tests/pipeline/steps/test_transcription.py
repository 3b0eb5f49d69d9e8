"""A long recording in parts: cut, each part transcribed in a child of its own, merged; with the real database."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from agents.media.audio import decode, write_wav
from agents.transcript_agent import run as run_agent
from agents.types import Transcript, TranscriptRequest
from app.models import Job, JobStep, Upload
from app.models import Transcript as TranscriptRow
from app.models.job import FINISHED_JOB
from app.services.job_control import retry_job
from app.services.job_view import job_document
from app.services.jobs import create_job
from pipeline import evidence
from pipeline.orchestrator import continue_job
from pipeline.runtime import Runtime, make_runtime
from pipeline.step_run import run_next
from tests.agents.scripted_whisper import build
from tests.app.conftest import make_settings
from tests.pipeline.conftest import job_of, step_of

pytestmark = [pytest.mark.stack, pytest.mark.media]
Sessions = sessionmaker[Session]
PARTS = ("transcription/1", "transcription/2")
MERGE = "transcription/merge"


@pytest.fixture(scope="module")
def recording(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five read sentences with pauses between them, 28 s in all."""
    folder = shared_data / "speech" / "pocketsphinx" / "librivox"
    pause = np.zeros(12_000, np.int16)
    path = tmp_path_factory.mktemp("speech") / "read.wav"
    spoken = [decode(each) for each in sorted(folder.glob("*.wav"))]
    write_wav(np.concatenate([part for each in spoken for part in (each, pause)]), path)
    return path


@pytest.fixture(scope="module")
def whole(recording: Path) -> Transcript:
    """What PocketSphinx hears in the recording in one go."""
    return run_agent(TranscriptRequest(str(recording), "pocketsphinx"), lambda fraction, message: None)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spoken = [(0.0, "Heaps are trees.", 2.0), (2.0, "Nodes are smaller.", 5.0)]
    return build(tmp_path_factory.mktemp("models") / "scripted", language="en", sentences=spoken)


class Service:
    """A worker with two slots that runs what the database says, one step after the other, in this process."""

    def __init__(self, runtime: Runtime, recording: Path) -> None:
        self.runtime = runtime
        self.sessions = runtime.sessions
        self.progress: list[float] = []
        self.messages: list[tuple[str, str]] = []
        copy = Path(shutil.copy(recording, runtime.settings.data_dir))  # the store takes the file away
        runtime.store.put_file("uploads/a/source.wav", copy, "audio/wav")

    def submit(self, kind: str, **options: Any) -> UUID:
        with self.sessions.begin() as session:
            upload = Upload(
                owner="local",
                filename="read.wav",
                content_type="audio/wav",
                size_bytes=self.runtime.store.info("uploads/a/source.wav").size_bytes,  # type: ignore[union-attr]
                sha256="0" * 64,
                object_key="uploads/a/source.wav",
            )
            session.add(upload)
            session.flush()
            kept = timedelta(days=1)
            return create_job(session, kind=kind, upload=upload, options=options, retention=kept, owner="local").id

    def go_on(self, job_id: UUID, *, until: str | None = None) -> None:
        """Run what can run, until the job ends or ``until`` has run."""
        deadline_s = time.monotonic() + 300
        while job_of(self.sessions, job_id).status not in FINISHED_JOB:
            assert time.monotonic() < deadline_s, "the job does not end"
            with self.sessions.begin() as session:
                session.execute(text("UPDATE job_steps SET retry_at = now() WHERE retry_at IS NOT NULL"))
                self.messages += continue_job(session, job_id).steps
            while self.messages:
                name, queue = self.messages.pop(0)
                run_next(self.runtime, queue, (job_id, name))
                self.progress.append(float(self.document(job_id)["progress"]))
                if name == until:
                    return

    def document(self, job_id: UUID) -> dict[str, Any]:
        with self.sessions.begin() as session:
            return job_document(session.get_one(Job, job_id), secret=b"x")

    def words(self, job_id: UUID) -> Transcript | None:
        with self.sessions.begin() as session:
            return evidence.transcript(session, job_id)

    def attempts(self, job_id: UUID) -> list[tuple[str, str, int]]:
        return [(name, row.status, row.attempt) for name in (*PARTS, MERGE) for row in [self.step(job_id, name)]]

    def step(self, job_id: UUID, name: str) -> JobStep:
        return step_of(self.sessions, job_id, name)


@pytest.fixture
def service(own_engine: Engine, sessions: Sessions, recording: Path, tmp_path: Path, model: Path) -> Iterator[Service]:
    """``model`` in its data folder is a Whisper model that can be taken away."""
    shutil.copytree(model, tmp_path / "data" / "model")
    runtime = make_runtime(
        make_settings(
            database_url=own_engine.url.render_as_string(hide_password=False),
            data_dir=tmp_path / "data",
            broker_url="memory://",
            worker_concurrency=2,
            transcription_chunk_s=10,
            whisper_model_dir=tmp_path / "data" / "model",
        )
    )
    yield Service(runtime, recording)
    runtime.engine.dispose()
    with sessions.begin() as session:
        session.query(TranscriptRow).delete()


def texts(words: Transcript | None) -> list[str]:
    assert words is not None
    return [word.text for segment in words.segments for word in segment.words]


def test_parts_give_the_words_of_the_whole(service: Service, whole: Transcript) -> None:
    job_id = service.submit("transcription", transcribers=["pocketsphinx"])
    service.go_on(job_id, until="transcription")
    stage = service.document(job_id)["steps"][1]
    assert (stage["name"], stage["status"]) == ("transcription", "running")
    assert stage["progress"] == pytest.approx(0.02, abs=0.001), "cutting is little of the work"
    assert [part["name"] for part in stage["parts"]] == ["transcription", *PARTS, MERGE]
    assert service.document(job_id)["stage"] == "transcription"
    service.go_on(job_id)
    assert job_of(service.sessions, job_id).status == "completed"
    found = service.words(job_id)
    assert found is not None
    assert (found.language, found.backend, found.quality) == ("en", "pocketsphinx", "draft")
    assert texts(found) == texts(whole)
    assert [segment.text for segment in found.segments] == [segment.text for segment in whole.segments]
    assert [s.start_s for s in found.segments] == pytest.approx([s.start_s for s in whole.segments], abs=0.03)
    assert service.progress == sorted(service.progress)
    spans = [service.step(job_id, name).params["span"] for name in PARTS]
    assert spans[0]["end_s"] == spans[1]["start_s"], "they meet in a pause"


def test_a_retry_repeats_only_the_part_that_is_missing(service: Service) -> None:
    folder = service.runtime.settings.whisper_model_dir
    assert folder is not None
    job_id = service.submit("transcription", transcribers=["faster-whisper"])
    service.go_on(job_id, until=PARTS[0])
    folder.rename(folder.with_name("away"))
    service.go_on(job_id)
    job = job_of(service.sessions, job_id)
    assert (job.status, job.error_code) == ("failed", "transcription_failed")
    assert service.attempts(job_id) == [(PARTS[0], "completed", 1), (PARTS[1], "failed", 1), (MERGE, "pending", 0)]
    folder.with_name("away").rename(folder)
    with service.sessions.begin() as session:
        retry_job(session, job_id, owner="local")
    service.go_on(job_id)
    assert job_of(service.sessions, job_id).status == "completed"
    assert service.attempts(job_id) == [(PARTS[0], "completed", 1), (PARTS[1], "completed", 1), (MERGE, "completed", 1)]
    assert texts(service.words(job_id)) == ["Heaps", "are", "trees.", "Nodes", "are", "smaller."] * 2


def test_a_model_that_fails_for_one_part_is_told_of(service: Service) -> None:
    folder = service.runtime.settings.whisper_model_dir
    assert folder is not None
    job_id = service.submit("transcription", transcribers=["faster-whisper", "pocketsphinx"])
    service.go_on(job_id, until=PARTS[0])
    folder.rename(folder.with_name("away"))
    service.go_on(job_id)
    job = job_of(service.sessions, job_id)
    assert job.status == "completed"
    told = {warning["code"]: warning["detail"] for warning in job.warnings}
    assert set(told) == {"transcriber_mixed", "transcriber_fallback"}
    assert "from 0:1" in told["transcriber_fallback"], "it names the part"
    found = service.words(job_id)
    assert found is not None
    assert found.quality == "draft"
    assert texts(found)[:6] == ["Heaps", "are", "trees.", "Nodes", "are", "smaller."]


def test_a_backend_that_no_part_can_use_is_told_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    settings = service.runtime.settings.model_copy(update={"whisper_model_dir": None})
    object.__setattr__(service.runtime, "settings", settings)
    job_id = service.submit("transcription")
    service.go_on(job_id)
    job = job_of(service.sessions, job_id)
    assert job.status == "completed"
    told = [warning["code"] for warning in job.warnings]
    assert told.count("transcriber_fallback") == 1
    assert "transcriber_mixed" not in told
    assert service.attempts(job_id)[-1] == (MERGE, "completed", 1)
    assert service.progress == sorted(service.progress)


def test_a_part_that_is_lost_leaves_a_gap_where_words_are_no_must(service: Service) -> None:
    """In a highlights job the rest of the words is still worth having."""
    folder = service.runtime.settings.whisper_model_dir
    assert folder is not None
    job_id = service.submit("highlights", transcribers=["faster-whisper"])
    service.go_on(job_id, until=PARTS[0])
    folder.rename(folder.with_name("away"))
    service.go_on(job_id)
    job = job_of(service.sessions, job_id)
    assert job.status == "completed"
    assert "transcript_incomplete" in [warning["code"] for warning in job.warnings]
    assert texts(service.words(job_id)) == ["Heaps", "are", "trees.", "Nodes", "are", "smaller."]
