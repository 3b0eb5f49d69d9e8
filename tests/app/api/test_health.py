"""Health, liveness, readiness."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.settings import Settings
from app.services.readiness import Readiness, service_checks
from tests.app.api.test_upload import problem
from tests.app.job_factory import make_job

BOTH = pytest.mark.parametrize("prefix", ["", "/api/v1"])
pytestmark = pytest.mark.stack


@BOTH
def test_health(client: TestClient, sessions: sessionmaker[Session], prefix: str) -> None:
    before = client.get(f"{prefix}/health").json()
    with sessions() as session:
        make_job(session)
        make_job(session).status = "failed"
        session.commit()
    after = client.get(f"{prefix}/health").json()
    assert (after["status"], after["version"]) == ("ok", "0.1.0")
    assert after["queue_size"] == after["queue"]["queued"] == before["queue"]["queued"] + 1
    assert after["queue"]["failed"] == before["queue"]["failed"] + 1
    assert after["uptime_s"] >= before["uptime_s"] >= 0


@BOTH
def test_ready(client: TestClient, prefix: str) -> None:
    assert client.get(f"{prefix}/livez").json() == {"status": "ok"}
    parts = {"status": "ok", "database": "ok", "broker": "ok", "store": "ok"}
    assert client.get(f"{prefix}/readyz").json() == {**parts, "sandbox": None}


@pytest.mark.parametrize(
    ("written", "told"), [('{"level": "landlock"}', "landlock"), ("{", None), ("[]", None), ('{"level": 3}', None)]
)
def test_ready_tells_the_level_of_the_sandbox(
    client: TestClient, settings: Settings, written: str, told: str | None
) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    (settings.data_dir / "sandbox.json").write_text(written)
    assert client.get("/readyz").json()["sandbox"] == told


def test_what_is_down_is_named(client: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise ConnectionError("at a secret address")

    checks: dict[str, Callable[[], None]] = {**service_checks(parts.engine, parts.celery, parts.store), "broker": down}
    monkeypatch.setattr(parts.readiness, "_checks", checks)
    assert isinstance(parts.readiness, Readiness)
    answer = client.get("/readyz")
    document = problem(answer, 503, "not_ready")
    assert document["errors"] == [{"field": "broker", "message": "It does not answer."}]
    assert document["detail"] == "Down: broker."
    assert "secret" not in answer.text
