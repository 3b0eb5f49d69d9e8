"""One owner's crowd does not keep another one waiting: measured on the running service, with keys."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import httpx2
import pytest

from app.core.database import make_engine, make_sessions
from app.services.api_keys import create_key
from pipeline.processes import wait_until
from tests.chaos.cluster import Cluster, running_cluster
from tests.chaos.run import await_ready
from tests.media_factory import make_media

pytestmark = pytest.mark.stack
CROWD, FEW = 12, 2
FINISHED = ("completed", "failed", "cancelled")


def keys_of(cluster: Cluster, *owners: str) -> list[str]:
    assert cluster.settings.database_url is not None
    engine = make_engine(cluster.settings.database_url.get_secret_value())
    with make_sessions(engine).begin() as session:
        keys = [create_key(session, name=owner, owner=owner).key for owner in owners]
    engine.dispose()
    return keys


def test_who_comes_late_with_little_is_not_last(tmp_path: Path) -> None:
    body = make_media(tmp_path / "tiny.mp4", "-f", "lavfi", "-i", "color=size=16x16:duration=0.2", "-c:v", "libx264")
    data_dir, outside = tmp_path / "data", tmp_path / "outside"
    data_dir.mkdir()
    outside.mkdir()
    with running_cluster(data_dir, outside, fast=True, concurrency=1) as cluster:
        await_ready(cluster)
        crowd_key, few_key = keys_of(cluster, "crowd", "few")
        with httpx2.Client(base_url=f"{cluster.url}/api/v1", timeout=30, trust_env=False) as http:

            def post(key: str) -> str:
                answer = http.post(
                    "/upload",
                    files={"file": ("lecture.mp4", body.read_bytes())},
                    headers={"Authorization": f"Bearer {key}"},
                )
                answer.raise_for_status()
                return str(answer.json()["id"])

            def ends(key: str) -> list[datetime]:
                answer = http.get("/jobs", params={"limit": 100}, headers={"X-API-Key": key}).json()["items"]
                return sorted(datetime.fromisoformat(job["finished_at"]) for job in answer if job["status"] in FINISHED)

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(post, [crowd_key] * CROWD))
            for _ in range(FEW):
                post(few_key)
            assert wait_until(lambda: len(ends(crowd_key)) == CROWD and len(ends(few_key)) == FEW, within_s=180)
            overtaken = sum(end > ends(few_key)[-1] for end in ends(crowd_key))
    assert overtaken >= CROWD / 2, f"only {overtaken} of the {CROWD} that came before ended after the last of the few"
