"""After the storm: what the database, the store, the disk and the process table say, against what was promised."""

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.services.storage.protocol import ObjectStore
from tests.chaos import history
from tests.chaos.load import Ledger
from tests.chaos.uptime import net, nobody

_TWICE = text(
    """
    SELECT job_id, step, count(*) FROM processing_logs WHERE event = 'step_completed'
     GROUP BY job_id, step HAVING count(*) > 1
    """
)
_AGAIN = text(
    """
    SELECT c.job_id, c.step FROM processing_logs AS c JOIN processing_logs AS s
        ON s.job_id = c.job_id AND s.step = c.step AND s.event = 'step_started' AND s.id > c.id
     WHERE c.event = 'step_completed'
    """
)
_UNTOLD = text(
    """
    SELECT s.job_id, s.name FROM job_steps AS s
     WHERE s.status = 'completed'
       AND NOT EXISTS (SELECT 1 FROM processing_logs AS l
                        WHERE l.job_id = s.job_id AND l.step = s.name AND l.event = 'step_completed')
    """
)
_UNFINISHED = text("SELECT id, status FROM jobs WHERE status NOT IN ('completed', 'failed', 'cancelled')")
_TORN = text(
    """
    SELECT j.id FROM jobs AS j JOIN job_steps AS s ON s.job_id = j.id
     WHERE j.status = 'completed' AND s.status NOT IN ('completed', 'skipped')
       AND NOT (s.optional AND s.status = 'failed')
    """
)


_CLAIMS = text("SELECT job_id, step, created_at FROM processing_logs WHERE event = 'step_started' ORDER BY id")
_AT_WORK = text(
    """
    SELECT (SELECT count(*) FROM jobs
             WHERE status NOT IN ('completed', 'failed', 'cancelled') OR deleted_at IS NOT NULL)
         + (SELECT count(*) FROM job_steps WHERE lease_expires_at > now())
    """
)
SLOW_S = 25.0
NO_TIME = timedelta(days=-1)
"""Everything is older than this."""


def resting(session: Session) -> bool:
    """Every job is over, no step is held, and what was deleted is gone."""
    return session.execute(_AT_WORK).scalar() == 0


@dataclass
class Findings:
    """Empty lists mean that nothing is wrong."""

    wrong: dict[str, list[Any]] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    restarts_s: list[float] = field(default_factory=list)
    net_restarts_s: list[float] = field(default_factory=list)
    cancels_s: list[float] = field(default_factory=list)
    net_cancels_s: list[float] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    interrupted: int = 0


def examine(sessions: sessionmaker[Session], store: ObjectStore, ledger: Ledger, runs: Path) -> Findings:
    """Judge the rows and objects of a service that is at rest."""
    found = Findings()
    with sessions.begin() as session:
        rows = {str(row.id): row for row in session.execute(text("SELECT id, status, error_code FROM jobs")).all()}
        found.wrong["lost"] = sorted(ledger.accepted - ledger.deleted - rows.keys())
        found.wrong["never accepted"] = sorted(rows.keys() - ledger.accepted)
        found.wrong["unfinished"] = [tuple(row) for row in session.execute(_UNFINISHED).all()]
        found.wrong["committed twice"] = [tuple(row) for row in session.execute(_TWICE).all()]
        found.wrong["run after its commit"] = [tuple(row) for row in session.execute(_AGAIN).all()]
        found.wrong["completed without a commit"] = [tuple(row) for row in session.execute(_UNTOLD).all()]
        found.wrong["completed in part"] = [tuple(row) for row in session.execute(_TORN).all()]
        keys = set(session.scalars(text("SELECT object_key FROM artifacts UNION SELECT object_key FROM uploads")))
        claimed = claims(session)
        keys |= set(session.scalars(text("SELECT captions_key FROM uploads WHERE captions_key IS NOT NULL")))
    found.outcomes = dict(Counter(row.error_code or row.status for row in rows.values()))
    stored = set(store.keys("jobs/")) | set(store.keys("uploads/"))
    found.wrong["objects without a row"] = sorted(stored - keys)
    found.wrong["rows without an object"] = sorted(keys - stored)
    lines = history.read(runs)
    restarts(found, lines, claimed)
    cancels(found, lines, ledger.cancels)
    return found


Claims = dict[tuple[str, str], list[float]]
"""When each step was claimed, by job and step, in Unix seconds."""


def claims(session: Session) -> Claims:
    found: Claims = {}
    for row in session.execute(_CLAIMS).all():
        found.setdefault((str(row.job_id), row.step), []).append(row.created_at.timestamp())
    return found


def restarts(found: Findings, lines: list[dict[str, Any]], claimed: Claims) -> None:
    """For each run that its process did not live to end: how long until the step was claimed again, in seconds; the
    same without the times at which there was no worker to claim it; and what happened meanwhile where that took long.

    Steps that never were belong to jobs that were cancelled, deleted or ended meanwhile.
    """
    deaths = {line["pid"]: line["t"] for line in lines if line["event"] == "struck"}
    deaths |= {line["victim"]: line["t"] for line in lines if line["event"] in ("killed", "frozen")}
    ended = {(line["job"], line["step"], line["fence"]) for line in lines if line["event"] == "end"}
    alone = nobody(lines, "worker")
    for run in (line for line in lines if line["event"] == "run"):
        died = deaths.get(run["pid"])
        if died is None or died < run["t"] or (run["job"], run["step"], run["fence"]) in ended:
            continue
        found.interrupted += 1
        later = [at for at in claimed.get((run["job"], run["step"]), ()) if at > died]
        if not later:
            continue
        waited_s, net_s = min(later) - died, net(died, min(later), alone)
        found.restarts_s.append(waited_s)
        found.net_restarts_s.append(net_s)
        if waited_s > SLOW_S:
            told = f"{run['step']} of {run['job']} ran again after {waited_s:.1f} s, {net_s:.1f} s of it with a worker:"
            found.slow += [told, *_meanwhile(lines, died, min(later))]


def cancels(found: Findings, lines: list[dict[str, Any]], made: list[tuple[float, float]]) -> None:
    """How long each cancel took, in seconds; and the same without the times at which there was no API to ask."""
    alone = nobody(lines, "api")
    found.cancels_s = [end - begin for begin, end in made]
    found.net_cancels_s = [net(begin, end, alone) for begin, end in made]


def _meanwhile(lines: list[dict[str, Any]], begin: float, end: float) -> list[str]:
    """What the storm did in that time, in seconds after ``begin``."""
    told = [line for line in lines if begin <= line["t"] <= end and line["event"] not in ("run", "end")]
    return [f"  {line['t'] - begin:6.2f} {line.get('what') or line.get('milestone') or line['event']}" for line in told]


def leftovers(data_dir: Path) -> list[str]:
    """Files that only a running step or request may have."""
    places = [data_dir / "work" / "steps", data_dir / "work" / "incoming", data_dir / "work" / "downloads"]
    places += [data_dir / "objects" / ".incoming", data_dir / "broker" / "taken"]
    return sorted(str(path) for place in places if place.is_dir() for path in place.rglob("*") if path.is_file())


def age(paths: list[str], hours: float) -> None:
    """Let time pass for files."""
    for path in paths:
        when = time.time() - hours * 3600
        os.utime(path, (when, when))


def strangers(data_dir: Path) -> list[str]:
    """Processes that still have to do with the service's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(data_dir) in " ".join(process.cmdline()) or process.cwd().startswith(str(data_dir)):
                found.append(f"{process.pid} {' '.join(process.cmdline())[:120]}")
        except psutil.Error:
            continue
    return found


def percentile(values: list[float], fraction: float) -> float:
    """The nearest-rank percentile; 0 for nothing."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(fraction * len(ranked)))] if ranked else 0.0
