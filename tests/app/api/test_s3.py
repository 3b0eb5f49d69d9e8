"""The API on an S3 store, as moto speaks it over HTTP: uploads go there, files are redirects."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx2
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app
from app.models import Artifact, Job, Upload
from app.services.storage.protocol import ObjectStore
from tests.app.api.test_upload import MP4, SRT, problem, send
from tests.app.conftest import files_in, make_settings
from tests.app.job_factory import finished_job

pytestmark = pytest.mark.stack


@pytest.fixture
def s3(database_url: str, tmp_path: Path) -> Iterator[Settings]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1"
    ).create_bucket(Bucket="lectern")
    yield make_settings(
        database_url=database_url,
        data_dir=tmp_path / "data",
        broker_url="memory://",
        s3_bucket="lectern",
        s3_endpoint_url=endpoint,
        aws_access_key_id="x",
        aws_secret_access_key="x",
        secret_key="s",
    )
    server.stop()


def test_uploads_and_downloads(s3: Settings, tmp_path: Path) -> None:
    app = create_app(s3)
    parts = app.state.parts
    with TestClient(app, base_url="http://127.0.0.1") as client:
        job = send(client, files={"captions": ("a.srt", SRT)}).json()
        with parts.sessions() as session:
            upload = session.get_one(Upload, session.get_one(Job, job["id"]).upload_id)
            done = finished_job(session, parts.store, tmp_path)
            session.commit()
            path = f"/api/v1/results/{done.id}"
        parts.store.fetch(upload.object_key, tmp_path / "fetched")
        assert (tmp_path / "fetched").read_bytes() == MP4
        assert files_in(s3.data_dir) == []
        answer = client.get(f"{path}/clips/1/video", follow_redirects=False)
        assert answer.status_code == 307
        for link in (answer.headers["location"], client.get(path).json()["clips"][0]["urls"]["video"]):
            assert httpx2.get(link, trust_env=False).content.startswith(b"bytes of clips/1/video")
        with parts.sessions() as session:
            _remove_all(session, parts.store, str(done.id))
        problem(client.get(f"{path}/clips/1/video", follow_redirects=False), 404, "artifact_not_found")


def _remove_all(session: Session, store: ObjectStore, job_id: str) -> None:
    for row in session.query(Artifact).where(Artifact.job_id == job_id):
        store.delete(row.object_key)


def test_a_store_that_is_down(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(
        database_url=database_url,
        data_dir=tmp_path,
        broker_url="memory://",
        s3_bucket="lectern",
        s3_endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        secret_key="s",
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        problem(send(client), 503, "storage_unavailable")
        ready = problem(client.get("/readyz"), 503, "not_ready")
        assert [each["field"] for each in ready["errors"]] == ["store"]
    assert files_in(tmp_path) == []
