"""A worker's runtime whose jobs bring an OpenAI key of their own, and what their callers do."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.core.security import secret_key
from app.models import JobStep, Upload
from app.services.caller_keys import PLACE, HeldKey, seal_key
from app.services.job_control import retry_job
from app.services.jobs import create_job
from pipeline.orchestrator import continue_job
from pipeline.runtime import Runtime
from pipeline.step_run import run_next
from tests.app.job_factory import complete, step
from tests.pipeline.conftest import step_of
from tests.pipeline.remote_speech.test_step import PROBED, STEP

KEY = "canary-of-a-caller-0123456789"
"""Of no form that a log would mask."""
HIGHLIGHTS, TRANSCRIPTION = "highlights", "transcription"


@dataclass
class Service:
    """A worker's runtime, and what callers do to it."""

    runtime: Runtime
    speech: Path
    probed: dict[str, Any] = field(default_factory=lambda: PROBED)

    def submit(self, *transcribers: str, kind: str = TRANSCRIPTION, key: str = KEY) -> HeldKey:
        """A job that has come as far as its words."""
        runtime = self.runtime
        held = seal_key(runtime.store, secret_key(runtime.settings), SecretStr(key))
        with runtime.sessions.begin() as session:
            upload = Upload(
                owner="local",
                filename="jfk.flac",
                content_type="audio/flac",
                size_bytes=1,
                sha256="0" * 64,
                object_key=f"uploads/{held.name}/source.flac",
            )
            session.add(upload)
            session.flush()
            job = create_job(
                session,
                kind=kind,
                upload=upload,
                options={"transcribers": transcribers or ("openai",)},
                owner="local",
                retention=timedelta(days=1),
                caller_key=held,
            )
            complete(job, "uploading")
            step(job, "uploading").result = self.probed
            copy = Path(shutil.copyfile(self.speech, runtime.store.incoming_dir() / f"{held.name}.flac"))
            runtime.store.put_file(upload.object_key, copy, "audio/flac")
            copy.unlink(missing_ok=True)
            continue_job(session, job.id)
        return held

    def work(self, held: HeldKey) -> JobStep:
        """One run of the step, and what follows from it."""
        run_next(self.runtime, "transcribe", (held.job_id, STEP))
        with self.runtime.sessions.begin() as session:
            continue_job(session, held.job_id)
        return step_of(self.runtime.sessions, held.job_id, STEP)

    def retry(self, held: HeldKey, key: str | None) -> HeldKey | None:
        runtime = self.runtime
        again = None
        if key is not None:
            again = seal_key(runtime.store, secret_key(runtime.settings), SecretStr(key), job_id=held.job_id)
        with runtime.sessions.begin() as session:
            retry_job(session, held.job_id, owner="local", caller_key=again)
            continue_job(session, held.job_id)
        return again

    def sealed(self) -> list[str]:
        return list(self.runtime.store.keys(f"{PLACE}/"))

    def objects(self) -> Iterator[bytes]:
        for place in ("uploads/", "jobs/", f"{PLACE}/"):
            for key in self.runtime.store.keys(place):
                yield key.encode() + self.runtime.store.read_head(key, 1 << 24)
