"""The API on the real database, a folder as store, and a broker in memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.settings import Settings
from app.main import create_app


def make_settings(**chosen: Any) -> Settings:
    """Settings from arguments alone, whatever the environment says."""
    return Settings(_env_file=None, **chosen)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(
        database_url=database_url,
        data_dir=tmp_path / "data",
        broker_url="memory://",
        secret_key="a secret of tests",
        max_upload_bytes=1_000_000,
        cors_origins="https://console.example",
    )


@pytest.fixture
def api(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def client(api: FastAPI) -> Iterator[TestClient]:
    with TestClient(api, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture
def parts(api: FastAPI) -> Parts:
    found = api.state.parts
    assert isinstance(found, Parts)
    return found


@pytest.fixture
def sessions(parts: Parts) -> sessionmaker[Session]:
    return parts.sessions


def files_in(folder: Path) -> list[Path]:
    """Every file under ``folder``, hidden ones too."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
