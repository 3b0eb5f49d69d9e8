"""A second job on the same recording finds out again only what it has to: real steps, agents, rows and files."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from app.models import Artifact, StageFinding
from app.services.deletion import purge_job
from pipeline import evidence
from tests.media_factory import make_media
from tests.pipeline.counted_service import CAPTIONS, Service, make_service

pytestmark = [pytest.mark.stack, pytest.mark.media]
ANALYSIS = {"silence", "transcript", "layout", "analysis"}


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
    return make_service(own_engine, sessions, recording, tmp_path, monkeypatch)


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
