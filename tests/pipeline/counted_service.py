"""A worker that counts the agents it runs, and takes a recording with captions as far as its topics."""

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.models import Upload
from app.services.jobs import create_job
from app.services.storage.local import LocalStore
from pipeline import context as step_context
from pipeline.child import run_child
from pipeline.media_cache import MediaCache
from pipeline.runtime import Runtime
from tests.app.conftest import make_settings
from tests.pipeline.conftest import step_of
from tests.pipeline.stored_jobs import go_on

SAID = ("A heap is a tree.", "The smallest is at the root.", "This is the key point.", "Remember it for the exam.")
CAPTIONS = "WEBVTT\n\n" + "\n".join(
    f"00:00:{3 * n:02}.000 --> 00:00:{3 * n + 2:02}.500\n{line}\n" for n, line in enumerate(SAID)
)


@dataclass
class Service:
    runtime: Runtime
    recording: Path
    agents: Counter[str] = field(default_factory=Counter)

    def run(self, *, owner: str = "local", captions: str = CAPTIONS, **options: Any) -> tuple[UUID, set[str]]:
        """A job until its topics are found; its id, and which agents ran for it."""
        folder = f"uploads/{uuid4().hex}"
        place = self.runtime.settings.object_dir / folder
        place.mkdir(parents=True)
        (place / "source.mp4").write_bytes(self.recording.read_bytes())
        (place / "captions.vtt").write_text(captions)
        with self.runtime.sessions.begin() as session:
            upload = Upload(
                owner=owner,
                filename="a.mp4",
                content_type="video/mp4",
                size_bytes=self.recording.stat().st_size,
                sha256=hashlib.sha256(self.recording.read_bytes()).hexdigest(),
                object_key=f"{folder}/source.mp4",
                captions_key=f"{folder}/captions.vtt",
            )
            session.add(upload)
            session.flush()
            wanted = {"min_clip_s": 5, "max_clip_s": 8, **options}
            job_id = create_job(
                session, kind="highlights", upload=upload, options=wanted, retention=timedelta(days=1), owner=owner
            ).id
        self.agents.clear()
        deadline_s = time.monotonic() + 300
        while (step := step_of(self.runtime.sessions, job_id, "content_analysis")).status != "completed":
            assert time.monotonic() < deadline_s, step.error_message
            go_on(self.runtime, job_id)
        return job_id, set(self.agents)


def make_service(
    engine: Engine, sessions: sessionmaker[Session], recording: Path, folder: Path, patch: pytest.MonkeyPatch
) -> Service:
    """A service that keeps its files in ``folder``, as long as ``patch`` lasts."""
    settings = make_settings(data_dir=folder / "data", broker_url="memory://")
    store = LocalStore(settings.object_dir, b"a secret of tests")
    service = Service(Runtime(settings, engine, sessions, store, MediaCache(folder / "cache", store)), recording)

    def counted(agent: str, *args: Any, **kwargs: Any) -> Any:
        service.agents[agent] += 1
        return run_child(agent, *args, **kwargs)

    patch.setattr(step_context, "run_child", counted)
    return service
