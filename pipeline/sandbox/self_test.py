"""Tries, in a real child under a level, what must be impossible there and what must still work."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from agents.confinement import seccomp
from agents.types import ProbeRequest
from app.core.settings import Settings
from pipeline.sandbox.confined import Level, confine
from pipeline.sandbox.paths import grants_for

TIMEOUT_S = 20.0
SMALL_FILE_BYTES = 1 << 16
ATTEMPTS = r"""
import json, os, socket, sys
from agents import confinement
confinement.enter_from_environment()
given, secret = sys.argv[1:3]

def possible(attempt):
    try:
        attempt()
    except (OSError, ValueError):
        return False
    return True

def overfill():
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open("big", "wb") as file:
        file.write(bytes(int(sys.argv[3]) + 1))

def supervisor():
    with open(f"/proc/{sys.argv[4]}/environ") as file:
        if confinement.VARIABLE in file.read():
            raise ValueError  # in a namespace the number is one of our own

print(json.dumps({
    "read its input": possible(lambda: open(given).read()),
    "write on its desk": possible(lambda: open("mine", "w").write("x")),
    "start a program": possible(lambda: os.posix_spawn(sys.executable, [sys.executable, "-V"], {},
        file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])),
    "open a socket": possible(lambda: socket.socket().close()),
    "open a local socket": possible(lambda: socket.socket(socket.AF_UNIX).close()),
    "write a file over the limit": possible(overfill),
    "read a file beside its input": possible(lambda: open(secret).read()),
    "write beside its input": possible(lambda: open(secret + ".new", "w").write("x")),
    "change its input": possible(lambda: open(given, "r+").write("x")),
    "read its supervisor's environment": possible(supervisor),
}))
"""
NEEDED = frozenset({"read its input", "write on its desk", "start a program"})
LIMITED = frozenset({"write a file over the limit"})
FILTERED = frozenset({"open a socket", "open a local socket"})
CLOSED = frozenset(
    {"read a file beside its input", "write beside its input", "change its input", "read its supervisor's environment"}
)


@dataclass(frozen=True)
class Finding:
    """``problems`` is empty where the level holds what it promises; ``refused`` is what the child could not do."""

    level: Level
    problems: tuple[str, ...]
    refused: tuple[str, ...]


def impossible_under(level: Level) -> frozenset[str]:
    """What a child must fail at."""
    found = LIMITED | (FILTERED if seccomp.SUPPORTED else frozenset())
    return found if level == "limits" else found | CLOSED


def self_test(level: Level, settings: Settings) -> Finding:
    """Run the attempts under ``level``. Never raises: a level that cannot start has a problem."""
    with tempfile.TemporaryDirectory(prefix="lectern-sandbox-") as name:
        inputs, desk = Path(name) / "inputs", Path(name) / "desk"
        inputs.mkdir()
        desk.mkdir()
        given, secret = inputs / "given", inputs / "secret"
        given.write_text("given")
        secret.write_text("secret")
        small = settings.model_copy(update={"agent_file_bytes": SMALL_FILE_BYTES})
        grants = grants_for(ProbeRequest(str(given)), desk, small)
        grants = replace(grants, writable=(str(desk),))
        command = [sys.executable, "-P", "-c", ATTEMPTS, str(given), str(secret)]
        command += [str(SMALL_FILE_BYTES), str(os.getpid())]
        confined = confine(level, command, grants, desk=desk, settings=small, cores=1)
        try:
            done = subprocess.run(
                confined.command,
                env=confined.environment,
                cwd=desk,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Finding(level, (f"it does not start: {error}",), ())
    possible: dict[str, bool] = {}
    with suppress(ValueError, IndexError):
        possible = json.loads(done.stdout.strip().splitlines()[-1])
    if not possible:
        return Finding(level, (f"it does not start: {done.stderr.strip()[-300:]}",), ())
    problems = [f"a child cannot {what}" for what in sorted(NEEDED) if not possible[what]]
    problems += [f"a child can {what}" for what in sorted(impossible_under(level)) if possible[what]]
    return Finding(level, tuple(problems), tuple(what for what, done_it in possible.items() if not done_it))
