"""POST /jobs: each source and each kind, whose they are, and what is refused with nothing left behind."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api import job_answers
from app.api.deps import Parts
from app.api.field_paths import field_path
from app.core.sealing import Sealer
from app.core.settings import Settings
from app.models import AuditEntry, Job, JobStep, Upload
from app.services.webhooks import url_sealer
from tests.app.api.test_upload import problem
from tests.app.conftest import files_in
from tests.app.job_factory import finished_job

pytestmark = pytest.mark.stack
PATH = "/api/v1/jobs"
URL = "https://media.example.org/lectures/Hash%20tables.mp4?token=secret-of-the-sender"


@pytest.fixture
def uploaded(sessions: sessionmaker[Session]) -> UUID:
    return make_upload(sessions)


@pytest.fixture
def finished(parts: Parts, tmp_path: Path) -> UUID:
    """A finished job with clips."""
    with parts.sessions.begin() as session:
        return finished_job(session, parts.store, tmp_path).id


def make_upload(sessions: sessionmaker[Session], **values: Any) -> UUID:
    with sessions.begin() as session:
        upload = Upload(
            **{
                "owner": "local",
                "filename": "lecture.mp4",
                "content_type": "video/mp4",
                "size_bytes": 10,
                "sha256": "0" * 64,
                "object_key": f"uploads/{uuid4().hex}/source.mp4",
                **values,
            }
        )
        session.add(upload)
        session.flush()
        return upload.id


def submit(client: TestClient, source: dict[str, Any], **more: Any) -> Any:
    headers = more.pop("headers", None)
    return client.post(PATH, json={"kind": "highlights", "source": source, **more}, headers=headers)


def job_of(sessions: sessionmaker[Session], answer: Any) -> Job:
    assert answer.status_code == 202, answer.text
    with sessions() as session:
        return session.get_one(Job, answer.json()["id"])


def test_an_upload_becomes_a_job(client: TestClient, sessions: sessionmaker[Session], uploaded: UUID) -> None:
    answer = submit(client, {"upload_id": str(uploaded)}, options={"max_clips": 3, "expires_in_s": 7200}, priority=-3)
    job = job_of(sessions, answer)
    assert answer.headers["location"] == f"{PATH}/{job.id}"
    assert int(answer.headers["retry-after"]) >= 1
    assert (job.upload_id, job.kind, job.priority, job.options["max_clips"]) == (uploaded, "highlights", -3, 3)
    assert job.expires_at is not None
    assert 7100 < (job.expires_at - job.created_at).total_seconds() < 7300
    assert answer.json()["source"]["filename"] == "lecture.mp4"
    with sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.target == str(job.id))).one()
    assert (entry.action, entry.owner, entry.data) == ("job.create", "local", {"kind": "highlights"})


def test_a_transcription_has_its_own_steps_and_options(
    client: TestClient, sessions: sessionmaker[Session], uploaded: UUID
) -> None:
    options = {"language": "de", "transcribers": ["pocketsphinx"]}
    answer = submit(client, {"upload_id": str(uploaded)}, kind="transcription", options=options)
    job = job_of(sessions, answer)
    assert job.options == {**options, "expires_in_s": None, "glossary": [], "slide_text": None}
    assert [step["name"] for step in answer.json()["steps"]] == ["uploading", "transcription"]
    with sessions() as session:
        queues = session.execute(select(JobStep.name, JobStep.queue).where(JobStep.job_id == job.id)).all()
    assert {tuple(row) for row in queues} == {("uploading", "io"), ("transcription", "transcribe")}
    refused = submit(client, {"upload_id": str(uploaded)}, kind="transcription", options={"max_clips": 3})
    assert fields(problem(refused, 422, "invalid_request")) == ["body.options.max_clips"]


def test_a_url_is_kept_sealed_and_shown_without_its_query(
    client: TestClient, sessions: sessionmaker[Session], parts: Parts
) -> None:
    hook = "https://hooks.example.org/lectern/secret-path?key=1"
    answer = submit(client, {"url": URL}, webhook_url=hook)
    job = job_of(sessions, answer)
    assert answer.json()["source"] == {
        "filename": "Hash tables.mp4",
        "size_bytes": None,
        "duration_s": None,
        "size": None,
        "url": "https://media.example.org/lectures/Hash%20tables.mp4",
    }
    assert "secret" not in answer.text
    with sessions() as session:
        upload = session.get_one(Upload, job.upload_id)
    assert (upload.status, upload.size_bytes, upload.sha256) == ("remote", 0, None)
    assert upload.object_key == f"uploads/{upload.id.hex}/source.mp4"
    assert upload.source_url is not None
    assert "example" not in upload.source_url
    assert Sealer(parts.secret, "source-url").open(upload.source_url) == URL
    assert job.webhook_url is not None
    assert url_sealer(parts.secret).open(job.webhook_url) == hook


def test_a_clip_is_copied_and_outlives_its_job(
    client: TestClient, sessions: sessionmaker[Session], parts: Parts, finished: UUID
) -> None:
    source = {"job_id": str(finished), "artifact": "clips/1/video"}
    job = job_of(sessions, submit(client, source, kind="transcription"))
    with sessions() as session:
        upload = session.get_one(Upload, job.upload_id)
    assert (upload.status, upload.filename, upload.content_type) == ("complete", "lecture - clip 1.mp4", "video/mp4")
    assert client.delete(f"{PATH}/{finished}").status_code == 204
    copy = parts.store.local_path(upload.object_key)
    assert copy is not None
    assert copy.read_bytes() == b"bytes of clips/1/video " * 50
    assert copy.stat().st_size == upload.size_bytes


@pytest.mark.parametrize(
    ("source", "status", "code"),
    [
        ({"upload_id": str(uuid4())}, 404, "upload_not_found"),
        ({"job_id": str(uuid4()), "artifact": "clips/1/video"}, 404, "job_not_found"),
        ({"url": "http://127.0.0.1/lecture.mp4"}, 422, "forbidden_url"),
        ({"url": "file:///etc/passwd"}, 422, "forbidden_url"),
        ({"url": "https://user:pass@example.org/a.mp4"}, 422, "forbidden_url"),
    ],
)
def test_sources_that_are_not_there(
    client: TestClient, settings: Settings, source: dict[str, Any], status: int, code: str
) -> None:
    document = problem(submit(client, source), status, code)
    assert fields(document) == (["body.source.url"] if "url" in source else [])
    assert files_in(settings.object_dir) == []


def test_artifacts_that_are_not_there(client: TestClient, settings: Settings, finished: UUID) -> None:
    before = files_in(settings.object_dir)
    source = {"job_id": str(finished), "artifact": "clips/9/video"}
    problem(submit(client, source), 404, "artifact_not_found")
    problem(submit(client, {**source, "artifact": "clips/1/captions.vtt"}), 415, "unsupported_media")
    problem(
        submit(client, {**source, "artifact": "clips/1/video"}, webhook_url="http://10.0.0.1/"), 422, "forbidden_url"
    )
    assert files_in(settings.object_dir) == before


def test_what_belongs_to_others_is_not_there(
    client: TestClient, sessions: sessionmaker[Session], settings: Settings, finished: UUID
) -> None:
    theirs = make_upload(sessions, owner="somebody else")
    problem(submit(client, {"upload_id": str(theirs)}), 404, "upload_not_found")
    with sessions.begin() as session:
        session.get_one(Job, finished).owner = "somebody else"
    before = files_in(settings.object_dir)
    problem(submit(client, {"job_id": str(finished), "artifact": "clips/1/video"}), 404, "job_not_found")
    assert files_in(settings.object_dir) == before


@pytest.mark.parametrize("status", ["pending", "remote"])
def test_an_upload_must_be_complete(client: TestClient, sessions: sessionmaker[Session], status: str) -> None:
    upload_id = make_upload(sessions, status=status)
    problem(submit(client, {"upload_id": str(upload_id)}), 409, "upload_not_complete")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source": {"url": URL}}, "body"),
        ({"kind": "highlights"}, "body.source"),
        ({"kind": "render", "source": {"url": URL}}, "body"),
        ({"kind": "highlights", "source": {}}, "body.source"),
        ({"kind": "highlights", "source": {"url": URL, "upload_id": "x"}}, "body.source.upload_id"),
        ({"kind": "highlights", "source": {"upload_id": "x"}}, "body.source.upload_id"),
        ({"kind": "highlights", "source": {"job_id": str(uuid4())}}, "body.source.artifact"),
        ({"kind": "highlights", "source": {"artifact": "clips/1/video"}}, "body.source.job_id"),
        ({"kind": "highlights", "source": {"job_id": str(uuid4()), "artifact": "../x"}}, "body.source.artifact"),
        ({"kind": "highlights", "source": {"url": URL}, "priority": 11}, "body.priority"),
        ({"kind": "highlights", "source": {"url": URL}, "options": {"aspect": "4:3"}}, "body.options.aspect"),
        ({"kind": "highlights", "source": {"url": URL}, "options": {"focus": "a\0b"}}, "body.options.focus"),
        ({"kind": "highlights", "source": {"url": URL}, "surprise": 1}, "body.surprise"),
        ({"kind": "highlights", "source": {"url": ""}}, "body.source.url"),
        ([], "body"),
    ],
)
def test_bodies_that_do_not_fit(client: TestClient, body: Any, field: str) -> None:
    assert field in fields(problem(client.post(PATH, json=body), 422, "invalid_request"))


def test_a_body_is_bounded(client: TestClient) -> None:
    problem(submit(client, {"url": URL}, options={"focus": "x" * 70_000}), 413, "file_too_large")
    chunks = (b" " * 8192 for _ in range(20))
    problem(client.post(PATH, content=chunks), 413, "file_too_large")


def test_one_key_is_one_job(
    client: TestClient, sessions: sessionmaker[Session], settings: Settings, finished: UUID, monkeypatch: Any
) -> None:
    rung: list[object] = []
    monkeypatch.setattr(job_answers, "ring", lambda _, job_id: rung.append(job_id))
    source = {"job_id": str(finished), "artifact": "clips/1/video"}
    key = {"Idempotency-Key": uuid4().hex}
    first = submit(client, source, headers=key)
    stored = files_in(settings.object_dir)
    again = submit(client, source, options={}, priority=0, headers=key)
    assert again.json()["id"] == str(job_of(sessions, first).id)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    problem(submit(client, source, priority=1, headers=key), 422, "idempotency_key_reused")
    assert files_in(settings.object_dir) == stored
    assert len(rung) == 1
    refused = {"Idempotency-Key": uuid4().hex}
    problem(submit(client, {"upload_id": str(uuid4())}, headers=refused), 404, "upload_not_found")
    assert submit(client, source, headers=refused).status_code == 202, "a refused request leaves its key free"


def test_prefer_wait_is_heeded(client: TestClient, uploaded: UUID) -> None:
    answer = submit(client, {"upload_id": str(uploaded)}, headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "wait=1")


def test_a_commit_that_fails_leaves_no_copy(
    client: TestClient, settings: Settings, finished: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_in(settings.object_dir)
    monkeypatch.setattr("app.api.routes.submit.create_job", lambda *a, **k: 1 / 0)
    problem(submit(client, {"job_id": str(finished), "artifact": "clips/1/video"}), 500, "internal_error")
    assert files_in(settings.object_dir) == before


def test_openapi_tells_kinds_apart(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    body = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["discriminator"]["propertyName"] == "kind"
    assert set(body["schema"]["discriminator"]["mapping"]) == {"highlights", "transcription"}
    assert "Lambda" not in json.dumps(document)


def test_paths_of_fields() -> None:
    body = {"options": {"max_clips": 99}, "source": {}}
    assert field_path(("body", "highlights", "options", "max_clips"), body) == "body.options.max_clips"
    assert field_path(("body", "highlights", "source", "UrlSource", "url"), body) == "body.source.url"
    assert field_path(("body", "clips", 0, "rank"), {"clips": [{}]}) == "body.clips.0.rank"
    assert field_path(("query", "limit"), None) == "query.limit"
    assert field_path(("body",), None) == "body"


def fields(document: dict[str, Any]) -> list[str]:
    return [each["field"] for each in document["errors"]]
