"""A long recording that goes to the transcriber openai in parts: at once, with the caller's key, each one alone."""

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from agents.media.audio import decode, write_wav
from app.models import Transcript as TranscriptRow
from app.services.caller_keys import ApiKeyNeeded, HeldKey
from app.services.job_control import cancel_job
from app.services.storage.factory import make_store
from pipeline.media_cache import MediaCache
from pipeline.orchestrator import continue_job
from pipeline.processes import wait_until
from pipeline.runtime import Runtime
from pipeline.step_run import run_next
from tests.app.conftest import make_settings
from tests.pipeline.analyzers.model_server import silent, status
from tests.pipeline.conftest import job_of, step_of
from tests.pipeline.remote_speech.keyed_service import KEY, Service
from tests.pipeline.remote_speech.speech_server import SpeechServer, says, speech_server, verbose
from tests.pipeline.remote_speech.test_step import PROBED, everything

pytestmark = [pytest.mark.stack, pytest.mark.media]
PARTS = ("transcription/1", "transcription/2")
MERGE = "transcription/merge"
Make = Callable[[SpeechServer], Service]


@pytest.fixture(scope="module")
def twice(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same eleven seconds of speech twice, with a pause between them, and less loud the second time."""
    spoken = decode(shared_data / "speech" / "faster-whisper" / "jfk.flac")
    path = tmp_path_factory.mktemp("speech") / "twice.wav"
    write_wav(np.concatenate((spoken, np.zeros(32_000, np.int16), spoken // 2)), path)
    return path


@pytest.fixture
def make(own_engine: Engine, sessions: sessionmaker[Session], twice: Path, tmp_path: Path) -> Make:
    def service(server: SpeechServer) -> Service:
        settings = make_settings(
            data_dir=tmp_path / "data",
            openai_api_key="key-of-the-operator-0123456789",
            openai_speech_base_url=f"{server.url}/v1",
            transcription_chunk_s=10,
            transcription_parts=2,
        )
        store = make_store(settings, worker=True)
        runtime = Runtime(settings, own_engine, sessions, store, MediaCache(settings.work_dir / "cache", store))
        audio = {"index": 0, "codec": "pcm_s16le", "sample_rate_hz": 16_000, "channels": 1}
        return Service(runtime, twice, {**PROBED, "duration_s": 24.0, "format": "wav", "audio": audio})

    return service


def cut(service: Service) -> HeldKey:
    """A job whose recording has just been cut."""
    held = service.submit()
    assert service.work(held).result == {"parts": 2}
    return held


def start(service: Service, held: HeldKey, *names: str) -> list[threading.Thread]:
    """A worker for each of these parts."""
    hints = [(held.job_id, name) for name in names]
    workers = [threading.Thread(target=run_next, args=(service.runtime, "transcribe", hint)) for hint in hints]
    for worker in workers:
        worker.start()
    return workers


def see_out(workers: list[threading.Thread]) -> None:
    for worker in workers:
        worker.join(60)
    assert not any(worker.is_alive() for worker in workers)


def run_merge(service: Service, held: HeldKey) -> None:
    with service.runtime.sessions.begin() as session:
        assert continue_job(session, held.job_id).steps == ((MERGE, "io"),)
    run_next(service.runtime, "io", (held.job_id, MERGE))
    with service.runtime.sessions.begin() as session:
        continue_job(session, held.job_id)
    assert job_of(service.runtime.sessions, held.job_id).status == "completed"


def test_parts_are_sent_at_once_and_the_key_stays_until_the_last_has_ended(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    both_are_there, asked = threading.Barrier(2), threading.Lock()
    kept: list[list[str]] = []

    def answer(handler: BaseHTTPRequestHandler, sent: Any) -> None:
        both_are_there.wait(60)
        with asked:  # the one after the other: the first part has ended when the second is answered
            wait_until(lambda: sum(done(name) for name in PARTS) == len(kept), within_s=60)
            kept.append(service.sealed())
            says(verbose("My fellow Americans."))(handler, sent)

    with speech_server(answer) as server:
        service = make(server)

        def done(name: str) -> bool:
            return step_of(service.runtime.sessions, held.job_id, name).status == "completed"

        held = cut(service)
        assert service.sealed() == [held.object_key]
        see_out(start(service, held, *PARTS))
    assert kept == [[held.object_key]] * 2
    assert [sent.headers["authorization"] for sent in server.sent] == [f"Bearer {KEY}"] * 2
    assert service.sealed() == []
    run_merge(service, held)
    with service.runtime.sessions.begin() as session:
        row = session.get_one(TranscriptRow, held.job_id)
        assert (row.backend, row.language, row.quality) == ("openai", "en", "good")
        assert [segment["text"] for segment in row.segments] == ["My fellow Americans."] * 2
        assert row.segments[1]["start_s"] > 11.0, "times are the recording's"
    assert KEY not in everything(service.runtime.sessions) + caplog.text
    assert KEY.encode() not in b"".join(service.objects())


def test_a_retry_sends_only_the_part_that_is_missing(make: Make) -> None:
    with speech_server(says(), status(401), says()) as server:
        service = make(server)
        held = cut(service)
        for name in PARTS:
            see_out(start(service, held, name))
        with service.runtime.sessions.begin() as session:
            continue_job(session, held.job_id)
        job = job_of(service.runtime.sessions, held.job_id)
        assert (job.status, job.error_code) == ("failed", "api_key_needed")
        assert service.sealed() == []
        with pytest.raises(ApiKeyNeeded):
            service.retry(held, None)
        again = service.retry(held, "another-key")
        assert again is not None
        see_out(start(service, again, PARTS[1]))
    sounds = [sent.sound for sent in server.sent]
    assert sounds[0] != sounds[1] == sounds[2]
    assert [sent.headers["authorization"] for sent in server.sent] == [f"Bearer {KEY}"] * 2 + ["Bearer another-key"]
    assert service.sealed() == []
    run_merge(service, again)


def test_a_cancel_ends_the_parts_and_the_key_goes(make: Make) -> None:
    with speech_server(silent(60)) as server:
        service = make(server)
        held = cut(service)
        workers = start(service, held, PARTS[0])
        assert wait_until(lambda: bool(server.sent), within_s=60)
        with service.runtime.sessions.begin() as session:
            cancel_job(session, held.job_id, owner="local")
        see_out(workers)
    assert service.sealed() == []
