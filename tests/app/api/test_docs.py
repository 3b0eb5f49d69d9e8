"""The OpenAPI document and the pages that show it, without a network."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from app.main import create_app
from tests.app.api.openapi_snapshot import SNAPSHOT, current
from tests.app.conftest import make_settings


@pytest.fixture
def offline(tmp_path: Path) -> FastAPI:
    return create_app(
        make_settings(database_url="postgresql://u@127.0.0.1:1/x", data_dir=tmp_path, broker_url="memory://")
    )


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{m.upper()} {path}": o for path, found in document["paths"].items() for m, o in found.items()}


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_pages_load_nothing_from_elsewhere(offline: FastAPI, page: str) -> None:
    with TestClient(offline, base_url="http://127.0.0.1") as client:
        text = client.get(page).text
        assert "//" not in re.sub(r"<!--.*?-->|// .*", "", text).replace("://www.w3.org", "")
        for link in re.findall(r'(?:src|href)="([^"]+)"', text):
            assert client.get(link).status_code == 200, link


def test_root_leads_to_the_docs(offline: FastAPI) -> None:
    with TestClient(offline, base_url="http://127.0.0.1") as client:
        answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


def test_the_document_is_valid(offline: FastAPI) -> None:
    validate(offline.openapi())


def test_operations(offline: FastAPI) -> None:
    found = operations(offline.openapi())
    assert {name: each["operationId"] for name, each in found.items()} == {
        "POST /api/v1/upload": "uploadRecording",
        "POST /api/v1/uploads": "beginUpload",
        "POST /api/v1/jobs": "submitJob",
        "GET /api/v1/uploads/{upload_id}": "getUpload",
        "DELETE /api/v1/uploads/{upload_id}": "deleteUpload",
        "POST /api/v1/uploads/{upload_id}/complete": "completeUpload",
        "GET /api/v1/videos/presigned-url": "getPresignedUrl",
        "GET /api/v1/jobs": "listJobs",
        "GET /api/v1/jobs/{job_id}": "getJob",
        "DELETE /api/v1/jobs/{job_id}": "deleteJob",
        "POST /api/v1/jobs/{job_id}/cancel": "cancelJob",
        "POST /api/v1/jobs/{job_id}/retry": "retryJob",
        "GET /api/v1/jobs/{job_id}/logs": "listJobLogs",
        "GET /api/v1/jobs/{job_id}/events": "streamJobEvents",
        "GET /api/v1/results/{job_id}": "getResult",
        "GET /api/v1/results/{job_id}/transcript": "getTranscript",
        "GET /api/v1/results/{job_id}/transcript.{form}": "getTranscriptFile",
        "GET /api/v1/results/{job_id}/plan.json": "getPlan",
        "GET /api/v1/results/{job_id}/chapters.txt": "getYouTubeChapters",
        "GET /api/v1/results/{job_id}/chapters.vtt": "getChapters",
        "GET /api/v1/results/{job_id}/reel": "getReel",
        "GET /api/v1/results/{job_id}/timeline.edl": "getTimelineEdl",
        "GET /api/v1/results/{job_id}/timeline.otio": "getTimelineOtio",
        "GET /api/v1/results/{job_id}/timeline.svg": "getTimelinePicture",
        "PUT /api/v1/results/{job_id}/plan": "editPlan",
        "GET /api/v1/results/{job_id}/clips/{n}/video": "getClipVideo",
        "GET /api/v1/results/{job_id}/clips/{n}/thumbnail": "getClipThumbnail",
        "GET /api/v1/results/{job_id}/clips/{n}/captions": "getClipCaptions",
        "GET /api/v1/jobs/{job_id}/deliveries": "listDeliveries",
        "POST /api/v1/jobs/{job_id}/deliveries/{delivery_id}/replay": "replayDelivery",
        "GET /api/v1/webhooks/secret": "getWebhookSecret",
        "GET /api/v1/media/{key}": "getMedia",
        "PUT /api/v1/media/{key}": "putMedia",
        "GET /api/v1/health": "getHealth",
        "GET /api/v1/livez": "getLivez",
        "GET /api/v1/readyz": "getReadyz",
        "GET /api/v1/metrics": "getMetrics",
    }
    for name, each in found.items():
        assert each["tags"], name
        assert each["summary"], name
        for status, response in each["responses"].items():
            if status.startswith(("4", "5")):
                assert list(response["content"]) == ["application/problem+json"], (name, status)


def test_the_snapshot_is_the_document() -> None:
    assert SNAPSHOT.read_text() == current(), "renew it: python -m tests.app.api.openapi_snapshot"


def test_the_form_of_an_upload(offline: FastAPI) -> None:
    body = operations(offline.openapi())["POST /api/v1/upload"]["requestBody"]["content"]["multipart/form-data"]
    assert body["schema"]["required"] == ["file"]
    assert body["schema"]["properties"]["options"]["properties"]["max_clips"]["maximum"] == 20
