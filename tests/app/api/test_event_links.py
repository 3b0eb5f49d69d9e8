"""``urls.events`` is signed, since an EventSource sends no headers. It opens the stream of its job, nothing else."""

import re
import time
from urllib.parse import urlsplit

import pytest
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.core.settings import Settings
from tests.app.api.test_auth import JOBS
from tests.app.api.test_upload import problem
from tests.app.job_factory import make_job
from tests.app.key_factory import new_key, shows

pytestmark = pytest.mark.stack


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"require_keys": True})


@pytest.fixture
def links(client: TestClient, sessions: sessionmaker[Session]) -> list[str]:
    """Of a job of somebody, and of a job of somebody else. Both are finished, so that the stream ends."""
    found = []
    for owner in ("links-a", "links-b"):
        with sessions() as session:
            job = make_job(session)
            job.owner, job.status = owner, "completed"
            session.commit()
        shown = shows(new_key(sessions, owner=owner))
        found.append(str(client.get(f"{JOBS}/{job.id}", headers=shown).json()["urls"]["events"]))
    return found


def test_it_opens_the_stream_of_its_job(client: TestClient, links: list[str]) -> None:
    answer = client.get(links[0])
    assert answer.status_code == 200
    assert "event: finished" in answer.text
    assert urlsplit(links[0]).path.split("/")[-2] in answer.text


def test_it_opens_nothing_else(client: TestClient, links: list[str]) -> None:
    one, other = map(urlsplit, links)
    problem(client.get(f"{other.path}?{one.query}"), 403, "link_expired")
    for sibling in ("", "/logs"):
        path = one.path.removesuffix("/events") + sibling
        problem(client.get(f"{path}?{one.query}"), 401, "key_required")
    problem(client.post(f"{one.path.removesuffix('events')}cancel?{one.query}"), 401, "key_required")


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"signature=(.)", "signature=x"),
        (r"signature=.*", "signature="),
        (r"signature=.*", "signature=%C3%A9"),
        (r"expires=(\d+)", r"expires=\g<1>0"),
        (r"expires=\d+", "expires=1"),
        (r"expires=\d+&", ""),
        (r"expires=\d+", "expires=-1"),
        (r"expires=\d+", "expires=99999999999999999999"),
    ],
)
def test_changed(client: TestClient, links: list[str], pattern: str, replacement: str) -> None:
    changed = re.sub(pattern, replacement, links[0])
    assert changed != links[0]
    problem(client.get(changed), 403, "link_expired")


def test_expired(client: TestClient, links: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + 3 * 86400
    monkeypatch.setattr("app.core.security.time.time", lambda: later)
    problem(client.get(links[0]), 403, "link_expired")


def test_without_it_a_key_is_needed(client: TestClient, links: list[str]) -> None:
    problem(client.get(links[0].partition("?")[0]), 401, "key_required")
