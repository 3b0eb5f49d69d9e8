"""Whatever goes wrong leaves as a problem document, and every code is documented."""

import logging
import re
import time
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DataError
from starlette.testclient import TestClient

from app.api.errors import all_codes
from app.api.schemas.problem import Problem
from app.main import create_app
from tests.app.api.test_upload import problem, send
from tests.app.conftest import make_settings

ERRORS_PAGE = Path(__file__).resolve().parents[3] / "docs" / "errors.md"


def test_the_page_lists_every_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+?) \|", ERRORS_PAGE.read_text(), re.MULTILINE)
    listed = {code: (int(status) if status.isdigit() else 0, title) for code, status, title in rows}
    assert listed == {code: (status, title) for code, (status, title) in all_codes().items()}
    assert len(rows) == len(listed), "a code is listed twice"


@pytest.fixture
def nowhere(tmp_path: Path) -> FastAPI:
    """An application whose database cannot be reached."""
    return create_app(
        make_settings(
            database_url="postgresql://u:p4ss@127.0.0.1:1/x",
            data_dir=tmp_path,
            broker_url="memory://",
            cors_origins="https://console.example",
        )
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/nowhere", 404, "not_found"),
        ("GET", "/docs-static/../../etc/passwd", 404, "not_found"),
        ("DELETE", "/api/v1/jobs", 405, "method_not_allowed"),
        ("PATCH", "/", 405, "method_not_allowed"),
        ("GET", "/api/v1/jobs?limit=x", 422, "invalid_request"),
        ("GET", "/api/v1/jobs", 503, "database_unavailable"),
        ("GET", "/api/v1/health", 503, "database_unavailable"),
    ],
)
def test_every_path(nowhere: FastAPI, method: str, path: str, status: int, code: str) -> None:
    with TestClient(nowhere, base_url="http://127.0.0.1") as client:
        answer = client.request(method, path)
    document = problem(answer, status, code)
    Problem.model_validate(document, extra="forbid")
    assert document["type"] == f"urn:lectern:problem:{code}"
    assert document["instance"] == path.partition("?")[0].replace("/docs-static/../..", "")
    assert "p4ss" not in answer.text
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/jobs", "GET, POST"),
        ("/api/v1/jobs/0197f0c2-0000-7000-8000-00000000beef", "GET, DELETE"),
        ("/api/v1/jobs/0197f0c2-0000-7000-8000-00000000beef/cancel", "POST"),
        ("/api/v1/results/0197f0c2-0000-7000-8000-00000000beef/clips/1/video", "GET, HEAD"),
        ("/api/v1/media/x/y", "GET, HEAD, PUT"),
        ("/livez", "GET"),
        ("/docs-static/x.js", "GET, HEAD"),
    ],
)
def test_every_method_of_a_path_is_told(nowhere: FastAPI, path: str, allowed: str) -> None:
    with TestClient(nowhere, base_url="http://127.0.0.1") as client:
        for method in ("PATCH", "OPTIONS"):
            answer = client.request(method, path)
            problem(answer, 405, "method_not_allowed")
            assert answer.headers.get("allow") == allowed


def test_a_database_that_is_down_is_told_soon(nowhere: FastAPI) -> None:
    began = time.monotonic()
    with TestClient(nowhere, base_url="http://127.0.0.1") as client:
        answer = client.get("/api/v1/jobs")
        problem(send(client), 503, "database_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert time.monotonic() - began < 3


def test_a_bug_tells_nothing(nowhere: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    @nowhere.get("/bug")
    def bug() -> None:
        raise ValueError("the secret inside")

    with TestClient(nowhere, base_url="http://127.0.0.1") as client, caplog.at_level(logging.ERROR):
        answer = client.get("/bug", headers={"Origin": "https://console.example", "X-Request-ID": "mine-1"})
    document = problem(answer, 500, "internal_error")
    assert document["request_id"] == "mine-1"
    assert "secret" not in answer.text
    assert "the secret inside" in caplog.text


def test_bad_sql_is_a_bug_and_no_outage(nowhere: FastAPI) -> None:
    @nowhere.get("/bug")
    def bug() -> None:
        raise DataError("SELECT secret", {}, ValueError("x"))

    with TestClient(nowhere, base_url="http://127.0.0.1") as client:
        problem(client.get("/bug"), 500, "internal_error")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("abc-1.2:3_4", True), ("a" * 128, True), ("a" * 129, False), ("a b", False), ("", False), ("é", False)],
)
def test_request_ids(nowhere: FastAPI, sent: str, kept: bool) -> None:
    with TestClient(nowhere, base_url="http://127.0.0.1") as client:
        found = client.get("/livez", headers={b"X-Request-ID": sent.encode()}).headers["x-request-id"]
    assert (found == sent) is kept
    assert found


def test_cors(tmp_path: Path) -> None:
    app = create_app(
        make_settings(
            database_url="postgresql://u@127.0.0.1:1/x",
            data_dir=tmp_path,
            broker_url="memory://",
            cors_origins="https://console.example",
        )
    )
    with TestClient(app, base_url="http://127.0.0.1") as client:
        ours = {"Origin": "https://console.example"}
        for path in ("/livez", "/nowhere", "/api/v1/jobs"):
            answer = client.get(path, headers=ours)
            assert answer.headers["access-control-allow-origin"] == "https://console.example"
            exposed = answer.headers["access-control-expose-headers"].split(", ")
            assert {"Location", "Retry-After", "ETag", "Link", "X-Request-ID"} <= set(exposed)
        preflight = client.options("/api/v1/upload", headers={**ours, "Access-Control-Request-Method": "POST"})
        assert preflight.status_code == 200
        assert (
            "access-control-allow-origin"
            not in client.get("/livez", headers={"Origin": "https://evil.example"}).headers
        )
