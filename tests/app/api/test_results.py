"""GET /results: the document, and every file by its route."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.api.schemas.result import Result
from app.core.settings import Settings
from app.main import create_app
from app.models import Artifact, Job
from tests.app.api.test_upload import problem
from tests.app.conftest import make_settings
from tests.app.job_factory import finished_job, make_job

pytestmark = pytest.mark.stack


@pytest.fixture
def job_id(sessions: sessionmaker[Session], parts: Parts, tmp_path: Path) -> str:
    with sessions() as session:
        job = finished_job(session, parts.store, tmp_path)
        session.commit()
        return str(job.id)


@pytest.fixture
def running_id(sessions: sessionmaker[Session]) -> str:
    with sessions() as session:
        job = make_job(session)
        session.commit()
        return str(job.id)


def test_the_document(client: TestClient, job_id: str) -> None:
    answer = client.get(f"/api/v1/results/{job_id}")
    assert answer.status_code == 200
    document = answer.json()
    Result.model_validate(document, extra="forbid")
    assert (document["job_id"], document["status"], document["summary"]) == (job_id, "completed", "On heaps.")
    assert document["source"]["duration_s"] == 300.0
    assert document["source"]["video"] == {"width": 1280}
    assert [clip["rank"] for clip in document["clips"]] == [1, 2]
    assert set(document["clips"][0]["urls"]) == {"video", "thumbnail", "captions_srt", "captions_vtt"}
    assert set(document["clips"][1]["urls"]) == {"audio"}
    assert document["topics"][0]["keywords"] == ["heap"]
    assert document["sentences"][0]["text"] == "Heaps."
    assert document["transcript"]["segments"][0]["words"][0]["text"] == "Heaps"
    assert set(document["transcript"]["urls"]) == {"json", "srt", "vtt", "txt"}
    assert document["silence"]["regions"] == [{"start_s": 2.0, "end_s": 3.0}, {"start_s": 5.0, "end_s": 6.0}]
    assert (document["silence"]["duration_s"], document["silence"]["mode"]) == (300.0, "energy")
    assert (document["layout"]["size"], document["layout"]["duration_s"]) == ([1280, 720], 300.0)
    assert document["rejected"] == [{"start_s": 1.0, "end_s": 30.0, "reason": "too short"}]
    assert document["settings"] == {"max_clips": 6}
    assert document["warnings"][0]["code"] == "transcriber_fallback"
    assert {"stage": "uploading", "name": "uploading", "duration_s": 10.0, "attempt": 1} in document["timings"]


def test_every_link_in_the_document_works(client: TestClient, job_id: str) -> None:
    document = client.get(f"/api/v1/results/{job_id}").json()
    links = [*document["urls"].values(), *document["transcript"]["urls"].values()]
    for clip in document["clips"]:
        links += clip["urls"].values()
    assert len(links) == 19
    for link in links:
        assert client.get(link).status_code == 200, link
    answer = client.get(document["clips"][0]["urls"]["video"])
    assert answer.content.startswith(b"bytes of clips/1/video")
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"] == "inline; filename*=utf-8''lecture%20-%20clip%201.mp4"


def test_while_it_runs(client: TestClient, running_id: str) -> None:
    for path in ("", "/transcript", "/plan.json", "/clips/1/video"):
        answer = client.get(f"/api/v1/results/{running_id}{path}")
        problem(answer, 409, "result_not_ready")
        assert int(answer.headers["retry-after"]) >= 1


def test_a_file_that_is_there_is_given_while_the_rest_runs(
    client: TestClient, job_id: str, sessions: sessionmaker[Session]
) -> None:
    with sessions() as session:
        session.get_one(Job, job_id).status = "running"
        session.commit()
    assert client.get(f"/api/v1/results/{job_id}/transcript").status_code == 200
    problem(client.get(f"/api/v1/results/{job_id}/clips/3/video"), 409, "result_not_ready")


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_what_an_unfinished_job_has(
    client: TestClient, running_id: str, sessions: sessionmaker[Session], status: str
) -> None:
    with sessions() as session:
        job = session.get_one(Job, running_id)
        job.status, job.error_code, job.error_message = status, "corrupt_media", "It is damaged."
        session.commit()
    document = client.get(f"/api/v1/results/{running_id}").json()
    Result.model_validate(document, extra="forbid")
    assert (document["status"], document["clips"], document["transcript"]) == (status, [], None)
    assert document["error"] == {"code": "corrupt_media", "message": "It is damaged."}


@pytest.mark.parametrize("path", ["", "/transcript", "/transcript.srt", "/plan.json", "/clips/1/video"])
def test_no_such_job(client: TestClient, path: str) -> None:
    problem(client.get(f"/api/v1/results/{uuid4()}{path}"), 404, "job_not_found")


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/vtt"),
        ("text/vtt", "text/vtt"),
        ("text/plain", "text/plain"),
        ("application/x-subrip", "application/x-subrip"),
        ("text/plain;q=0.5, text/vtt;q=0.4, text/html", "text/plain"),
        ("application/json;q=0, text/vtt;q=0.1", "text/vtt"),
    ],
)
def test_transcript_by_accept(client: TestClient, job_id: str, accept: str | None, content_type: str) -> None:
    answer = client.get(f"/api/v1/results/{job_id}/transcript", headers={"Accept": accept} if accept else None)
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == content_type
    assert "Accept" in answer.headers["vary"].split(", ")


def test_a_format_that_is_not_there(client: TestClient, job_id: str) -> None:
    path = f"/api/v1/results/{job_id}/transcript"
    problem(client.get(path, headers={"Accept": "application/pdf"}), 406, "not_acceptable")
    problem(client.get(f"{path}.pdf"), 422, "invalid_request")


@pytest.mark.parametrize("form", ["json", "srt", "vtt", "txt"])
def test_transcript_by_suffix(client: TestClient, job_id: str, form: str) -> None:
    answer = client.get(f"/api/v1/results/{job_id}/transcript.{form}")
    assert answer.content.startswith(f"bytes of transcript.{form}".encode())
    assert f"lecture%20-%20transcript.{form}" in answer.headers["content-disposition"]


def test_clip_files(client: TestClient, job_id: str) -> None:
    base = f"/api/v1/results/{job_id}/clips"
    assert client.get(f"{base}/1/video").headers["content-type"] == "video/mp4"
    assert client.get(f"{base}/2/video").headers["content-type"] == "audio/mp4"
    assert client.get(f"{base}/1/thumbnail").headers["content-type"] == "image/jpeg"
    assert client.get(f"{base}/1/captions").headers["content-type"].startswith("text/vtt")
    srt = client.get(f"{base}/1/captions", headers={"Accept": "application/x-subrip"})
    assert srt.headers["content-type"] == "application/x-subrip"
    problem(client.get(f"{base}/2/captions"), 404, "artifact_not_found")
    problem(client.get(f"{base}/9/video"), 404, "artifact_not_found")
    problem(client.get(f"{base}/0/video"), 422, "invalid_request")


def test_ranges(client: TestClient, job_id: str) -> None:
    path = f"/api/v1/results/{job_id}/clips/1/video"
    whole = client.get(path)
    tag, size = whole.headers["etag"], len(whole.content)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = client.get(path, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, whole.content[5:10])
    assert part.headers["content-range"] == f"bytes 5-9/{size}"
    assert client.get(path, headers={"Range": "bytes=-3"}).content == whole.content[-3:]
    for tags, status in ((tag, 206), ('"other"', 200)):
        assert client.get(path, headers={"Range": "bytes=0-1", "If-Range": tags}).status_code == status
    for nonsense in ("bytes=x", "lines=1-2", "bytes=9-5"):
        assert client.get(path, headers={"Range": nonsense}).status_code == 200
    outside = client.get(path, headers={"Range": f"bytes={size}-"})
    problem(outside, 416, "range_not_satisfiable")
    assert outside.headers["content-range"] == f"bytes */{size}"
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    head = client.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(size))


def test_media_that_has_expired(client: TestClient, job_id: str, sessions: sessionmaker[Session], parts: Parts) -> None:
    link = client.get(f"/api/v1/results/{job_id}").json()["clips"][0]["urls"]["video"]
    with sessions() as session:
        for row in session.query(Artifact).where(Artifact.job_id == job_id):
            parts.store.delete(row.object_key)
    problem(client.get(f"/api/v1/results/{job_id}/clips/1/video"), 404, "artifact_not_found")
    problem(client.get(link), 404, "artifact_not_found")


def test_a_public_url_precedes_links(settings: Settings, job_id: str, database_url: str, parts: Parts) -> None:
    public = make_settings(
        database_url=database_url,
        data_dir=settings.data_dir,
        broker_url="memory://",
        public_url="https://lectern.example/",
        require_keys=False,
    )
    with TestClient(create_app(public), base_url="http://127.0.0.1") as client:
        document = client.get(f"/api/v1/results/{job_id}").json()
    assert document["urls"]["job"] == f"https://lectern.example/api/v1/jobs/{job_id}"
    assert document["clips"][0]["urls"]["video"].startswith("https://lectern.example/api/v1/media/jobs/")
