"""What a step adapter gets: its job, the media as a local file, a way to run a child, a way to keep a file."""

import hashlib
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session, sessionmaker

from app.core.settings import Settings
from app.models import Job, Upload
from app.services.options import Options
from app.services.recipes import RECIPES
from app.services.storage.protocol import ObjectStore
from pipeline.child import Report, run_child
from pipeline.lease import Claim
from pipeline.media_cache import MediaCache
from pipeline.outcome import StoredFile

T = TypeVar("T")
Chosen = TypeVar("Chosen", bound=Options)


@dataclass(frozen=True)
class StepContext:
    """``workspace`` is the step's own folder and vanishes with it. ``report`` and ``stop`` belong to its watch."""

    claim: Claim
    job: Job
    upload: Upload
    settings: Settings
    sessions: sessionmaker[Session]
    store: ObjectStore
    cache: MediaCache
    workspace: Path
    report: Report
    stop: threading.Event

    def options(self, kind: type[Chosen]) -> Chosen:
        """The job's options, as far as the step knows them: of ``kind``, or of a kind that is derived from it."""
        chosen = RECIPES[self.job.kind].options.model_validate(self.job.options)
        if not isinstance(chosen, kind):
            raise TypeError(f"a job of kind {self.job.kind} has no {kind.__name__}")
        return chosen

    def media(self) -> Path:
        """The source as a local file with a generated name."""
        path = self.workspace / f"source{Path(self.upload.object_key).suffix}"
        if not path.exists():
            self.cache.link(self.upload.object_key, path)
        return path

    def captions(self) -> Path | None:
        """The caption file that came with the upload."""
        if self.upload.captions_key is None:
            return None
        path = self.workspace / f"captions{Path(self.upload.captions_key).suffix}"
        if not path.exists():
            self.cache.link(self.upload.captions_key, path)
        return path

    def run(self, agent: str, request: object, result: type[T], *, share: tuple[float, float] = (0.0, 1.0)) -> T:
        """Run an agent in a child; its progress fills ``share`` of the step's. Raises ChildFailed, ChildStopped."""
        low, high = share
        return run_child(
            agent,
            request,
            result,
            workspace=self.workspace,
            settings=self.settings,
            report=lambda fraction, message: self.report(low + (high - low) * fraction, message),
            stop=self.stop,
            limit_s=RECIPES[self.job.kind].step(self.claim.stage).limit_s(self.job.source.get("duration_s")),
        )

    def read(self, query: Callable[[Session], T]) -> T:
        """Read rows in a transaction of its own."""
        with self.sessions.begin() as session:
            return query(session)

    def keep(self, path: Path, *, name: str, filename: str, content_type: str) -> StoredFile:
        """Put a file into the store under this run's fence. It becomes an artifact when the step commits."""
        key = f"jobs/{self.job.id}/{self.claim.name}/{self.claim.fence}/{path.name.lower()}"
        digest = hashlib.sha256()
        with path.open("rb") as source:
            while block := source.read(1 << 20):
                digest.update(block)
        size_bytes = path.stat().st_size
        self.store.put_file(key, path, content_type)
        return StoredFile(name, filename, content_type, key, size_bytes, digest.hexdigest())

    def within(self, folder: str) -> "StepContext":
        """The same context with a workspace of its own, so that a second child finds nothing of the first."""
        workspace = self.workspace / folder
        shutil.rmtree(workspace, ignore_errors=True)
        workspace.mkdir()
        return replace(self, workspace=workspace)
