"""Signed links of the local store."""

import time
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.security import sign
from app.services.storage.local import LocalStore
from tests.app.api.test_upload import problem

pytestmark = pytest.mark.stack


@pytest.fixture
def link(parts: Parts, tmp_path: Path) -> str:
    path = tmp_path / "made"
    path.write_bytes(bytes(range(200)))
    parts.store.put_file("jobs/1/clip.mp4", path, "video/mp4")
    return parts.store.url("jobs/1/clip.mp4", filename="Lösung 1.mp4", content_type="video/mp4", expires_in_s=60)


def changed(link: str, **values: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{urlencode(dict(parse_qsl(parts.query)) | values)}"


def test_a_link(client: TestClient, link: str) -> None:
    answer = client.get(link)
    assert (answer.status_code, answer.content) == (200, bytes(range(200)))
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == "inline; filename*=utf-8''L%C3%B6sung%201.mp4"
    part = client.get(link, headers={"Range": "bytes=10-19", "If-Range": answer.headers["etag"]})
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert client.head(link).headers["content-length"] == "200"


@pytest.mark.parametrize(
    "values",
    [
        {"signature": ""},
        {"signature": "0" * 64},
        {"signature": "é"},
        {"expires": "99999999999"},
        {"expires": "x"},
        {"expires": "9" * 400},
        {"expires": "²"},
        {"filename": "evil.html"},
        {"type": "text/html"},
        {"inline": "0"},
    ],
)
def test_nothing_in_it_can_be_changed(client: TestClient, link: str, values: dict[str, str]) -> None:
    problem(client.get(changed(link, **values)), 403, "link_expired")


@pytest.mark.parametrize("key", ["jobs/1/other.mp4", "..%2f..%2fsecret_key", "x", "jobs/1/clip.mp4%00"])
def test_another_object(client: TestClient, link: str, key: str) -> None:
    problem(client.get(link.replace("jobs/1/clip.mp4", key)), 403, "link_expired")


def test_without_a_signature(client: TestClient, link: str) -> None:
    problem(client.get(urlsplit(link).path), 403, "link_expired")


def test_a_link_ends(client: TestClient, parts: Parts, link: str) -> None:
    past = int(time.time()) - 1
    signed = LocalStore.signed_text("jobs/1/clip.mp4", "a.mp4", "video/mp4", True)
    query = {
        "expires": past,
        "signature": sign(parts.secret, signed, past),
        "filename": "a.mp4",
        "type": "video/mp4",
        "inline": 1,
    }
    problem(client.get(f"{urlsplit(link).path}?{urlencode(query)}"), 403, "link_expired")
