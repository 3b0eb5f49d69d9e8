"""Runs one agent in a child process: typed JSON in, typed JSON out, progress lines on the way, a hard end.

Whatever the media does to the child — a crash, a hang, all memory — costs this call and nothing else.
"""

import json
import logging
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
from pipeline.sandbox import child_command, child_environment, limits

log = logging.getLogger(__name__)
T = TypeVar("T")
Report = Callable[[float, str], None]
POLL_S = 0.05


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
) -> T:
    """Run ``agent`` on ``request`` inside ``workspace`` and return its result. Raises ChildFailed or ChildStopped."""
    request_path = workspace / "request.json"
    request_path.write_text(to_json(request), "utf-8")
    result_path = workspace / "result.json"
    result_path.unlink(missing_ok=True)
    log_path = workspace / "stderr.log"
    with log_path.open("wb") as errors:
        process = subprocess.Popen(
            child_command(agent, request_path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=workspace,
            env=child_environment(settings, workspace),
            start_new_session=True,
            preexec_fn=limits(),  # noqa: PLW1509 - sets a limit and nothing that takes a lock
        )
    pulse = _Pulse(report)
    reader = threading.Thread(target=pulse.read, args=(process,), daemon=True)
    reader.start()
    try:
        _await(process, pulse, settings, stop)
    finally:
        kill_group(process.pid)
        process.wait()
        reader.join(timeout=5)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
    return _answer(process.returncode, result_path, log_path, result)


def _await(process: subprocess.Popen[bytes], pulse: "_Pulse", settings: Settings, stop: threading.Event) -> None:
    started_s = time.monotonic()
    while process.poll() is None:
        if stop.wait(POLL_S):
            raise ChildStopped
        now_s = time.monotonic()
        if now_s - started_s > settings.step_timeout_s:
            raise ChildFailed("step_timeout", f"The step was ended after {settings.step_timeout_s:.0f} s.")
        if now_s - pulse.last_s > settings.stall_timeout_s:
            raise ChildFailed("step_stalled", f"The step showed no progress for {settings.stall_timeout_s:.0f} s.")


class _Pulse:
    """Passes the child's progress lines on, and remembers when there was progress last."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._fraction = -1.0
        self.last_s = time.monotonic()

    def read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
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
        answer = json.loads(result_path.read_text("utf-8"))
    except (OSError, ValueError):
        log.error("agent ended with %s without a result: %s", code, tail(log_path))
        raise ChildFailed("agent_crashed", _crash_sentence(code)) from None
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
