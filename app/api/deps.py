"""What routes ask for: the service's parts, a session, a job's id."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from celery import Celery
from fastapi import Depends, Path, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.core.errors import JobNotFound
from app.core.settings import Settings
from app.models import Job
from app.services.authentication import Authentication
from app.services.job_revisions import JobRevisions
from app.services.job_view import job_document
from app.services.job_watch import JobWatch
from app.services.metrics import Metrics
from app.services.rate_limits import RateLimits
from app.services.readiness import Readiness
from app.services.storage.protocol import ObjectStore
from app.services.unsettled import UnsettledUploads


@dataclass(frozen=True)
class Parts:
    """Everything that lives as long as the application. ``started_at`` is of the monotonic clock, in seconds."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    store: ObjectStore
    unsettled: UnsettledUploads
    celery: Celery
    readiness: Readiness
    watch: JobWatch
    revisions: JobRevisions
    authentication: Authentication
    rate_limits: RateLimits
    metrics: Metrics
    secret: bytes
    version: str
    started_at: float

    @property
    def base_url(self) -> str:
        """What precedes paths in answers: empty unless a public URL is set."""
        return (self.settings.public_url or "").rstrip("/")

    def document_of(self, job: Job) -> dict[str, Any]:
        """A job as clients see it."""
        return job_document(job, base_url=self.base_url, secret=self.secret)


async def get_parts(request: Request) -> Parts:
    """Asynchronous, as what follows: a dependency that does no work must not cost a thread."""
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]


def get_session(parts: PartsDep) -> Iterator[Session]:
    """A session for one request. Whoever writes commits; what is not committed is rolled back."""
    with parts.sessions() as session:
        yield session


# scope="function": closed before the answer is sent, so that a failure can still become one.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]


async def get_job_id(
    job_id: Annotated[str, Path(description="Id of a job.", json_schema_extra={"format": "uuid"})],
) -> UUID:
    """The id in the path. What is no id is the id of no job."""
    try:
        return UUID(job_id)
    except ValueError:
        raise JobNotFound("There is no such job: its id is not one of ours.") from None


JobIdDep = Annotated[UUID, Depends(get_job_id)]
