"""The sweeper of a worker lets go of uploads that nobody completed."""

import hashlib
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.core.database import make_sessions
from app.models import Upload
from app.services.direct_uploads import NewUpload, begin_upload
from app.services.storage.factory import make_store
from pipeline import retention
from tests.app.conftest import files_in, make_settings


def test_an_abandoned_upload_goes(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PURGE_EVERY_S", 0.05)
    monkeypatch.setattr(retention, "EXPIRE_EVERY_S", 0.05)
    settings = make_settings(database_url=database_url, data_dir=tmp_path, broker_url="memory://", secret_key="s")
    sessions, store = make_sessions(engine), make_store(settings)
    new = NewUpload("a.mp4", 3, hashlib.sha256(b"one").hexdigest())
    with sessions.begin() as session:
        upload = begin_upload(session, new, owner="local", max_bytes=10, expiry_s=3600)
        upload.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    path = store.incoming_dir() / "put"
    path.write_bytes(b"one")
    store.put_file(upload.object_key, path, "video/mp4")
    stop = threading.Event()
    sweeper = retention.Sweeper(settings, sessions, store, stop)
    sweeper.start()
    try:
        ends_s = time.monotonic() + 60
        while time.monotonic() < ends_s:
            with sessions() as session:
                if session.get(Upload, upload.id) is None:
                    break
            time.sleep(0.05)
        else:
            pytest.fail("the upload was not swept")
    finally:
        stop.set()
        sweeper.join(30)
    assert files_in(settings.object_dir) == []
