"""The API as a factory: ``uvicorn --factory app.main:create_app``. What lives long is made here and closed here."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app.api.deps import Parts
from app.api.errors import install_error_handlers
from app.api.lingering import Lingering
from app.api.openapi import install_openapi
from app.api.origin_guard import OriginGuard
from app.api.rate_limits import RateLimiting
from app.api.request_context import HEADER, RequestContext
from app.api.request_log import RequestLog
from app.api.router import router
from app.api.routes.docs import mount_static
from app.api.termination import on_termination
from app.core.database import make_engine, make_sessions
from app.core.logging import configure_logging
from app.core.queue import make_celery
from app.core.security import secret_key
from app.core.settings import Settings, get_settings
from app.services.authentication import Authentication
from app.services.engine_state import EngineWatch
from app.services.job_revisions import JobRevisions
from app.services.job_watch import JobWatch
from app.services.metrics import Metrics
from app.services.rate_limits import RateLimits
from app.services.readiness import Readiness, service_checks
from app.services.service_collector import ServiceCollector
from app.services.storage.factory import make_store
from app.services.unsettled import UnsettledUploads

DESCRIPTION = """\
Turns a recorded lecture into a transcript, topics and ranked highlight clips.

Upload a recording, poll the job at `Location`, read the result. Errors are `application/problem+json` with a stable
`code`; every answer carries `X-Request-ID`.
"""
TAGS = [
    {"name": "jobs", "description": "Start work and watch it."},
    {"name": "uploads", "description": "Send recordings straight to the object store."},
    {"name": "results", "description": "What a job found out and made."},
    {"name": "webhooks", "description": "What was delivered, and how to tell that it is from us."},
    {"name": "service", "description": "How the service is."},
]
EXPOSED_HEADERS = (
    "Location",
    "Retry-After",
    "ETag",
    "Link",
    "Preference-Applied",
    "Idempotency-Replayed",
    "RateLimit",
    "RateLimit-Policy",
    "WWW-Authenticate",
    HEADER,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """An application of its own. Without ``settings`` it is a server's: they come from the environment, and it logs."""
    if settings is None:
        settings = get_settings()
        configure_logging(settings)
    parts = make_parts(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with on_termination(parts.watch.close):
            yield
        await parts.rate_limits.close()
        parts.celery.close()
        parts.engine.dispose()

    app = FastAPI(
        title="Lectern",
        version=parts.version,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        separate_input_output_schemas=False,
    )
    app.state.parts = parts
    install_error_handlers(app)
    app.include_router(router)
    mount_static(app)
    install_openapi(app)
    # The one added last is outermost: a refusal is lingered over whoever made it, and a bug's answer has CORS headers.
    app.add_middleware(RateLimiting, settings=settings, limits=parts.rate_limits)
    app.add_middleware(OriginGuard, settings=settings)
    app.add_middleware(RequestLog, metrics=parts.metrics)
    app.add_middleware(RequestContext)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "HEAD", "POST", "PUT", "DELETE"),
        allow_headers=("*",),
        expose_headers=EXPOSED_HEADERS,
    )
    app.add_middleware(Lingering)
    return app


def make_parts(settings: Settings) -> Parts:
    """Engine, sessions, store and producer. Nothing is connected yet."""
    if settings.database_url is None:
        raise RuntimeError("LECTERN_DATABASE_URL is not set. `lectern serve` starts a database of its own.")
    engine = make_engine(settings.database_url.get_secret_value())
    store = make_store(settings)
    celery = make_celery(settings, client=True)
    sessions = make_sessions(engine)
    readiness = Readiness(service_checks(engine, celery, store))
    return Parts(
        settings=settings,
        engine=engine,
        sessions=sessions,
        store=store,
        unsettled=UnsettledUploads(sessions, store),
        celery=celery,
        readiness=readiness,
        watch=JobWatch(sessions),
        revisions=JobRevisions(engine),
        authentication=Authentication(sessions),
        rate_limits=RateLimits(settings),
        metrics=Metrics(
            version("lectern"),
            ServiceCollector(engine, state=EngineWatch(sessions), readiness=readiness, data_dir=settings.data_dir),
        ),
        secret=secret_key(settings),
        version=version("lectern"),
        started_at=time.monotonic(),
    )
