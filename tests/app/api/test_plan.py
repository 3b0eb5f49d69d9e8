"""PUT /results/{job_id}/plan: a new job with all that the edited one found out, and what is refused."""

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.models import ContentSegment, Job, JobStep, LayoutAnalysis, SilenceRegion, Transcript, Upload
from app.services.deletion import purge_job
from app.services.job_control import mark_deleted
from tests.app.api.test_upload import problem
from tests.app.job_factory import finished_job, step

pytestmark = pytest.mark.stack
PROBED = {"duration_s": 300.0, "format": "mov", "video": {"width": 1280, "height": 720}, "audio": None}
RANGE = {"start_s": 10.0, "end_s": 40.0}
LAYOUT = {**RANGE, "layout": "slides", "arrangement": "full", "screen": [0, 0, 1280, 720], "camera": None}
PLAN: dict[str, Any] = {
    "source": "lecture.mp4",
    "clips": [
        {
            "rank": 1,
            "title": "Heaps",
            "summary": "What a heap is.",
            **RANGE,
            "keep": [{"start_s": 10.0, "end_s": 20.0}, {"start_s": 22.0, "end_s": 40.0}],
            "score": 0.9,
            "score_parts": {"topic": 0.5},
            "reasons": ["a definition"],
            "layout": [LAYOUT],
        },
        {"rank": 2, "title": "Sorting", "start_s": 50.0, "end_s": 70.0},
    ],
    "rejected": [{**RANGE, "reason": "too short"}],
    "settings": {"max_clips": 6, "min_clip_s": 20.0, "max_clip_s": 120.0, "aspect": "9:16", "layout": "auto"},
    "warnings": [],
}


@pytest.fixture
def parent(parts: Parts, tmp_path: Path) -> UUID:
    """A finished job whose recording is in the store."""
    with parts.sessions.begin() as session:
        job = finished_job(session, parts.store, tmp_path)
        step(job, "uploading").result = PROBED
        job.options = {**job.options, "captions": "sidecar", "expires_in_s": 7200}
        recording = tmp_path / "recording"
        recording.write_bytes(b"media")
        upload = session.get_one(Upload, job.upload_id)
        parts.store.put_file(upload.object_key, recording, "video/mp4")
        return job.id


def put(client: TestClient, job_id: UUID, plan: Any = PLAN, **more: Any) -> Any:
    return client.put(f"/api/v1/results/{job_id}/plan", json=plan, **more)


def edited(**clip: Any) -> dict[str, Any]:
    plan = copy.deepcopy(PLAN)
    plan["clips"][0].update(clip)
    return plan


def test_a_new_job_has_its_own_findings(
    client: TestClient, sessions: sessionmaker[Session], parts: Parts, parent: UUID
) -> None:
    answer = put(client, parent, {**PLAN, "clips": PLAN["clips"][::-1]})
    assert answer.status_code == 202, answer.text
    document = answer.json()
    job_id = UUID(document["id"])
    assert answer.headers["location"] == f"/api/v1/jobs/{job_id}" != f"/api/v1/jobs/{parent}"
    assert (document["kind"], document["status"], document["stage"]) == ("render", "queued", "plan_check")
    assert [each["name"] for each in document["steps"]] == [
        "plan_check",
        "video_compilation",
        "timeline_export",
        "reel_compilation",
    ]
    assert document["progress"] == 0.0
    assert document["source"]["duration_s"] == 300.0
    assert document["options"] == {"captions": "sidecar", "renderer": "ffmpeg", "reel": True, "expires_in_s": 7200}
    with sessions.begin() as session:
        job = session.get_one(Job, job_id)
        assert (job.parent_id, job.upload_id) == (parent, session.get_one(Job, parent).upload_id)
        sent = next(each for each in job.steps if each.name == "plan_check").params["plan"]
        for table in (Transcript, SilenceRegion, LayoutAnalysis, ContentSegment):
            assert rows(session, table, job_id) == rows(session, table, parent) > 0
    assert [clip["rank"] for clip in sent["clips"]] == [1, 2]
    assert sent["clips"][1]["keep"] == [{"start_s": 50.0, "end_s": 70.0}]
    assert sent["clips"][1]["layout"] is None
    assert sent["settings"]["aspect"] == "9:16"
    assert client.get(f"/api/v1/results/{parent}").json()["status"] == "completed"


def rows(session: Session, table: Any, job_id: UUID) -> int:
    return session.scalar(select(func.count()).select_from(table).where(table.job_id == job_id)) or 0


def test_the_parent_may_go_and_the_recording_stays(
    client: TestClient, sessions: sessionmaker[Session], parts: Parts, parent: UUID
) -> None:
    job_id = UUID(put(client, parent).json()["id"])
    before = client.get(f"/api/v1/results/{parent}").json()
    with sessions.begin() as session:
        key = session.get_one(Upload, session.get_one(Job, parent).upload_id).object_key
        mark_deleted(session, parent, owner="local")
    assert purge_job(parts.sessions, parts.store, parent)
    assert parts.store.local_path(key) is not None, "another job needs the recording"
    with sessions.begin() as session:
        job = session.get_one(Job, job_id)
        assert job.parent_id is None
        job.status, job.finished_at = "completed", datetime.now(UTC)
    result = client.get(f"/api/v1/results/{job_id}").json()
    for part in ("summary", "topics", "sentences", "silence", "layout", "analyzer"):
        assert result[part] == before[part], part
    assert result["transcript"]["segments"] == before["transcript"]["segments"]
    assert result["source"]["video"] == {"width": 1280, "height": 720}
    assert put(client, job_id).status_code == 404, "its plan was never taken over"
    with sessions.begin() as session:
        step(session.get_one(Job, job_id), "plan_check").status = "completed"
        step(session.get_one(Job, job_id), "plan_check").result = PLAN
    assert client.get(f"/api/v1/results/{job_id}").json()["rejected"] == PLAN["rejected"]
    grandchild = UUID(put(client, job_id).json()["id"])
    for each in (job_id, grandchild):
        with sessions.begin() as session:
            mark_deleted(session, each, owner="local")
        assert purge_job(parts.sessions, parts.store, each)
    assert parts.store.local_path(key) is None, "nobody needs it any more"


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"clips": []}, "body.clips"),
        ([], "body"),
        ({**PLAN, "surprise": 1}, "body.surprise"),
        (edited(title="a\0b"), "body.clips.0.title"),
        (edited(rank=2), "body.clips.1.rank"),
        (edited(keep=[{"start_s": 5.0, "end_s": 20.0}]), "body.clips.0.keep.0.start_s"),
        (edited(layout=[{**LAYOUT, "screen": [0, 0, 1281, 720]}]), "body.clips.0.layout.0.screen"),
    ],
)
def test_plans_that_do_not_fit(
    client: TestClient, sessions: sessionmaker[Session], parent: UUID, plan: Any, field: str
) -> None:
    document = problem(put(client, parent, plan), 422, "invalid_request")
    assert field in [each["field"] for each in document["errors"]]
    with sessions() as session:
        assert session.scalars(select(Job.id).where(Job.parent_id == parent)).all() == []


def test_numbers_that_are_none(client: TestClient, parent: UUID) -> None:
    body = '{"clips": [{"rank": 1, "title": "a", "start_s": NaN, "end_s": Infinity}]}'
    path = f"/api/v1/results/{parent}/plan"
    document = problem(
        client.put(path, content=body, headers={"Content-Type": "application/json"}), 422, "invalid_request"
    )
    assert {each["field"] for each in document["errors"]} >= {"body.clips.0.start_s", "body.clips.0.end_s"}
    problem(client.put(path, content=b" " * (2 << 20) + b"{}"), 413, "file_too_large")


def test_what_is_not_finished_not_there_or_of_others(
    client: TestClient, sessions: sessionmaker[Session], parent: UUID
) -> None:
    problem(put(client, uuid4()), 404, "job_not_found")
    set_job(sessions, parent, status="running")
    problem(put(client, parent), 409, "result_not_ready")
    set_job(sessions, parent, status="completed", owner="somebody else")
    problem(put(client, parent), 404, "job_not_found")
    set_job(sessions, parent, owner="local")
    with sessions.begin() as session:
        upload = session.get_one(Upload, session.get_one(Job, parent).upload_id)
        upload.deleted_at = datetime.now(UTC)
    problem(put(client, parent), 410, "recording_gone")
    with sessions.begin() as session:
        for each in session.scalars(select(JobStep).where(JobStep.job_id == parent)):
            each.result = None
    problem(put(client, parent), 404, "artifact_not_found")


def set_job(sessions: sessionmaker[Session], job_id: UUID, **values: Any) -> None:
    with sessions.begin() as session:
        job = session.get_one(Job, job_id)
        for name, value in values.items():
            setattr(job, name, value)


def test_one_key_is_one_job(client: TestClient, parent: UUID) -> None:
    key = {"Idempotency-Key": uuid4().hex, "Prefer": "wait=1"}
    first = put(client, parent, headers=key)
    assert (first.status_code, first.headers["preference-applied"]) == (202, "wait=1")
    again = put(client, parent, headers=key)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    problem(put(client, parent, edited(title="Other"), headers=key), 422, "idempotency_key_reused")
    assert put(client, parent).json()["id"] != first.json()["id"]
