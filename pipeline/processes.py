"""Processes that do not outlive us: started in a group of their own, ended as a group, gone when we are.

Linux's parent-death signal covers ``kill -9`` of the parent. It is sent when the *thread* that started the process
ends, so long-lived processes are started from the main thread.
"""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def dies_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A ``preexec_fn`` that asks the kernel to send ``death_signal`` when the parent ends, and for no core dumps."""
    parent = os.getpid()

    def ask() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if _LIBC is None:
            return
        _LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it ended before we asked
            os.kill(os.getpid(), death_signal)

    return ask


def keep_memory_private() -> None:
    """For processes that hold secrets: no core dump, and no other process of our user reads memory or environment.

    The limit alone would not do: the kernel ignores it where dumps go to a program.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def start_service(
    command: Sequence[str],
    *,
    env: dict[str, str],
    log: Path,
    death_signal: signal.Signals = signal.SIGTERM,
    user: int | None = None,
    group: int | None = None,
    pass_fds: Sequence[int] = (),
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a long-lived process in its own session, its output appended to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(
            list(command),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=[] if user is not None else None,
            preexec_fn=dies_with_parent(death_signal),  # noqa: PLW1509 - called from the main thread, before threads
            pass_fds=tuple(pass_fds),
            cwd=cwd,
        )


def stop_service(process: subprocess.Popen[bytes], stop_signal: signal.Signals, *, within_s: float) -> None:
    """Ask a process to end, then kill its group when ``within_s`` has passed."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(stop_signal)
        try:
            process.wait(within_s)
        except subprocess.TimeoutExpired:
            kill_group(process.pid)
            process.wait()
    kill_group(process.pid)


def kill_group(group_id: int) -> None:
    """End every process of a group at once; no error where there is none."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group_id, signal.SIGKILL)


def tail(path: Path, chars: int = 2000) -> str:
    """The end of a log, for an error message."""
    try:
        return path.read_text("utf-8", "replace")[-chars:].strip()
    except OSError:
        return ""


def wait_until(condition: Callable[[], bool], *, within_s: float, interval_s: float = 0.05) -> bool:
    """Poll ``condition`` until it holds; False when ``within_s`` has passed."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(interval_s)
    return condition()
