"""Removes what a killed process left on this host's disk: workspaces, half-received files, half-written messages."""

import logging
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.core.settings import Settings
from pipeline.fetching import drop_downloads

log = logging.getLogger(__name__)
OLD_S = 24 * 3600.0
"""No upload and no message takes a day."""
_WORKSPACE = re.compile(r"(?P<job>[0-9a-f-]{36})-.+-(?P<fence>\d+)", re.ASCII)
_HELD = text(
    "SELECT count(*) FROM job_steps WHERE job_id = :job_id AND fence = :fence AND status = 'running' "
    "AND replace(name, '/', '-') = :name"
)


def tidy(settings: Settings, sessions: sessionmaker[Session]) -> int:
    """Remove what nobody holds any more. Returns how many things were removed."""
    removed = 0
    for folder in _children(settings.work_dir / "steps"):
        if not _held(folder.name, sessions):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    before = time.time() - OLD_S
    for place in (settings.object_dir / ".incoming", settings.work_dir / "incoming", settings.broker_dir / "taken"):
        for path in _children(place):
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed += 1
    removed += drop_downloads(settings, sessions)
    if removed:
        log.info("removed %d things that killed processes had left", removed)
    return removed


def workspace_name(job_id: UUID, step: str, fence: int) -> str:
    """The folder of one run of one step: it tells who may still hold it."""
    return f"{job_id}-{step.replace('/', '-')}-{fence}"


def _held(name: str, sessions: sessionmaker[Session]) -> bool:
    match = _WORKSPACE.fullmatch(name)
    if match is None:
        return False
    job_id, fence = match["job"], int(match["fence"])
    step = name[len(job_id) + 1 : -len(match["fence"]) - 1]
    try:
        values = {"job_id": UUID(job_id), "fence": fence, "name": step}
    except ValueError:
        return False
    with sessions.begin() as session:
        return bool(session.execute(_HELD, values).scalar())


def _children(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from folder.iterdir()
