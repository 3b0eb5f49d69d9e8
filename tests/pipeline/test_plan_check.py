"""An edited plan becomes rows, files and parts of its own job."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from app.models import Artifact, Clip, JobStep
from app.services.edit_plans import EditPlan
from app.services.plans import render_job
from app.services.storage.local import LocalStore
from pipeline import evidence
from pipeline.media_cache import MediaCache
from pipeline.orchestrator import continue_job
from pipeline.runtime import Runtime
from pipeline.step_run import run_next
from tests.app.conftest import make_settings
from tests.app.job_factory import finished_job, step
from tests.pipeline.conftest import step_of

pytestmark = pytest.mark.stack
PROBED = {
    "duration_s": 300.0,
    "format": "mov",
    "video": {
        "index": 0,
        "codec": "h264",
        "width": 1280,
        "height": 720,
        "coded_width": 1280,
        "coded_height": 720,
        "frame_rate": 25.0,
        "rotation_deg": 0,
        "sample_aspect_ratio": "1:1",
        "pixel_format": "yuv420p",
    },
    "audio": None,
}
SHOWN = {"start_s": 5.0, "end_s": 9.0, "layout": "speaker", "arrangement": "full", "screen": None, "camera": None}
PLAN: dict[str, Any] = {
    "clips": [
        {"rank": 2, "title": "Later", "start_s": 50.0, "end_s": 70.0, "layout": None},
        {"rank": 1, "title": "Sooner", "start_s": 5.0, "end_s": 9.0, "layout": [SHOWN]},
        {"rank": 3, "title": "Whole frame", "start_s": 5.0, "end_s": 9.0, "layout": []},
    ],
    "settings": {"aspect": "9:16"},
}


@pytest.fixture
def runtime(own_engine: Engine, sessions: sessionmaker[Session], tmp_path: Path) -> Runtime:
    settings = make_settings(data_dir=tmp_path / "data")
    store = LocalStore(settings.object_dir, b"a secret of tests")
    return Runtime(settings, own_engine, sessions, store, MediaCache(settings.work_dir / "cache", store))


@pytest.fixture
def job_id(runtime: Runtime, tmp_path: Path) -> UUID:
    with runtime.sessions.begin() as session:
        parent = finished_job(session, runtime.store, tmp_path)
        step(parent, "uploading").result = PROBED
        session.flush()
        plan = EditPlan.model_validate(PLAN)
        return render_job(session, parent.id, plan, owner="local", retention_days=1).id


def test_a_plan_is_taken_over(runtime: Runtime, job_id: UUID) -> None:
    with runtime.sessions.begin() as session:
        dispatch = continue_job(session, job_id)
    assert [name for name, _ in dispatch.steps] == ["plan_check"]
    run_next(runtime, "io", (job_id, "plan_check"))
    checked = step_of(runtime.sessions, job_id, "plan_check")
    assert (checked.status, checked.error_message) == ("completed", None)
    with runtime.sessions.begin() as session:
        clips = session.scalars(select(Clip).where(Clip.job_id == job_id).order_by(Clip.rank)).all()
        assert [(clip.rank, clip.title, clip.duration_s) for clip in clips] == [
            (1, "Sooner", None),
            (2, "Later", None),
            (3, "Whole frame", None),
        ]
        assert clips[0].layout == [SHOWN]
        assert [(span["start_s"], span["end_s"], span["layout"]) for span in clips[1].layout] == [(50, 70, "slides")]
        assert clips[2].layout == []
        plan = evidence.edit_plan(session, job_id)
        assert (plan.source, plan.settings.aspect) == ("lecture.mp4", "9:16")
        assert [clip.keep[0].end_s for clip in plan.clips] == [9.0, 70.0, 9.0]
        artifacts = {row.name: row for row in session.scalars(select(Artifact).where(Artifact.job_id == job_id))}
        parts = session.scalars(select(JobStep.name).where(JobStep.job_id == job_id, JobStep.status == "pending")).all()
    assert set(artifacts) == {"plan.json", *(f"transcript.{form}" for form in ("json", "srt", "vtt", "txt"))}
    ready = ["timeline_export", *(f"video_compilation/{rank}" for rank in (1, 2, 3))]
    assert sorted(parts) == ["reel_compilation", *ready]
    stored = runtime.store.local_path(artifacts["plan.json"].object_key)
    assert stored is not None
    sent_back = EditPlan.model_validate(json.loads(stored.read_text("utf-8")))
    assert [clip.title for clip in sent_back.clips] == ["Sooner", "Later", "Whole frame"]
    words = runtime.store.local_path(artifacts["transcript.txt"].object_key)
    assert words is not None
    assert "Heaps." in words.read_text("utf-8")
    with runtime.sessions.begin() as session:
        assert sorted(name for name, _ in continue_job(session, job_id).steps) == ready
