"""The service on the folder and on S3."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.settings import Settings
from app.services import direct_uploads
from tests.app.api.object_store.following import LIMIT
from tests.app.api.test_upload import MP4
from tests.app.conftest import make_settings
from tests.strict_s3 import StrictS3, strict_s3


@pytest.fixture(scope="module")
def s3() -> Iterator[StrictS3]:
    with strict_s3() as server:
        yield server


@pytest.fixture(params=["local", "s3"])
def settings(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Settings:
    chosen: dict[str, Any] = {
        "database_url": database_url,
        "data_dir": tmp_path / "data",
        "broker_url": "memory://",
        "secret_key": "a secret of tests",
        "max_upload_bytes": LIMIT,
    }
    if request.param == "s3":
        server: StrictS3 = request.getfixturevalue("s3")
        chosen |= server.fields()
    return make_settings(**chosen)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A recording of three parts: S3 takes none below 5 MiB but the last."""
    monkeypatch.setattr(direct_uploads, "MULTIPART_ABOVE_BYTES", 6 << 20)
    monkeypatch.setattr(direct_uploads, "PART_BYTES", 5 << 20)
    return MP4 + os.urandom(1 << 20) * 11
