"""Uploads straight to the store, folder and S3 alike: in one piece, in parts, resumed, completed by many."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.models import Upload
from tests.app.api.object_store.following import (
    PATH,
    begin,
    complete,
    pieces,
    send,
    stored,
)
from tests.app.api.test_upload import MP4, SRT, problem

pytestmark = pytest.mark.stack


def test_in_one_piece(client: TestClient, parts: Parts, tmp_path: Path) -> None:
    upload = begin(client, MP4, captions=SRT.decode())
    assert (upload["status"], upload["method"], upload["parts"]) == ("pending", "single", [])
    assert upload["content_type"] == upload["put"]["headers"]["Content-Type"] == "video/mp4"
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")
    answer = send(client, upload["put"]["url"], MP4, upload["put"]["headers"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"]
    done = client.post(upload["complete_url"])
    assert done.status_code == 200, done.text
    document = done.json()
    assert (document["status"], document["put"], document["size_bytes"]) == ("complete", None, len(MP4))
    assert client.post(upload["complete_url"]).json() == document == client.get(f"{PATH}/{upload['id']}").json()
    assert stored(parts, upload["key"], tmp_path) == MP4
    with parts.sessions() as session:
        row = session.get_one(Upload, upload["id"])
        assert row.captions_key is not None
        assert stored(parts, row.captions_key, tmp_path) == SRT


def test_in_parts_that_are_resumed(client: TestClient, parts: Parts, tmp_path: Path, small_parts: bytes) -> None:
    upload = begin(client, small_parts)
    assert (upload["method"], upload["put"], len(upload["parts"])) == ("multipart", None, 3)
    first, second, third = pieces(upload, small_parts)
    for part, piece in (third, first):
        assert send(client, part["url"], piece).status_code == 200
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")
    resumed = client.get(f"{PATH}/{upload['id']}").json()
    assert [part["etag"] is not None for part in resumed["parts"]] == [True, False, True]
    assert send(client, resumed["parts"][1]["url"], second[1]).status_code == 200
    again = send(client, first[0]["url"], first[1])
    assert again.status_code == 200, "a part may be sent again"
    etags = [part["etag"] for part in client.get(f"{PATH}/{upload['id']}").json()["parts"]]
    assert again.headers["etag"].strip('"') == etags[0]
    wrong = [{"number": number, "etag": "0" * 32} for number in (1, 2, 3)]
    problem(client.post(upload["complete_url"], json={"parts": wrong}), 422, "upload_incomplete")
    right = [{"number": number, "etag": f'"{etag}"'} for number, etag in enumerate(etags, 1)]
    done = client.post(upload["complete_url"], json={"parts": right})
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["parts"]) == ("complete", [])
    assert client.post(upload["complete_url"]).json() == done.json()
    assert stored(parts, upload["key"], tmp_path) == small_parts
    late = send(client, first[0]["url"], first[1])
    assert late.status_code >= 400, "the parts are joined"  # 404 by S3, 409 by the folder


def test_completed_by_many_at_once(client: TestClient, parts: Parts, tmp_path: Path, small_parts: bytes) -> None:
    upload = begin(client, small_parts)
    for part, piece in pieces(upload, small_parts):
        assert send(client, part["url"], piece).status_code == 200
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(complete, [client] * 6, [upload["complete_url"]] * 6))
    assert [answer.status_code for answer in answers] == [200] * 6, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    assert stored(parts, upload["key"], tmp_path) == small_parts
