"""From an edited plan to what an editor takes home: timelines beside the rendering, the reel after it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import opentimelineio as otio
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from agents.codec import to_data
from agents.media.joining import read_clip
from agents.media.probe import probe
from app.models import Artifact, Upload
from app.services.edit_plans import EditPlan
from app.services.plans import render_job
from app.services.storage.local import LocalStore
from pipeline.media_cache import MediaCache
from pipeline.orchestrator import continue_job
from pipeline.runtime import Runtime
from pipeline.step_run import run_next
from tests.agents.compiler_media import barcode_video
from tests.app.conftest import make_settings
from tests.app.job_factory import finished_job, step
from tests.media_factory import make_media
from tests.pipeline.conftest import job_of, step_of

pytestmark = [pytest.mark.stack, pytest.mark.media]
PLAN: dict[str, Any] = {
    "clips": [
        {"rank": 1, "title": "Later", "start_s": 2.0, "end_s": 4.0, "layout": []},
        {
            "rank": 2,
            "title": "Sooner <b>",
            "start_s": 0.2,
            "end_s": 2.0,
            "keep": [{"start_s": 0.2, "end_s": 0.8}, {"start_s": 1.2, "end_s": 2.0}],
            "layout": [],
        },
    ],
}
FILES = {"timeline.otio", "timeline.edl", "timeline.svg", "chapters.vtt", "chapters.txt"}


@pytest.fixture
def runtime(own_engine: Engine, sessions: sessionmaker[Session], tmp_path: Path) -> Runtime:
    settings = make_settings(data_dir=tmp_path / "data")
    store = LocalStore(settings.object_dir, b"a secret of tests")
    return Runtime(settings, own_engine, sessions, store, MediaCache(settings.work_dir / "cache", store))


def rendering(runtime: Runtime, media: Path, folder: Path, **options: Any) -> UUID:
    """A job that renders PLAN of ``media``."""
    probed = to_data(probe(media))
    with runtime.sessions.begin() as session:
        parent = finished_job(session, runtime.store, folder)
        parent.options = {**parent.options, **options}
        step(parent, "uploading").result = probed
        upload = session.get_one(Upload, parent.upload_id)
        upload.size_bytes = media.stat().st_size
        key = upload.object_key
        session.flush()
        made = render_job(session, parent.id, EditPlan.model_validate(PLAN), owner="local", retention_days=1).id
    runtime.store.put_file(key, media, "video/mp4")
    return made


def work(runtime: Runtime, job_id: UUID) -> list[str]:
    """Run everything that can run now, step by step. Returns the names in the order of their sending."""
    done: list[str] = []
    while True:
        with runtime.sessions.begin() as session:
            ready = continue_job(session, job_id).steps
        if not ready:
            return done
        for name, queue in ready:
            run_next(runtime, queue, (job_id, name))
            done.append(name)


def files(runtime: Runtime, job_id: UUID) -> dict[str, Path]:
    with runtime.sessions.begin() as session:
        rows = session.scalars(select(Artifact).where(Artifact.job_id == job_id)).all()
    found = {row.name: runtime.store.local_path(row.object_key) for row in rows}
    return {name: path for name, path in found.items() if path is not None}


def test_an_edited_plan_is_taken_home(runtime: Runtime, tmp_path: Path) -> None:
    job_id = rendering(runtime, barcode_video(tmp_path / "s.mp4", frames=110), tmp_path)
    done = work(runtime, job_id)
    assert done == ["plan_check", "timeline_export", "video_compilation/1", "video_compilation/2", "reel_compilation"]
    job = job_of(runtime.sessions, job_id)
    assert (job.status, job.error_message, job.warnings) == ("completed", None, [])
    made = files(runtime, job_id)
    assert set(made) >= FILES | {"reel"}

    timeline = otio.adapters.read_from_string(made["timeline.otio"].read_text("utf-8"), "otio_json")
    spans = [
        (clip.source_range.start_time.value, clip.source_range.end_time_exclusive().value)
        for clip in timeline.tracks[0]
    ]
    assert spans == [(50, 100), (5, 20), (30, 50)]
    listed = otio.adapters.read_from_string(made["timeline.edl"].read_text("utf-8"), "cmx_3600", rate=25)
    assert [clip.source_range.start_time.value for clip in listed.tracks[0]] == [50, 5, 30]
    assert made["chapters.vtt"].read_text("utf-8").endswith("00:00:00.000 --> 00:00:04.400\nHeaps\n")
    assert "has 1" in made["chapters.txt"].read_text("utf-8")
    assert "Sooner &lt;b&gt;" in made["timeline.svg"].read_text("utf-8")

    told = step_of(runtime.sessions, job_id, "reel_compilation").result
    assert told is not None
    assert told["encoded"] == 0
    reel = read_clip(made["reel"])
    assert float(reel.length_s) == pytest.approx(told["duration_s"], abs=0.001)
    lengths_s = [entry["end_s"] - entry["start_s"] for entry in told["entries"]]
    assert lengths_s == [pytest.approx(2.0), pytest.approx(1.4)]
    json.dumps(told)


def test_sound_alone_and_no_reel_where_none_is_wanted(runtime: Runtime, tmp_path: Path) -> None:
    media = make_media(tmp_path / "s.mp4", "-f", "lavfi", "-i", "sine=duration=5", "-c:a", "aac")
    job_id = rendering(runtime, media, tmp_path, reel=False)
    done = work(runtime, job_id)
    assert done == ["plan_check", "timeline_export", "video_compilation/1", "video_compilation/2"]
    assert step_of(runtime.sessions, job_id, "reel_compilation").status == "skipped"
    assert job_of(runtime.sessions, job_id).status == "completed"
    made = files(runtime, job_id)
    assert set(made) >= FILES
    assert "reel" not in made
    timeline = otio.adapters.read_from_string(made["timeline.otio"].read_text("utf-8"), "otio_json")
    assert [track.kind for track in timeline.tracks] == ["Audio"]


def test_a_reel_that_cannot_be_made_costs_a_warning(runtime: Runtime, tmp_path: Path) -> None:
    job_id = rendering(runtime, barcode_video(tmp_path / "s.mp4", frames=110), tmp_path)
    with runtime.sessions.begin() as session:
        dispatch = continue_job(session, job_id)
    run_next(runtime, "io", (job_id, dispatch.names[0]))
    with runtime.sessions.begin() as session:
        ready = continue_job(session, job_id).steps
    for name, queue in ready:
        run_next(runtime, queue, (job_id, name))
    files(runtime, job_id)["clips/2/video"].write_bytes(b"no video any more")
    assert work(runtime, job_id) == ["reel_compilation"]
    job = job_of(runtime.sessions, job_id)
    assert job.status == "completed"
    (warning,) = job.warnings
    assert warning["detail"].startswith("Joining the reel failed: ")
