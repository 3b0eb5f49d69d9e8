"""A client of direct uploads that only follows the answers: plain HTTP, and nothing known of the store."""

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.settings import Settings
from app.models import Upload
from tests.app.api.test_upload import problem

PATH = "/api/v1/uploads"
LIMIT = 20_000_000
whatever_store = pytest.mark.parametrize("settings", ["local"], indirect=True)
"""For what is decided before the store is asked."""


def begin(client: TestClient, content: bytes, **more: Any) -> dict[str, Any]:
    body = {"filename": "Vorlesung 1.mp4", "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    answer = client.post(PATH, json=body | more)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{PATH}/{document['id']}"
    return document


def send(client: TestClient, url: str, content: Any, headers: dict[str, str] | None = None) -> Any:
    """A PUT of nothing but what the answer said: to the API itself, or to another server."""
    if url.startswith("/"):
        return client.put(url, content=content, headers=headers)
    return httpx2.put(url, content=content, headers=headers, trust_env=False)


def pieces(upload: dict[str, Any], content: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    begins = 0
    for part in upload["parts"]:
        yield part, content[begins : begins + part["size_bytes"]]
        begins += part["size_bytes"]
    assert begins == len(content)


def changed(url: str, **values: str | None) -> str:
    parts = urlsplit(url)
    query = {name: value for name, value in (dict(parse_qsl(parts.query)) | values).items() if value is not None}
    return parts._replace(query=urlencode(query)).geturl()


def stored(parts: Parts, key: str, folder: Path) -> bytes:
    path = folder / uuid4().hex
    parts.store.fetch(key, path)
    return path.read_bytes()


def complete(client: TestClient, url: str) -> Any:
    """As a client does: a store that is too busy to answer in time is asked again."""
    ends_s = time.monotonic() + 60
    while (answer := client.post(url)).status_code == 503 and time.monotonic() < ends_s:
        time.sleep(0.2)
    return answer


def refused(answer: Any, settings: Settings) -> None:
    assert answer.status_code == 403, answer.text
    if settings.s3_bucket is None:
        problem(answer, 403, "link_expired")


def expire(parts: Parts, upload: dict[str, Any]) -> None:
    with parts.sessions.begin() as session:
        over = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Upload).where(Upload.id == upload["id"]).values(expires_at=over))


def has_row(parts: Parts, upload: dict[str, Any]) -> bool:
    with parts.sessions() as session:
        return session.get(Upload, upload["id"]) is not None
