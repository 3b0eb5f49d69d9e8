"""A second job on the same recording finds out again only what it has to: real steps, agents, rows and files."""

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from app.models import Artifact, StageFinding, Upload
from app.services.deletion import purge_job
from app.services.jobs import create_job
from app.services.storage.local import LocalStore
from pipeline import context as step_context
from pipeline import evidence
from pipeline.child import run_child
from pipeline.media_cache import MediaCache
from pipeline.runtime import Runtime
from tests.app.conftest import make_settings
from tests.media_factory import make_media
from tests.pipeline.conftest import step_of
from tests.pipeline.test_store_failures import go_on

pytestmark = [pytest.mark.stack, pytest.mark.media]
ANALYSIS = {"silence", "transcript", "layout", "analysis"}
SAID = ("A heap is a tree.", "The smallest is at the root.", "This is the key point.", "Remember it for the exam.")
CAPTIONS = "WEBVTT\n\n" + "\n".join(
    f"00:00:{3 * n:02}.000 --> 00:00:{3 * n + 2:02}.500\n{line}\n" for n, line in enumerate(SAID)
)


@dataclass
class Service:
    runtime: Runtime
    recording: Path
    agents: Counter[str] = field(default_factory=Counter)

    def run(self, *, owner: str = "local", captions: str = CAPTIONS, **options: Any) -> tuple[UUID, set[str]]:
        """A job until its topics are found; its id, and which agents ran for it."""
        folder = f"uploads/{uuid4().hex}"
        place = self.runtime.settings.object_dir / folder
        place.mkdir(parents=True)
        (place / "source.mp4").write_bytes(self.recording.read_bytes())
        (place / "captions.vtt").write_text(captions)
        with self.runtime.sessions.begin() as session:
            upload = Upload(
                owner=owner,
                filename="a.mp4",
                content_type="video/mp4",
                size_bytes=self.recording.stat().st_size,
                sha256=hashlib.sha256(self.recording.read_bytes()).hexdigest(),
                object_key=f"{folder}/source.mp4",
                captions_key=f"{folder}/captions.vtt",
            )
            session.add(upload)
            session.flush()
            wanted = {"min_clip_s": 5, "max_clip_s": 8, **options}
            job_id = create_job(
                session, kind="highlights", upload=upload, options=wanted, retention=timedelta(days=1), owner=owner
            ).id
        self.agents.clear()
        deadline_s = time.monotonic() + 300
        while (step := step_of(self.runtime.sessions, job_id, "content_analysis")).status != "completed":
            assert time.monotonic() < deadline_s, step.error_message
            go_on(self.runtime, job_id)
        return job_id, set(self.agents)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(
        tmp_path_factory.mktemp("media") / "a.mp4",
        *("-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=12"),
        *("-f", "lavfi", "-i", "sine=frequency=440:duration=12", "-shortest"),
    )


@pytest.fixture
def service(
    own_engine: Engine,
    sessions: sessionmaker[Session],
    recording: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Service:
    settings = make_settings(data_dir=tmp_path / "data", broker_url="memory://")
    store = LocalStore(settings.object_dir, b"a secret of tests")
    service = Service(Runtime(settings, own_engine, sessions, store, MediaCache(tmp_path / "cache", store)), recording)

    def counted(agent: str, *args: Any, **kwargs: Any) -> Any:
        service.agents[agent] += 1
        return run_child(agent, *args, **kwargs)

    monkeypatch.setattr(step_context, "run_child", counted)
    return service


def findings(service: Service, job_id: UUID) -> list[object]:
    """All that was found out for a job, as later steps and clients read it."""
    with service.runtime.sessions.begin() as session:
        found = [read(session, job_id) for read in (evidence.silences, evidence.transcript, evidence.layout)]
        files = session.execute(select(Artifact.name, Artifact.sha256).where(Artifact.job_id == job_id)).all()
        texts = sorted(tuple(row) for row in files if row.name.startswith("transcript."))
        return [*found, evidence.analysis(session, job_id), texts]


def test_other_clip_options_repeat_no_analysis(service: Service) -> None:
    first, ran = service.run()
    assert ran >= ANALYSIS
    second, ran = service.run(max_clips=1)
    assert not ran & ANALYSIS
    assert "probe" in ran, "it is another upload, and is looked at"
    assert findings(service, second) == findings(service, first)
    assert len(findings(service, first)[-1]) == 4  # type: ignore[arg-type]  # the four transcripts


def test_what_changes_what_is_found_is_found_out_again(service: Service) -> None:
    service.run()
    _, ran = service.run(captions=CAPTIONS.replace("heap", "stack"))
    assert ran & ANALYSIS == {"transcript", "analysis"}
    _, ran = service.run(focus="the root")
    assert ran & ANALYSIS == {"analysis"}


def test_nothing_is_taken_from_others_or_from_what_was_deleted(service: Service) -> None:
    first, _ = service.run()
    _, ran = service.run(owner="somebody")
    assert ran >= ANALYSIS
    with service.runtime.sessions.begin() as session:
        session.execute(text("UPDATE jobs SET deleted_at = now() WHERE id = :id"), {"id": first})
    _, ran = service.run()
    assert ran >= ANALYSIS, "what is deleted is gone at once"
    assert purge_job(service.runtime.sessions, service.runtime.store, first)
    with service.runtime.sessions.begin() as session:
        assert session.scalar(select(StageFinding.id).where(StageFinding.job_id == first)) is None


def test_all_is_found_out_anew_where_the_operator_wants_it_or_the_form_has_changed(service: Service) -> None:
    service.run()
    settings = service.runtime.settings.model_copy(update={"reuse_results": False})
    again = Service(replace(service.runtime, settings=settings), service.recording, service.agents)
    _, ran = again.run()
    assert ran >= ANALYSIS
    with service.runtime.sessions.begin() as session:
        session.execute(text('UPDATE stage_findings SET document = \'{"of": "another time"}\''))
    _, ran = service.run()
    assert ran >= ANALYSIS
