"""GET /jobs and /jobs/{id}: pages, filters, ETags."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.models import Job
from tests.app.api.test_upload import problem
from tests.app.job_factory import add_renders, complete, make_job

pytestmark = pytest.mark.stack
PATH = "/api/v1/jobs"


@pytest.fixture
def jobs(sessions: sessionmaker[Session]) -> list[str]:
    """Five jobs, newest first."""
    made = []
    with sessions() as session:
        for number in range(5):
            job = make_job(session, filename=f"{number}.mp4")
            job.status = ("failed", "completed", "running", "queued", "queued")[number]
            made.append(str(job.id))
        session.commit()
    return made[::-1]


def test_pages(client: TestClient, jobs: list[str]) -> None:
    seen: list[str] = []
    url: str | None = f"{PATH}?limit=2"
    while url is not None and len(seen) < 5:
        answer = client.get(url)
        page = answer.json()
        seen += [each["id"] for each in page["items"]]
        url = page["next"]
        if url is not None:
            assert answer.headers["link"] == f'<{url}>; rel="next"'
    assert seen[:5] == jobs


def test_the_last_page_has_no_next(client: TestClient, jobs: list[str], sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        since = session.get_one(Job, jobs[-1]).created_at - timedelta(microseconds=1)
    answer = client.get(PATH, params={"created_after": since.isoformat(), "limit": 5})
    assert [each["id"] for each in answer.json()["items"]] == jobs
    assert answer.json()["next"] is None
    assert "link" not in answer.headers


def test_filters(client: TestClient, jobs: list[str]) -> None:
    def ids(**query: str) -> list[str]:
        found = [each["id"] for each in client.get(PATH, params=query).json()["items"]]
        return [each for each in found if each in jobs]

    assert ids(status="running") == [jobs[2]]
    assert ids(status="queued", kind="highlights") == jobs[:2]
    assert ids(kind="export") == []
    assert ids(created_after=(datetime.now(UTC) + timedelta(days=1)).isoformat()) == []
    assert ids(created_after="2020-01-01T00:00:00") == jobs
    # PostgreSQL takes no offset of 16 hours, and Python has no such UTC times.
    assert ids(created_after="1890-11-11T03:18:00+16:58") == jobs
    assert ids(created_after="0001-01-01T00:00:00+23:59") == jobs
    assert ids(created_after="9999-12-31T23:59:59-23:59") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "query.limit"),
        ("limit=101", "query.limit"),
        ("limit=x", "query.limit"),
        ("status=done", "query.status"),
        ("kind=%00", "query.kind"),
        ("created_after=yesterday", "query.created_after"),
        ("created_after=0.5", "query.created_after"),
        ("created_after=1700000000", "query.created_after"),
        ("created_after=2020-01-01", "query.created_after"),
        ("cursor=x", "query.cursor"),
        ("cursor=%C3%A9", "query.cursor"),
        ("cursor=AAAA", "query.cursor"),
    ],
)
def test_queries_that_cannot_be_used(client: TestClient, query: str, field: str) -> None:
    document = problem(client.get(f"{PATH}?{query}"), 422, "invalid_request")
    assert [each["field"] for each in document["errors"]] == [field]


@pytest.mark.parametrize("job_id", ["0197f0c2-0000-7000-8000-00000000beef", "nonsense", "%00", "0"])
def test_no_such_job(client: TestClient, job_id: str) -> None:
    problem(client.get(f"{PATH}/{job_id}"), 404, "job_not_found")


def test_somebody_elses_job_is_no_job(client: TestClient, jobs: list[str], sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        session.get_one(Job, jobs[0]).owner = "another"
        session.commit()
    problem(client.get(f"{PATH}/{jobs[0]}"), 404, "job_not_found")
    assert jobs[0] not in [each["id"] for each in client.get(PATH).json()["items"]]


def test_polling(client: TestClient, jobs: list[str], sessions: sessionmaker[Session]) -> None:
    path = f"{PATH}/{jobs[2]}"
    first = client.get(path)
    tag = first.headers["etag"]
    assert not tag.startswith("W/")
    assert first.headers["retry-after"] == "1"
    for sent in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(path, headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    with sessions() as session:
        job = session.get_one(Job, jobs[2])
        complete(job, "uploading")
        job.revision += 1
        session.commit()
    changed = client.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert changed.json()["progress"] == 0.01
    assert changed.json()["stage"] == "silence_detection"


def test_a_finished_job_need_not_be_asked_again(client: TestClient, jobs: list[str]) -> None:
    assert "retry-after" not in client.get(f"{PATH}/{jobs[3]}").headers


def test_steps_as_documented(client: TestClient, jobs: list[str], sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        job = session.get_one(Job, jobs[2])
        add_renders(job, "running", "pending")
        session.commit()
    steps = client.get(f"{PATH}/{jobs[2]}").json()["steps"]
    fields = {
        "name",
        "label",
        "status",
        "progress",
        "message",
        "attempt",
        "started_at",
        "finished_at",
        "duration_s",
        "error",
        "parts",
    }
    assert set(steps[0]) == fields
    renders = next(each for each in steps if each["name"] == "video_compilation")
    assert renders["parts"][0] == {"name": "video_compilation/1", "status": "running", "progress": 0.5}
