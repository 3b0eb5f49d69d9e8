"""Answers that were paid for, by the hash of what was asked: a step that runs again does not pay again.

Keys say everything that an answer depends on, so attempts may share entries, and one more write changes nothing. The
entries are no artifacts: they go with the job, or when the store is combed after it is finished and a day old.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from agents.codec import from_data, to_json
from agents.errors import InvalidRequest
from app.core.errors import LecternError
from app.services.storage.protocol import ObjectStore
from pipeline.analyzers.model import Prompt, Reply
from pipeline.analyzers.prompt import VERSION

log = logging.getLogger(__name__)
LARGEST_ENTRY_BYTES = 32 << 20
FOLDER = "analysis-cache"
"""Among a job's objects."""


class AnswerCache(Protocol):
    def get(self, key: str) -> Reply | None: ...

    def put(self, key: str, reply: Reply) -> None: ...


def cache_key(identity: str, prompt: Prompt) -> str:
    """Of a model, a place and a prompt: 64 hexadecimal digits."""
    asked = json.dumps([VERSION, identity, prompt.system, prompt.text])
    return hashlib.sha256(asked.encode()).hexdigest()


class NoCache:
    """For commands, which do not run again by themselves."""

    def get(self, key: str) -> Reply | None:  # noqa: ARG002
        """Nothing."""
        return None

    def put(self, key: str, reply: Reply) -> None:
        """Forget it."""


class StoredAnswers:
    """Under the job's own objects. A store that fails costs money, not the job.

    What is missing is looked for with ``earlier`` jobs, of the same owner; it was paid there, and costs nothing here.
    An answer that is not ``usable`` stays there: this job may get a better one.
    """

    def __init__(
        self,
        store: ObjectStore,
        job_id: UUID,
        workspace: Path,
        earlier: Sequence[UUID] = (),
        usable: Callable[[Reply], bool] = lambda _: True,
    ) -> None:
        self._store, self._job_id, self._workspace = store, job_id, workspace
        self._earlier, self._usable = earlier, usable

    def get(self, key: str) -> Reply | None:
        """What was kept, None where nothing usable was."""
        own = self._read(self._job_id, key)
        if own is not None:
            return own
        for job_id in self._earlier:
            found = self._read(job_id, key)
            if found is not None and self._usable(found):
                free = replace(found, input_tokens=0, output_tokens=0, cached_input_tokens=0)
                self.put(key, free)
                return free
        return None

    def _read(self, job_id: UUID, key: str) -> Reply | None:
        try:
            return from_data(Reply, json.loads(self._store.read_head(_place(job_id, key), LARGEST_ENTRY_BYTES)))
        except (LecternError, InvalidRequest, ValueError):
            return None

    def put(self, key: str, reply: Reply) -> None:
        """Keep it before anything is done with it."""
        path = self._workspace / f"answer-{uuid4().hex}.json"
        try:
            path.write_text(to_json(reply), "utf-8")
            self._store.put_file(_place(self._job_id, key), path, "application/json")
        except (LecternError, OSError) as error:
            log.warning("an answer could not be kept: %s", type(error).__name__)
        finally:
            path.unlink(missing_ok=True)


def _place(job_id: UUID, key: str) -> str:
    return f"jobs/{job_id}/{FOLDER}/{key}.json"
