"""Requests under one Idempotency-Key that come at once make one job, and one copy of what it needs."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import func, select

from app.api.deps import Parts
from app.core.settings import Settings
from app.models import Job
from tests.app.api.test_plan import PLAN, PROBED
from tests.app.api.test_upload_streaming import serving
from tests.app.conftest import files_in
from tests.app.job_factory import finished_job, step

pytestmark = pytest.mark.stack
AT_ONCE = 24


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    with serving(settings) as port:
        yield port


@pytest.fixture
def finished(parts: Parts, tmp_path: Path) -> UUID:
    with parts.sessions.begin() as session:
        job = finished_job(session, parts.store, tmp_path)
        step(job, "uploading").result = PROBED
        return job.id


@pytest.mark.parametrize("route", ["submitJob", "editPlan"])
def test_one_key_at_once(port: int, parts: Parts, settings: Settings, finished: UUID, route: str) -> None:
    method, path, body = request_of(route, finished)
    before = jobs(parts)
    stored = len(files_in(settings.object_dir))
    gate = threading.Barrier(AT_ONCE)
    headers = {"Idempotency-Key": uuid4().hex}

    def send(number: int) -> tuple[int, str, bool]:
        if number < AT_ONCE:
            gate.wait()
        url = f"http://127.0.0.1:{port}/api/v1{path}"
        answer = httpx2.request(method, url, json=body, headers=headers, trust_env=False, timeout=30)
        document = answer.json()
        return answer.status_code, document.get("code") or document["id"], "idempotency-replayed" in answer.headers

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(4 * AT_ONCE)))
    made = [each for each in answers if each[0] == 202]
    assert {each for each in answers if each[0] != 202} <= {(409, "request_in_progress", False)}
    assert len({job_id for _, job_id, _ in made}) == 1
    assert Counter(replayed for _, _, replayed in made)[False] == 1
    assert jobs(parts) == before + 1
    copies = 1 if route == "submitJob" else 0
    assert len(files_in(settings.object_dir)) == stored + copies


def request_of(route: str, job_id: UUID) -> tuple[str, str, dict[str, Any]]:
    if route == "editPlan":
        return "PUT", f"/results/{job_id}/plan", PLAN
    source = {"job_id": str(job_id), "artifact": "clips/1/video"}
    return "POST", "/jobs", {"kind": "transcription", "source": source}


def jobs(parts: Parts) -> int:
    with parts.sessions() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0
