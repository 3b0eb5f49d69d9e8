"""Both stores by the same tests: a folder, and S3 as moto speaks it over HTTP."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx2
import pytest
from boto3.s3.transfer import TransferConfig
from moto.server import ThreadedMotoServer

from app.core.errors import ArtifactNotFound, LinkExpired, StorageUnavailable
from app.core.security import verify
from app.core.settings import Settings
from app.services.storage import s3 as s3_module
from app.services.storage.factory import make_store
from app.services.storage.keys import checked_key
from app.services.storage.local import LocalStore
from app.services.storage.protocol import ObjectStore, content_disposition
from app.services.storage.s3 import S3Store
from tests.app.conftest import files_in, make_settings

KEY = "uploads/0197/source.mp4"


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_settings(endpoint: str, folder: Path, bucket: str = "lectern") -> Settings:
    return make_settings(
        data_dir=folder,
        s3_bucket=bucket,
        s3_endpoint_url=endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "local":
        return make_store(make_settings(data_dir=tmp_path))
    return s3_store(request.getfixturevalue("s3_endpoint"), tmp_path)


def s3_store(endpoint: str, folder: Path) -> ObjectStore:
    """An empty bucket."""
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1"
    )
    client.create_bucket(Bucket="lectern")
    for found in client.list_objects_v2(Bucket="lectern").get("Contents", []):
        client.delete_object(Bucket="lectern", Key=found["Key"])
    client.close()
    return make_store(s3_settings(endpoint, folder))


def put(store: ObjectStore, content: bytes, key: str = KEY) -> None:
    path = store.incoming_dir() / "incoming"
    path.write_bytes(content)
    store.put_file(key, path, "video/mp4")
    path.unlink(missing_ok=True)


def test_put_info_fetch_delete(store: ObjectStore, tmp_path: Path) -> None:
    assert store.info(KEY) is None
    put(store, b"one")
    put(store, b"three")
    info = store.info(KEY)
    assert info is not None
    assert info.size_bytes == 5
    store.fetch(KEY, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == b"three"
    store.delete(KEY)
    store.delete(KEY)
    assert store.info(KEY) is None
    assert (tmp_path / "fetched").read_bytes() == b"three", "what is being worked on outlives the object"


def test_copy(store: ObjectStore, tmp_path: Path) -> None:
    put(store, b"one")
    put(store, b"old", "uploads/0198/source.mp4")
    for _ in range(2):
        store.copy(KEY, "uploads/0198/source.mp4")
    store.delete(KEY)
    store.fetch("uploads/0198/source.mp4", tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == b"one"
    with pytest.raises(ArtifactNotFound):
        store.copy(KEY, "uploads/0199/source.mp4")
    assert files_in(store.incoming_dir()) == []


def test_copy_in_parts_keeps_the_content_type(
    s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = TransferConfig(multipart_threshold=6 << 20, multipart_chunksize=5 << 20)
    monkeypatch.setattr(s3_module, "COPY", small)
    store = s3_store(s3_endpoint, tmp_path)
    content = os.urandom(1 << 20) * 12
    put(store, content)
    store.copy(KEY, "uploads/0198/source.mp4")
    store.fetch("uploads/0198/source.mp4", tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == content
    url = store.url("uploads/0198/source.mp4", filename="a", content_type="a/b", expires_in_s=60)
    assert httpx2.get(url.partition("?")[0], trust_env=False).headers["content-type"] == "video/mp4"


def test_read_head(store: ObjectStore) -> None:
    put(store, b"0123456789")
    assert (store.read_head(KEY, 4), store.read_head(KEY, 100)) == (b"0123", b"0123456789")
    with pytest.raises(ArtifactNotFound):
        store.read_head("uploads/none/source.mp4", 4)


def test_keys_under_a_prefix(store: ObjectStore) -> None:
    for key in ("jobs/a/1/x", "jobs/a/2/y", "jobs/ab/1/z"):
        put(store, b"x", key)
    assert sorted(store.keys("jobs/a/")) == ["jobs/a/1/x", "jobs/a/2/y"]
    assert list(store.keys("jobs/none/")) == []
    with pytest.raises(ValueError, match="not an object key"):
        list(store.keys("../"))


def test_fetch_of_nothing(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(ArtifactNotFound):
        store.fetch(KEY, tmp_path / "fetched")


def test_a_large_object(store: ObjectStore, tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 20
    put(store, content)
    store.fetch(KEY, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == content


def test_check(store: ObjectStore) -> None:
    store.check()


@pytest.mark.parametrize("key", ["", "a", "/a/b", "a/../b", "../a/b", "a//b", "A/b", "a/.b", "a/b\n", "a/b\0", "a/é"])
def test_keys_we_would_not_make(store: ObjectStore, key: str) -> None:
    for call in (store.info, store.delete):
        with pytest.raises(ValueError, match="not an object key"):
            call(key)


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    store = make_store(make_settings(data_dir=tmp_path))
    put(store, b"one")
    put(store, b"two", "uploads/0198/source.mp4")
    store.delete(KEY)
    assert [p.name for p in (tmp_path / "objects" / "uploads").iterdir()] == ["0198"]


def test_local_url_is_signed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, b"secret")
    parts = urlsplit(store.url(KEY, filename="a b.mp4", content_type="video/mp4", expires_in_s=60))
    assert parts.path == f"/api/v1/media/{KEY}"
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    text = LocalStore.signed_text(KEY, query["filename"], query["type"], query["inline"] == "1")
    assert time.time() + 60 <= int(query["expires"]) <= time.time() + 121
    verify(b"secret", text, int(query["expires"]), query["signature"])
    with pytest.raises(LinkExpired):
        verify(b"secret", text + "x", int(query["expires"]), query["signature"])


def test_s3_url_downloads_under_its_name(s3_endpoint: str, tmp_path: Path) -> None:
    boto3.client(
        "s3", endpoint_url=s3_endpoint, aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1"
    ).create_bucket(Bucket="lectern")
    store = make_store(s3_settings(s3_endpoint, tmp_path))
    put(store, b"0123456789")
    url = store.url(KEY, filename='Vítor "x".mp4', content_type="video/mp4", expires_in_s=60)
    answer = httpx2.get(url, headers={"Range": "bytes=2-4"}, trust_env=False)
    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["content-type"] == "video/mp4"
    assert "filename*=UTF-8''V%C3%ADtor%20%22x%22.mp4" in answer.headers["content-disposition"]


def test_a_store_that_does_not_answer(tmp_path: Path) -> None:
    store = make_store(s3_settings("http://127.0.0.1:1", tmp_path))
    with pytest.raises(StorageUnavailable):
        store.check()
    with pytest.raises(StorageUnavailable):
        put(store, b"x")


def test_a_bucket_that_is_not_there(s3_endpoint: str, tmp_path: Path) -> None:
    store = make_store(s3_settings(s3_endpoint, tmp_path, bucket="missing-bucket"))
    assert isinstance(store, S3Store)
    with pytest.raises((StorageUnavailable, ArtifactNotFound)):
        store.check()


def test_checked_key() -> None:
    assert checked_key(KEY) == KEY


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("a b.mp4", 'inline; filename="a b.mp4"'),
        ('a"\\b.mp4', "inline; filename=\"a__b.mp4\"; filename*=UTF-8''a%22%5Cb.mp4"),
        ("é\r\n.mp4", "inline; filename=\"___.mp4\"; filename*=UTF-8''%C3%A9%0D%0A.mp4"),
    ],
)
def test_content_disposition(filename: str, header: str) -> None:
    assert content_disposition(filename, inline=True) == header
