"""Runs one agent in a child process: typed JSON in, typed JSON out, progress lines on the way, a hard end.

Whatever the media does to the child — a crash, a hang, all memory — costs this call and nothing else.
"""

import json
import logging
import math
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agents.codec import from_data, to_json
from agents.errors import InvalidRequest
from app.core.settings import Settings
from pipeline.processes import kill_group, tail
from pipeline.sandbox.confined import confine
from pipeline.sandbox.crowd import Crowd
from pipeline.sandbox.environment import child_command
from pipeline.sandbox.level import SandboxUnavailable, current_level
from pipeline.sandbox.paths import desk_for, grants_for

log = logging.getLogger(__name__)
T = TypeVar("T")
Report = Callable[[float, str], None]
POLL_S = 0.05
LONGEST_LINE_BYTES = 1 << 16
LARGEST_ANSWER_BYTES = 256 << 20
MAY_PASS = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT})
"""Ends of a child that need not come again: somebody else took the memory, or threads met unluckily."""


class ChildFailed(Exception):
    """The agent ended without a result. ``code`` is stable, the text is a sentence for the user."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class ChildStopped(Exception):
    """The child was ended because its supervisor asked for it: cancelled, shut down, or the lease lost."""


def run_child(
    agent: str,
    request: object,
    result: type[T],
    *,
    workspace: Path,
    settings: Settings,
    report: Report,
    stop: threading.Event,
    limit_s: float | None = None,
) -> T:
    """Run ``agent`` on ``request`` inside ``workspace`` and return its result. Raises ChildFailed or ChildStopped."""
    try:
        level = current_level(settings)
    except SandboxUnavailable as error:
        raise ChildFailed("sandbox_unavailable", str(error)) from error
    desk = desk_for(request, workspace)
    desk.mkdir(exist_ok=True)
    request_path, result_path, log_path = (desk / name for name in ("request.json", "result.json", "stderr.log"))
    for path in (request_path, result_path, log_path):
        path.unlink(missing_ok=True)  # never written through what an earlier child may have left there
    request_path.write_text(to_json(request), "utf-8")
    confined = confine(
        level,
        child_command(agent, request_path),
        grants_for(request, desk, settings),
        desk=desk,
        settings=settings,
        cores=os.cpu_count() or 1,
    )
    with log_path.open("wb") as errors:
        process = subprocess.Popen(
            confined.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=desk,
            env=confined.environment,
            start_new_session=True,
        )
    pulse = _Pulse(report)
    reader = threading.Thread(target=pulse.read, args=(process,), daemon=True)
    reader.start()
    try:
        _await(process, pulse, settings.stall_timeout_s, min(limit_s or math.inf, settings.step_timeout_s), stop)
    finally:
        kill_group(process.pid)
        process.wait()
        reader.join(timeout=5)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
    try:
        return _answer(confined.exit_code(process.returncode), result_path, log_path, result)
    finally:
        if desk != workspace:
            shutil.rmtree(desk, ignore_errors=True)


def _await(
    process: subprocess.Popen[bytes], pulse: "_Pulse", stall_s: float, limit_s: float, stop: threading.Event
) -> None:
    started_s = time.monotonic()
    crowd = Crowd(process.pid)
    while process.poll() is None:
        if stop.wait(POLL_S):
            raise ChildStopped
        now_s = time.monotonic()
        if now_s - started_s > limit_s:
            raise ChildFailed("step_timeout", f"The step was ended after {limit_s:.0f} s.")
        if crowd.is_too_large():
            raise ChildFailed("too_many_processes", "The step was ended: it started too many processes.")
        if now_s - pulse.last_s > stall_s:
            raise ChildFailed("step_stalled", f"The step showed no progress for {stall_s:.0f} s.")


class _Pulse:
    """Passes the child's progress lines on, and remembers when there was progress last."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._fraction = -1.0
        self.last_s = time.monotonic()

    def read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        while line := process.stdout.readline(LONGEST_LINE_BYTES):
            try:
                note = json.loads(line)
                fraction, message = float(note["progress"]), str(note["message"])
            except (ValueError, KeyError, TypeError):
                continue  # a library printed something
            if fraction > self._fraction:
                self._fraction, self.last_s = fraction, time.monotonic()
            self._report(max(self._fraction, 0.0), message)


def _answer(code: int, result_path: Path, log_path: Path, result: type[T]) -> T:
    try:
        if result_path.stat().st_size > LARGEST_ANSWER_BYTES:
            raise ValueError("the answer is too large")
        answer = json.loads(result_path.read_text("utf-8"))
    except (OSError, ValueError):
        log.error("agent ended with %s without a result: %s", code, tail(log_path))
        raise ChildFailed("agent_crashed", _crash_sentence(code), retryable=-code in MAY_PASS) from None
    error = answer.get("error")
    if error:
        raise ChildFailed(error["code"], error["message"], retryable=bool(error["retryable"]))
    try:
        return from_data(result, answer["result"])
    except (InvalidRequest, KeyError) as problem:
        raise ChildFailed("agent_crashed", "The step gave an answer that could not be read.") from problem


def _crash_sentence(code: int) -> str:
    if code == -signal.SIGKILL:
        return "The step's process was killed, most likely because memory ran out."
    if code < 0:
        return f"The step's process crashed ({signal.Signals(-code).name}); the file may be damaged."
    return f"The step's process ended unexpectedly (exit code {code})."
