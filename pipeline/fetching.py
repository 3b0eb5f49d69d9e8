"""The recording that a URL names, on its way into the store: fetched once, however many runs that takes.

Bytes so far, and the note that they are all in the store, lie in ``work_dir/downloads/<upload id>`` between the runs.
"""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, sessionmaker

from app.core.errors import LecternError
from app.core.sealing import Sealer
from app.core.security import secret_key
from app.core.settings import Settings
from app.models import Job, JobStep, Upload
from app.models.job import FINISHED_JOB, StepStatus
from app.models.upload import UploadStatus
from app.services.sources import SOURCE_URL
from pipeline.child import ChildFailed, ChildStopped, Report
from pipeline.context import StepContext
from pipeline.download import Downloaded, DownloadStopped, download
from pipeline.egress import Egress
from pipeline.lease import cancel_requested
from pipeline.orchestrator import MAX_ATTEMPTS

LOOK_S = 0.5


class Fetch:
    """Of one run of the step. ``forget`` it where no later run will go on."""

    def __init__(self, context: StepContext) -> None:
        self._context = context
        self._folder = _downloads(context.settings) / str(context.upload.id)
        self._file, self._note = self._folder / "recording", self._folder / "stored.json"

    def into_store(self, report: Report) -> Downloaded:
        """Fetch and store the recording, or find that an earlier run has. Blocks; ends soon after ``stop`` is set.

        Raises ChildStopped, ChildFailed where the address is gone, else what ``download`` and the store raise.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                return self._known() or self._fetched(report)
        except DownloadStopped:
            if self._context.read(lambda session: cancel_requested(session, self._context.job.id)):
                self.forget()
            raise ChildStopped from None
        except LecternError as error:
            self.failed(retryable=error.retryable)
            raise

    def failed(self, *, retryable: bool) -> None:
        """Forget what is there, unless the engine will try once more."""
        if not retryable or self._context.claim.attempt >= MAX_ATTEMPTS:
            self.forget()

    def forget(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A run that has lost the step may still be about to end: two must not write one file."""
        with (self._folder / "lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if self._context.stop.wait(LOOK_S):
                        raise DownloadStopped from None
            self._folder.mkdir(parents=True, exist_ok=True)  # the other run may have removed it
            yield

    def _known(self) -> Downloaded | None:
        """What an earlier run stored, if it is still whole."""
        try:
            known = Downloaded(**json.loads(self._note.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        stored = self._context.store.info(self._context.upload.object_key)
        return known if stored is not None and stored.size_bytes == known.size_bytes else None

    def _fetched(self, report: Report) -> Downloaded:
        context = self._context
        settings, upload = context.settings, context.upload
        if upload.source_url is None:
            raise ChildFailed("source_missing", "The address of the recording is not kept any more. Submit it again.")
        done = download(
            Egress(settings),
            Sealer(secret_key(settings), SOURCE_URL).open(upload.source_url),
            self._file,
            max_bytes=settings.max_upload_bytes,
            report=report,
            stop=context.stop,
            deadline_s=settings.step_timeout_s,
        )
        # The object's key is the same in every run, so that no run leaves another object behind.
        if not context.read(lambda session: _holds(session, context)):
            raise DownloadStopped
        context.store.put_file(upload.object_key, self._file, done.content_type)
        self._note.write_text(json.dumps(asdict(done)), "utf-8")
        self._file.unlink(missing_ok=True)
        return done


def drop_downloads(settings: Settings, sessions: sessionmaker[Session]) -> int:
    """Remove what no job waits for any more. Returns how many downloads went."""
    gone = 0
    folder = _downloads(settings)
    for each in list(folder.iterdir()) if folder.is_dir() else ():
        with sessions.begin() as session:
            waited_for = _is_awaited(session, each.name)
        if not waited_for:
            shutil.rmtree(each, ignore_errors=True)
            gone += 1
    return gone


def _downloads(settings: Settings) -> Path:
    return settings.work_dir / "downloads"


def _is_awaited(session: Session, name: str) -> bool:
    try:
        upload_id = UUID(name)
    except ValueError:
        return False
    waiting = exists().where(Job.upload_id == Upload.id, Job.status.not_in(FINISHED_JOB))
    remote = select(Upload.id).where(Upload.id == upload_id, Upload.status == UploadStatus.REMOTE, waiting)
    return session.scalar(remote) is not None


def _holds(session: Session, context: StepContext) -> bool:
    claim = context.claim
    mine = exists().where(
        JobStep.id == claim.step_id, JobStep.fence == claim.fence, JobStep.status == StepStatus.RUNNING
    )
    return bool(session.scalar(select(mine)))
