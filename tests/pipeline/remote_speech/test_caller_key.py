"""A caller's own key in the transcription step: real database, store, child and client library, a server beside."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.models import Job, JobStep
from app.models import Transcript as TranscriptRow
from app.services.caller_keys import ApiKeyNeeded, HeldKey, held_by
from app.services.job_control import cancel_job
from app.services.storage.factory import make_store
from pipeline import retention
from pipeline.media_cache import MediaCache
from pipeline.processes import wait_until
from pipeline.retention import Sweeper
from pipeline.runtime import Runtime
from tests.app.conftest import make_settings
from tests.pipeline.analyzers.model_server import silent, status
from tests.pipeline.conftest import job_of, step_of
from tests.pipeline.remote_speech.keyed_service import HIGHLIGHTS, KEY, TRANSCRIPTION, Service
from tests.pipeline.remote_speech.speech_server import SpeechServer, says, speech_server, verbose
from tests.pipeline.remote_speech.test_step import STEP, everything
from tests.strict_s3 import StrictS3, strict_s3

pytestmark = [pytest.mark.stack, pytest.mark.media]
OPERATORS = "key-of-the-operator-0123456789"


@pytest.fixture(scope="module")
def s3() -> Iterator[StrictS3]:
    with strict_s3() as server:
        yield server


Make = Callable[..., Service]


@pytest.fixture
def make(
    request: pytest.FixtureRequest,
    own_engine: Engine,
    sessions: sessionmaker[Session],
    shared_data: Path,
    tmp_path: Path,
) -> Make:
    def service(server: SpeechServer, store: str = "local", **chosen: Any) -> Service:
        fields = request.getfixturevalue("s3").fields() if store == "s3" else {}
        given = {"openai_api_key": OPERATORS, "openai_speech_base_url": f"{server.url}/v1"}
        settings = make_settings(data_dir=tmp_path / "data", **{**given, **fields, **chosen})
        made = make_store(settings, worker=True)
        runtime = Runtime(settings, own_engine, sessions, made, MediaCache(settings.work_dir / "cache", made))
        return Service(runtime, shared_data / "speech" / "faster-whisper" / "jfk.flac")

    return service


def authorised(server: SpeechServer) -> list[str]:
    return [sent.headers["authorization"] for sent in server.sent]


@pytest.mark.parametrize("store", ["local", "s3"])
def test_the_server_gets_the_callers_key_and_then_it_is_gone(
    make: Make, store: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with speech_server(says(verbose("My fellow Americans."))) as server:
        service = make(server, store)
        held = service.submit()
        assert service.sealed() == [held.object_key]
        before = [*service.objects()]
        done = service.work(held)
    assert (done.status, done.error_message) == ("completed", None)
    assert authorised(server) == [f"Bearer {KEY}"]
    with service.runtime.sessions.begin() as session:
        assert session.get_one(TranscriptRow, held.job_id).backend == "openai"
    assert service.sealed() == []
    places = [everything(service.runtime.sessions).encode(), caplog.text.encode(), *before, *service.objects()]
    places += [path.read_bytes() for path in service.runtime.settings.data_dir.rglob("*") if path.is_file()]
    assert b"My fellow Americans." in b"".join(places)
    assert KEY.encode() not in b"".join(places)


def test_it_is_enough_where_the_operator_has_none(make: Make) -> None:
    with speech_server() as server:
        service = make(server, openai_api_key=None)
        assert service.work(service.submit()).status == "completed"
    assert authorised(server) == [f"Bearer {KEY}"]


def test_it_goes_with_a_failure_and_the_error_has_none_of_it(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with speech_server(status(404)) as server:
        service = make(server)
        failed = service.work(service.submit())
    assert (failed.status, failed.error_code) == ("failed", "transcription_failed")
    assert service.sealed() == []
    assert KEY not in everything(service.runtime.sessions) + caplog.text


def interrupt(service: Service, held: HeldKey, server: SpeechServer, end: Callable[[], None]) -> None:
    """Let a worker begin, ``end`` it while it waits for the server, and see it out."""
    worker = threading.Thread(target=service.work, args=(held,))
    worker.start()
    try:
        assert wait_until(lambda: bool(server.sent), within_s=60)
        assert service.sealed() == [held.object_key]
    finally:
        end()
        worker.join(60)
    assert not worker.is_alive()


def test_it_goes_with_a_cancel(make: Make) -> None:
    with speech_server(silent(60)) as server:
        service = make(server)
        held = service.submit()

        def cancel() -> None:
            with service.runtime.sessions.begin() as session:
                cancel_job(session, held.job_id, owner="local")

        interrupt(service, held, server, cancel)
    assert service.sealed() == []
    with pytest.raises(ApiKeyNeeded):
        service.retry(held, None)


def test_it_stays_for_the_next_attempt(make: Make) -> None:
    """The worker is shut down in the middle, and another one goes on."""
    with speech_server(silent(60), says()) as server:
        service = make(server)
        held = service.submit()
        interrupt(service, held, server, service.runtime.shutdown.set)
        assert service.sealed() == [held.object_key]
        service.runtime.shutdown.clear()
        assert service.work(held).status == "completed"
    assert authorised(server) == [f"Bearer {KEY}"] * 2
    assert service.sealed() == []


def lose(service: Service, held: HeldKey) -> Service:
    service.runtime.store.delete(held.object_key)
    return service


def change_secret(service: Service, _held: HeldKey) -> Service:
    runtime = service.runtime
    settings = runtime.settings.model_copy(update={"secret_key": SecretStr("another secret")})
    return Service(Runtime(settings, runtime.engine, runtime.sessions, runtime.store, runtime.cache), service.speech)


@pytest.mark.parametrize("kind", [HIGHLIGHTS, TRANSCRIPTION])
@pytest.mark.parametrize("loss", [lose, change_secret])
def test_after_a_loss_the_job_waits_for_it(make: Make, loss: Callable[..., Service], kind: str) -> None:
    """Also where the job could do without words: it would end for good, and the operator does not pay."""
    with speech_server() as server:
        service = make(server)
        held = service.submit(kind=kind)
        service = loss(service, held)
        failed = service.work(held)
        assert (failed.status, failed.error_code) == ("failed", "api_key_needed")
        job = job_of(service.runtime.sessions, held.job_id)
        assert (job.status, job.error_code) == ("failed", "api_key_needed")
        assert "send it again in X-OpenAI-Api-Key" in (job.error_message or "")
        assert server.sent == []
        with pytest.raises(ApiKeyNeeded):
            service.retry(held, None)
        again = service.retry(held, "another-key")
        assert again is not None
        assert step_of(service.runtime.sessions, held.job_id, STEP).optional is (kind == HIGHLIGHTS)
        assert service.work(again).status == "completed"
    assert authorised(server) == ["Bearer another-key"]
    assert service.sealed() == []


def test_after_a_loss_the_next_backend_takes_over(make: Make) -> None:
    with speech_server() as server:
        service = make(server)
        held = service.submit("openai", "pocketsphinx")
        assert lose(service, held).work(held).status == "completed"
    with service.runtime.sessions.begin() as session:
        assert session.get_one(TranscriptRow, held.job_id).backend == "pocketsphinx"
        (warning,) = session.get_one(Job, held.job_id).warnings
    assert warning["code"] == "transcriber_fallback"
    assert "send it again in X-OpenAI-Api-Key. The words come from pocketsphinx." in warning["detail"]
    assert server.sent == []


def test_one_that_is_refused_is_asked_for_again(make: Make) -> None:
    with speech_server(status(401), says()) as server:
        service = make(server)
        held = service.submit(kind=HIGHLIGHTS)
        failed = service.work(held)
        assert (failed.status, failed.error_code) == ("failed", "api_key_needed")
        assert (
            failed.error_message == "The API key that came with this job is refused: send another in X-OpenAI-Api-Key."
        )
        again = service.retry(held, "a-better-key")
        assert again is not None
        assert service.work(again).status == "completed"
    assert authorised(server) == [f"Bearer {KEY}", "Bearer a-better-key"]


def test_the_operators_key_serves_who_brings_none(make: Make) -> None:
    with speech_server() as server:
        service = make(server)
        held = service.submit()
        with service.runtime.sessions.begin() as session:
            session.query(JobStep).filter_by(job_id=held.job_id, name=STEP).update({"params": {}})
        assert service.work(held).status == "completed"
    assert authorised(server) == [f"Bearer {OPERATORS}"]


def test_the_sweeper_removes_what_no_worker_held(make: Make) -> None:
    with speech_server() as server:
        service = make(server)
        waiting, cancelled = service.submit(), service.submit()
        with service.runtime.sessions.begin() as session:
            cancel_job(session, cancelled.job_id, owner="local")
        runtime, stop = service.runtime, threading.Event()
        with patch.object(retention, "PURGE_EVERY_S", 0.05), patch.object(retention, "EXPIRE_EVERY_S", 0.05):
            sweeper = Sweeper(runtime.settings, runtime.sessions, runtime.store, stop)
            sweeper.start()
            try:
                assert wait_until(lambda: service.sealed() == [waiting.object_key], within_s=30)
            finally:
                stop.set()
                sweeper.join(30)
        row = step_of(runtime.sessions, waiting.job_id, STEP)
        assert held_by(waiting.job_id, row.params) == waiting
        assert service.work(waiting).status == "completed"
