"""GET logs and events."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.services.job_control import cancel_job, retry_job
from app.services.jobs import lock_job, log_event
from tests.app.api.test_upload import problem
from tests.app.job_factory import make_job

pytestmark = pytest.mark.stack
PATH = "/api/v1/jobs"


@pytest.fixture
def job_id(sessions: sessionmaker[Session]) -> str:
    """A cancelled job with five lines of history."""
    with sessions.begin() as session:
        job_id = make_job(session).id
        for number in range(3):
            log_event(session, job_id, "note", f"Nr. {number}", step="transcription", data={"n": number})
            session.flush()
        cancel_job(session, job_id, owner="local")
    return str(job_id)


def events_of(text: str) -> list[dict[str, Any]]:
    """The events of a stream; comments and settings left out."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            found.append({**fields, "data": json.loads(fields["data"])})
    return found


def test_pages_of_logs(client: TestClient, job_id: str) -> None:
    url: str | None = f"{PATH}/{job_id}/logs?limit=2"
    pages: list[list[str]] = []
    while url is not None and len(pages) < 5:
        answer = client.get(url)
        pages.append([each["event"] for each in answer.json()["items"]])
        url = answer.json()["next"]
        assert answer.headers.get("link") == (f'<{url}>; rel="next"' if url else None)
    assert pages == [["job_submitted", "note"], ["note", "note"], ["job_cancelled"]]
    line = client.get(f"{PATH}/{job_id}/logs").json()["items"][1]
    assert (line["step"], line["level"], line["message"], line["data"]) == ("transcription", "info", "Nr. 0", {"n": 0})


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "cursor=_____________________w"])
def test_log_queries_that_cannot_be_used(client: TestClient, job_id: str, query: str) -> None:
    problem(client.get(f"{PATH}/{job_id}/logs?{query}"), 422, "invalid_request")


def test_events_of_a_finished_job(client: TestClient, job_id: str) -> None:
    answer = client.get(f"{PATH}/{job_id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert "retry: " in answer.text
    found = events_of(answer.text)
    assert [each["event"] for each in found] == ["log"] * 5 + ["progress", "finished"]
    assert found[-1]["data"] == found[-2]["data"] == client.get(f"{PATH}/{job_id}").json()
    assert found[0]["data"] == client.get(f"{PATH}/{job_id}/logs").json()["items"][0]
    assert len({each["id"] for each in found}) == len(found)


def test_replay_from_any_event(client: TestClient, job_id: str) -> None:
    whole = events_of(client.get(f"{PATH}/{job_id}/events").text)
    for position, each in enumerate(whole[:-1]):
        rest = client.get(f"{PATH}/{job_id}/events", headers={"Last-Event-ID": each["id"]})
        assert events_of(rest.text) == whole[position + 1 :]
    over = client.get(f"{PATH}/{job_id}/events", headers={"Last-Event-ID": whole[-1]["id"]})
    assert (over.status_code, over.content) == (204, b"")


@pytest.mark.parametrize("sent", ["", "x", "1", "1-2-3", "-1-2", "9" * 30 + "-1", "１-１"])
def test_ids_that_are_none_of_ours(client: TestClient, job_id: str, sent: str) -> None:
    answer = client.get(f"{PATH}/{job_id}/events", headers={b"Last-Event-ID": sent.encode()})
    assert len(events_of(answer.text)) == 7


def test_a_retried_job_goes_on_after_its_end(client: TestClient, job_id: str, sessions: sessionmaker[Session]) -> None:
    last = events_of(client.get(f"{PATH}/{job_id}/events").text)[-1]["id"]
    with sessions.begin() as session:
        retry_job(session, UUID(job_id), owner="local")
        session.flush()
        lock_job(session, UUID(job_id), owner="local").status = "completed"
    found = events_of(client.get(f"{PATH}/{job_id}/events", headers={"Last-Event-ID": last}).text)
    assert [each["event"] for each in found] == ["log", "progress", "finished"]
    assert found[0]["data"]["event"] == "job_retried"
    assert not found[1]["id"].endswith("-end")


def test_a_long_history_comes_whole(client: TestClient, job_id: str, sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        for number in range(450):
            log_event(session, UUID(job_id), "note", f"Nr. {number}")
    found = events_of(client.get(f"{PATH}/{job_id}/events").text)
    assert [each["event"] for each in found].count("log") == 455
    assert [each["event"] for each in found][-2:] == ["progress", "finished"]
