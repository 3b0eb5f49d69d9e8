"""What a link to the store does not take: anything but what it was made for, and for as long."""

import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.settings import Settings
from tests.app.api.object_store.following import (
    PATH,
    begin,
    changed,
    pieces,
    refused,
    send,
)
from tests.app.api.test_upload import MP4, problem
from tests.strict_s3 import StrictS3

pytestmark = pytest.mark.stack


def test_nothing_in_a_link_can_be_changed(client: TestClient, settings: Settings) -> None:
    upload = begin(client, MP4)
    url, headers = upload["put"]["url"], upload["put"]["headers"]
    for name, value in parse_qsl(urlsplit(url).query):
        flipped = value[:-1] + ("0" if value[-1] != "0" else "1")
        for values in ({name: flipped}, {name: ""}, {name: None}):
            refused(send(client, changed(url, **values), MP4, headers), settings)
    other = urlsplit(url).path.replace("source.mp4", "source.mov")
    refused(send(client, urlsplit(url)._replace(path=other).geturl(), MP4, headers), settings)
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")


def test_nothing_in_the_link_of_a_part_can_be_changed(
    client: TestClient, settings: Settings, small_parts: bytes
) -> None:
    part, piece = next(pieces(begin(client, small_parts), small_parts))
    for name, value in parse_qsl(urlsplit(part["url"]).query):
        flipped = value[:-1] + ("2" if value[-1] != "2" else "1")
        refused(send(client, changed(part["url"], **{name: flipped}), piece), settings)


@pytest.mark.parametrize("size", [len(MP4) - 1, len(MP4) + 1])
def test_another_size(client: TestClient, settings: Settings, size: int) -> None:
    content = (MP4 + b"x")[:size]
    upload = begin(client, MP4)
    answer = send(client, upload["put"]["url"], content, upload["put"]["headers"])
    if settings.s3_bucket is None:
        problem(answer, *((413, "file_too_large") if size > len(MP4) else (422, "upload_incomplete")))
    else:
        assert answer.status_code == 403
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")


def test_another_content(client: TestClient, settings: Settings) -> None:
    upload = begin(client, MP4)
    answer = send(client, upload["put"]["url"], MP4[:-1] + b"?", upload["put"]["headers"])
    if settings.s3_bucket is None:
        problem(answer, 422, "checksum_mismatch")
    else:
        assert (answer.status_code, "BadDigest" in answer.text) == (400, True)
        checksum = upload["put"]["headers"] | {"x-amz-checksum-sha256": "A" * 43 + "="}
        assert send(client, upload["put"]["url"], MP4, checksum).status_code == 403
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")


def test_another_type(client: TestClient, settings: Settings) -> None:
    upload = begin(client, MP4)
    answer = send(client, upload["put"]["url"], MP4, upload["put"]["headers"] | {"Content-Type": "text/html"})
    if settings.s3_bucket is None:
        problem(answer, 415, "unsupported_content_type")
    else:
        assert answer.status_code == 403


def test_a_part_of_another_size(client: TestClient, settings: Settings, small_parts: bytes) -> None:
    part, piece = next(pieces(begin(client, small_parts), small_parts))
    for content in (piece[:-1], piece + b"x"):
        answer = send(client, part["url"], content)
        if settings.s3_bucket is None:
            assert answer.status_code in (413, 422)
        else:
            assert answer.status_code == 403


def test_an_expired_link(
    client: TestClient, parts: Parts, settings: Settings, request: pytest.FixtureRequest, monkeypatch: Any
) -> None:
    upload = begin(client, MP4)
    if settings.s3_bucket is None:
        real = time.time
        monkeypatch.setattr("app.core.security.time.time", lambda: real() + settings.url_expiry_s + 1)
        refused(send(client, upload["put"]["url"], MP4, upload["put"]["headers"]), settings)
    else:
        s3: StrictS3 = request.getfixturevalue("s3")
        s3.ahead_s = settings.url_expiry_s + 1
        refused(send(client, upload["put"]["url"], MP4, upload["put"]["headers"]), settings)
        s3.ahead_s = 0
    assert parts.store.info(upload["key"]) is None


def test_content_that_is_no_recording(client: TestClient, parts: Parts) -> None:
    for content, code in ((b"%PDF-1.7 " + bytes(1000), 415), (b"#EXTM3U\n/etc/passwd\n", 415)):
        upload = begin(client, content)
        assert send(client, upload["put"]["url"], content, upload["put"]["headers"]).status_code == 200
        problem(client.post(upload["complete_url"]), code, "unsupported_media")
        assert parts.store.info(upload["key"]) is None
        problem(client.post(upload["complete_url"]), 404, "upload_not_found")
        problem(client.get(f"{PATH}/{upload['id']}"), 404, "upload_not_found")


def test_parts_with_another_content(client: TestClient, parts: Parts, small_parts: bytes) -> None:
    upload = begin(client, small_parts)
    for part, piece in pieces(upload, small_parts):
        assert send(client, part["url"], piece[:-1] + b"?").status_code == 200
    problem(client.post(upload["complete_url"]), 422, "checksum_mismatch")
    assert parts.store.info(upload["key"]) is None
    problem(client.get(f"{PATH}/{upload['id']}"), 404, "upload_not_found")
