"""Which level this host gives: the strongest whose self-test passes, found once per process and written down."""

import json
import logging
import os
import threading
import time
from pathlib import Path

from agents.confinement import landlock
from app.core.settings import Settings
from pipeline.sandbox import bubblewrap
from pipeline.sandbox.confined import Level
from pipeline.sandbox.self_test import Finding, self_test

log = logging.getLogger(__name__)
STRONGEST_FIRST: tuple[Level, ...] = ("bubblewrap", "landlock", "limits")
_lock = threading.Lock()
_found: dict[str, Finding] = {}


class SandboxUnavailable(Exception):
    """The level that the settings ask for does not hold on this host."""


def available(level: Level) -> bool:
    """Whether it is worth trying."""
    if level == "bubblewrap":
        return bubblewrap.program() is not None
    return level == "limits" or landlock.version() > 0


def current_level(settings: Settings) -> Level:
    """The level agents run under. Raises SandboxUnavailable. The first call takes about 0.1 s."""
    return _finding(settings).level


def announce_level(settings: Settings) -> Level:
    """``current_level``, written down for whoever answers for readiness. For workers. Raises SandboxUnavailable."""
    report_path(settings.data_dir).unlink(missing_ok=True)
    finding = _finding(settings)
    document = {"level": finding.level, "refused": list(finding.refused), "tested_at_s": round(time.time(), 3)}
    target = report_path(settings.data_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    partial.write_text(json.dumps(document), "utf-8")
    partial.replace(target)
    return finding.level


def report_path(data_dir: Path) -> Path:
    """Where ``announce_level`` writes JSON: ``level``, ``refused``, ``tested_at_s`` (Unix). Absent: none holds."""
    return data_dir / "sandbox.json"


def _finding(settings: Settings) -> Finding:
    with _lock:
        if settings.sandbox not in _found:
            _found[settings.sandbox] = _find(settings)
        return _found[settings.sandbox]


def _find(settings: Settings) -> Finding:
    asked = settings.sandbox
    finding: Finding | None = None
    for level in STRONGEST_FIRST if asked == "auto" else (asked,):
        if not available(level):
            continue
        finding = self_test(level, settings)
        if not finding.problems:
            if level == "limits" and asked == "auto":
                log.warning("agents can read every file of this user: install bubblewrap, or a kernel with Landlock")
            log.info("agents run under %s", level)
            return finding
        log.warning("the sandbox level %s is not usable: %s", level, "; ".join(finding.problems))
    why = "; ".join(finding.problems) if finding else "it is not on this machine"
    raise SandboxUnavailable(f"The sandbox ({asked}) does not hold: {why}. See LECTERN_SANDBOX.")
