"""A caller's own OpenAI key for one job: sealed in the object store, outside rows and messages, until its steps end.

The steps' rows have the name of the sealed object, and nothing that is made of the key. Each giving has a name of its
own, so that whoever removes an old one never takes away the one that came after it.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from uuid_utils.compat import uuid7

from app.core.errors import ArtifactNotFound, LecternError, StorageUnavailable
from app.core.sealing import SealBroken, Sealer
from app.models import Job, JobStep
from app.models.job import FINISHED_JOB, FINISHED_STEP
from app.services.storage.protocol import ObjectStore

HEADER = "X-OpenAI-Api-Key"
TRANSCRIBER = "openai"
STEP = "transcription"
"""The stage that opens the key: its first step, which hands the name on to the parts of a long recording."""
BACKENDS = "backends"
"""Where the row of a part has the transcribers that it may go to."""
PARAM = "caller_key"
"""Where a step's row has the name."""
PLACE = "caller-keys"
LARGEST_BYTES = 4096
YOUNG = timedelta(hours=1)
"""A key this new may still be on its way into a row."""
_SEALED = re.compile(rf"{PLACE}/(?P<job>[0-9a-f-]{{36}})/(?P<name>[0-9a-f]{{32}})", re.ASCII)


class ApiKeyNeeded(LecternError):
    code = "api_key_needed"
    status = 409
    title = "The job needs its API key again"
    fatal = True


@dataclass(frozen=True)
class HeldKey:
    """A key that lies sealed in the store for the job of this id, which may not be there yet."""

    job_id: UUID
    name: str

    @property
    def object_key(self) -> str:
        return f"{PLACE}/{self.job_id}/{self.name}"

    def sealer(self, secret: bytes) -> Sealer:
        """What is sealed for one job opens for no other."""
        return Sealer(secret, f"openai-api-key/{self.job_id}/{self.name}")


def held_by(job_id: UUID, params: dict[str, object]) -> HeldKey | None:
    """The key that a step with these ``params`` was given."""
    name = params.get(PARAM)
    return HeldKey(job_id, name) if isinstance(name, str) else None


def seal_key(store: ObjectStore, secret: bytes, key: SecretStr, *, job_id: UUID | None = None) -> HeldKey:
    """Keep ``key`` for a job, one to be made unless ``job_id`` names it. Blocks. Raises StorageUnavailable."""
    held = HeldKey(job_id or uuid7(), uuid7().hex)
    path = store.incoming_dir() / f"sealed-{held.name}"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(held.sealer(secret).seal(key.get_secret_value()))
        store.put_file(held.object_key, path, "application/octet-stream")
    except OSError as error:
        raise StorageUnavailable(f"The API key could not be sealed: {error.strerror}.") from error
    finally:
        path.unlink(missing_ok=True)
    return held


def open_key(store: ObjectStore, secret: bytes, held: HeldKey) -> SecretStr:
    """The key, for the worker alone. Raises ApiKeyNeeded where it is gone or was sealed under another secret."""
    try:
        sealed = store.read_head(held.object_key, LARGEST_BYTES).decode("ascii", "replace")
        return SecretStr(held.sealer(secret).open(sealed))
    except (ArtifactNotFound, SealBroken):
        raise ApiKeyNeeded(
            f"The API key that came with this job is gone or cannot be opened: send it again in {HEADER}."
        ) from None


def hand_over(steps: Sequence[JobStep], held: HeldKey | None) -> None:
    """Tell those among these steps, new or to be retried, that may use a key of theirs.

    Raises ApiKeyNeeded where one had a key and now there is none.
    """
    for step in steps:
        if not _may_use_key(step):
            continue
        if held is not None:
            step.params = {**step.params, PARAM: held.name}
        elif PARAM in step.params:
            raise ApiKeyNeeded(
                f"This job came with an API key, which is not kept once its step has ended: send it again in {HEADER}."
            )


def _may_use_key(step: JobStep) -> bool:
    return step.stage == STEP and (step.name == STEP or TRANSCRIBER in step.params.get(BACKENDS, ()))


def let_go(sessions: sessionmaker[Session], store: ObjectStore, held: HeldKey) -> bool:
    """Remove a key unless a step of its is still to come, or runs. True where it is gone. Raises StorageUnavailable."""
    with sessions.begin() as session:
        if _in_use(session, [held.job_id]).get(held):
            return False
    store.delete(held.object_key)
    return True


def sweep_keys(sessions: sessionmaker[Session], store: ObjectStore, *, young: timedelta = YOUNG) -> int:
    """Remove every key whose steps are over, and those older than ``young`` that no row speaks of. Returns how many."""
    found = [held for key in store.keys(f"{PLACE}/") if (held := _read(key)) is not None]
    if not found:
        return 0
    with sessions.begin() as session:
        in_use = _in_use(session, [held.job_id for held in found])
    before = datetime.now(UTC) - young
    over = [held for held in found if not in_use.get(held, _given_at(held) >= before)]
    for held in over:
        store.delete(held.object_key)
    return len(over)


def _read(object_key: str) -> HeldKey | None:
    match = _SEALED.fullmatch(object_key)
    return HeldKey(UUID(match["job"]), match["name"]) if match is not None else None


def _given_at(held: HeldKey) -> datetime:
    """Its name holds the time."""
    return datetime.fromtimestamp((UUID(held.name).int >> 80) / 1000, UTC)


def _in_use(session: Session, job_ids: Sequence[UUID]) -> dict[HeldKey, bool]:
    """The keys that these jobs' rows speak of, and whether any of their steps may still need them."""
    rows = session.execute(
        select(Job.id, JobStep.params, JobStep.status, Job.status, Job.deleted_at)
        .join(JobStep, JobStep.job_id == Job.id)
        .where(Job.id.in_(job_ids), JobStep.stage == STEP)
    )
    found: dict[HeldKey, bool] = {}
    for job_id, params, step, job, deleted_at in rows:
        held = held_by(job_id, params)
        if held is not None:
            needed = step not in FINISHED_STEP and job not in FINISHED_JOB and deleted_at is None
            found[held] = found.get(held, False) or needed
    return found
