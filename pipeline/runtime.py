"""What a worker process holds open: settings, database, store, and whether it is shutting down."""

import threading
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.core.database import make_engine, make_sessions
from app.core.patience import WORKER
from app.core.settings import Settings, get_settings
from app.services.storage.factory import make_store
from app.services.storage.protocol import ObjectStore
from pipeline.media_cache import MediaCache
from pipeline.workers import session_name


class NotConfigured(Exception):
    """A setting that this process needs is missing; the text names it."""


@dataclass(frozen=True)
class Runtime:
    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    store: ObjectStore
    cache: MediaCache
    shutdown: threading.Event = field(default_factory=threading.Event)


def make_runtime(settings: Settings) -> Runtime:
    """Build it from the settings; the database must be given by URL."""
    if settings.database_url is None:
        raise NotConfigured("DATABASE_URL is not set. `lectern serve` starts a database of its own and a worker.")
    url = settings.database_url.get_secret_value()
    engine = make_engine(url, pool_size=20, patience=WORKER, name=session_name(settings))
    store = make_store(settings, worker=True)
    cache = MediaCache(settings.work_dir / "cache", store)
    return Runtime(settings, engine, make_sessions(engine), store, cache)


@lru_cache(maxsize=1)
def runtime() -> Runtime:
    """The worker's own, made when its first task comes."""
    return make_runtime(get_settings())
