"""Which level this host gives: the strongest whose self-test passes, found once per process and written down."""

import json
import logging
import threading
import time
from contextlib import suppress
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
    with _lock:
        finding = _found.get(settings.sandbox)
        if finding is None:
            finding = _found[settings.sandbox] = _find(settings)
            _write_down(finding, settings.data_dir)
    return finding.level


def report_path(data_dir: Path) -> Path:
    """Where the level is written for whoever answers for readiness: ``level``, ``refused``, ``tested_at_s`` (Unix)."""
    return data_dir / "sandbox.json"


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


def _write_down(finding: Finding, data_dir: Path) -> None:
    """Left out where there is no data folder: a single command needs none."""
    document = {"level": finding.level, "refused": list(finding.refused), "tested_at_s": round(time.time(), 3)}
    target = report_path(data_dir)
    partial = target.with_name(f"{target.name}.{threading.get_native_id()}.part")
    with suppress(OSError):
        partial.write_text(json.dumps(document), "utf-8")
        partial.replace(target)
