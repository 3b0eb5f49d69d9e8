"""The step with a real database, store and agent: what it writes, what a second attempt pays, and where the key is."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from agents.codec import to_data
from app.models import Job, JobStep
from app.models import Transcript as TranscriptRow
from app.services.results import result_document
from app.services.storage.local import LocalStore
from pipeline import evidence
from pipeline.analyzers.answer_cache import StoredAnswers
from pipeline.analyzers.model import Reply
from pipeline.media_cache import MediaCache
from pipeline.orchestrator import continue_job
from pipeline.retention import drop_orphans
from pipeline.runtime import Runtime
from pipeline.step_run import run_next
from tests.app.conftest import make_settings
from tests.app.job_factory import ANALYSIS, complete, make_job, step
from tests.pipeline.analyzers.conversation import KEY, lecture
from tests.pipeline.analyzers.model_server import IN_TOKENS, ModelServer, blocked, model_server, says, silent, status
from tests.pipeline.conftest import step_of

pytestmark = pytest.mark.stack
STEP = "content_analysis"
PROBED = {"duration_s": 1000.0, "format": "mov", "video": None, "audio": None}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


def make_runtime(server: ModelServer, engine: Engine, sessions: sessionmaker[Session], folder: Path) -> Runtime:
    settings = make_settings(
        data_dir=folder / "data",
        gemini_api_key=KEY,
        gemini_base_url=server.url,
        gemini_model="test-model",
        analyzer_window_chars=4000,
        analyzer_input_price=1.0,
        analyzer_output_price=1.0,
    )
    store = LocalStore(settings.object_dir, b"a secret of tests")
    return Runtime(settings, engine, sessions, store, MediaCache(settings.work_dir / "cache", store))


@pytest.fixture
def runtime(server: ModelServer, own_engine: Engine, sessions: sessionmaker[Session], tmp_path: Path) -> Runtime:
    return make_runtime(server, own_engine, sessions, tmp_path)


@pytest.fixture
def job_id(sessions: sessionmaker[Session]) -> UUID:
    return ready_job(sessions)


def ready_job(sessions: sessionmaker[Session], owner: str = "local") -> UUID:
    """A job that has its words and waits for its topics."""
    with sessions.begin() as session:
        job = make_job(session)
        job.owner = owner
        complete(job, *(stage for stage in ANALYSIS if stage != STEP))
        step(job, "uploading").result = PROBED
        words = lecture(200).transcript
        session.add(
            TranscriptRow(
                job_id=job.id, language="en", backend="captions", quality="given", segments=to_data(words)["segments"]
            )
        )
        job_id = job.id
        session.flush()
        continue_job(session, job_id)
    return job_id


def everything(sessions: sessionmaker[Session]) -> str:
    """All rows of all tables as text."""
    with sessions.begin() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        rows = [session.execute(text(f'SELECT * FROM "{table}"')).all() for table in tables]
    return repr(rows)


def test_the_result_tells_who_found_the_topics_and_what_it_cost(
    runtime: Runtime, job_id: UUID, server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run_next(runtime, "media", (job_id, STEP))
    done = step_of(runtime.sessions, job_id, STEP)
    assert (done.status, done.error_message) == ("completed", None)
    with runtime.sessions.begin() as session:
        found = evidence.analysis(session, job_id)
        shown = result_document(session, session.get_one(Job, job_id), lambda *_: "")
    assert found is not None
    assert [t.title for t in found.topics] == [f"Topic from {n}" for n in range(0, 200, 10)]
    assert (shown["analyzer"], shown["warnings"]) == ("gemini", [])
    usage = shown["analyzer_usage"]
    assert usage["requests"] == usage["windows"] == len(server.asked) >= 4
    assert usage["cost"] == pytest.approx((usage["input_tokens"] + usage["output_tokens"]) / 1e6)
    assert KEY in server.asked[0].headers["x-goog-api-key"]
    assert KEY not in everything(runtime.sessions) + caplog.text
    kept = list(runtime.settings.object_dir.rglob("*.json"))
    assert len(kept) == usage["windows"]
    assert all(KEY not in path.read_text() for path in kept)


def test_what_a_render_job_inherits_is_not_paid_twice(runtime: Runtime, job_id: UUID) -> None:
    run_next(runtime, "media", (job_id, STEP))
    with runtime.sessions.begin() as session:
        job = session.get_one(Job, job_id)
        job.steps.append(JobStep(name="plan_check", stage="plan_check", position=0, result={"clips": []}))
        session.flush()
        assert result_document(session, job, lambda *_: "")["analyzer_usage"] is None


def test_a_second_attempt_pays_for_the_missing_windows_alone(
    runtime: Runtime,
    job_id: UUID,
    server: ModelServer,
    own_engine: Engine,
    sessions: sessionmaker[Session],
    tmp_path: Path,
) -> None:
    """The worker is told to go while the model keeps it waiting: the step is handed back, and another one goes on."""
    server.reactions = [says(), says(), silent(30)]
    worker = threading.Thread(target=run_next, args=(runtime, "media", (job_id, STEP)))
    worker.start()
    wait_for(lambda: len(server.asked) == 3)
    began_s = time.monotonic()
    runtime.shutdown.set()
    worker.join(timeout=20)
    assert time.monotonic() - began_s < 5.0
    assert step_of(sessions, job_id, STEP).status == "pending"

    server.reactions = [says()]
    with sessions.begin() as session:
        continue_job(session, job_id)
    second = make_runtime(server, own_engine, sessions, tmp_path)
    run_next(second, "media", (job_id, STEP))
    done = step_of(sessions, job_id, STEP)
    assert done.status == "completed"
    assert done.result is not None
    usage = done.result["usage"]
    assert (usage["cached"], usage["requests"]) == (2, usage["windows"] - 2)
    assert len(server.asked) == 3 + usage["requests"]

    with sessions.begin() as session:
        session.execute(
            text("UPDATE jobs SET status = 'completed', finished_at = now() WHERE id = :id"), {"id": job_id}
        )
    drop_orphans(sessions, second.store, set())
    assert list(second.store.keys(f"jobs/{job_id}/")) == [], "answers go when the job is over"


def test_another_job_of_the_owner_pays_only_for_what_the_first_did_not_get(
    runtime: Runtime, job_id: UUID, server: ModelServer, sessions: sessionmaker[Session]
) -> None:
    def usage_of(each: UUID) -> dict[str, Any]:
        run_next(runtime, "media", (each, STEP))
        done = step_of(sessions, each, STEP)
        assert done.result is not None
        found: dict[str, Any] = done.result["usage"]
        return found

    server.reactions = [says(), blocked, says()]
    first = usage_of(job_id)
    assert first["answered"] == first["windows"] - 1
    stranger = usage_of(ready_job(sessions, owner="somebody"))
    assert stranger["requests"] == stranger["windows"] == first["windows"]
    second = usage_of(ready_job(sessions))
    assert (second["requests"], second["cached"]) == (1, second["windows"] - 1)
    assert second["answered"] == second["windows"]
    assert second["input_tokens"] == IN_TOKENS, "the others are in the first job's account"


def test_a_model_that_fails_costs_a_warning_and_not_the_job(
    runtime: Runtime, job_id: UUID, server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.reactions = [status(403)]
    run_next(runtime, "media", (job_id, STEP))
    with runtime.sessions.begin() as session:
        shown = result_document(session, session.get_one(Job, job_id), lambda *_: "")
    assert (step_of(runtime.sessions, job_id, STEP).status, shown["analyzer"]) == ("completed", "local")
    assert [w["code"] for w in shown["warnings"]] == ["analyzer_fallback"]
    assert shown["topics"]
    assert KEY not in everything(runtime.sessions) + caplog.text


def test_a_store_that_fails_or_holds_nonsense_costs_money_and_nothing_else(
    runtime: Runtime, job_id: UUID, tmp_path: Path
) -> None:
    cache = StoredAnswers(runtime.store, job_id, tmp_path)
    key = "0" * 64
    assert cache.get(key) is None
    cache.put(key, Reply("{}", 1, 2))
    assert cache.get(key) == Reply("{}", 1, 2)
    stored = runtime.settings.object_dir / f"jobs/{job_id}/analysis-cache/{key}.json"
    for nonsense in ("", "{", '{"text": 5}', "[]"):
        stored.write_text(nonsense)
        assert cache.get(key) is None
    broken = StoredAnswers(runtime.store, job_id, tmp_path / "missing")
    broken.put("1" * 64, Reply("{}", 1, 2))
    assert broken.get("1" * 64) is None


def wait_for(condition: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Until the callable is true."""
    give_up_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < give_up_s, "waited for nothing"
        time.sleep(0.05)
