"""A process of the stack that is started again when it ends by itself, but not forever."""

import logging
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.processes import start_service, stop_service

log = logging.getLogger(__name__)
MAX_RESTARTS = 5
WITHIN_S = 60.0


class KeepsEnding(Exception):
    """The process ended so often in a minute that another start would not help."""


@dataclass
class Part:
    """``name`` is for people and for its log. Start it from the main thread: it ends when that thread does."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log_path: Path
    stop_within_s: float
    pass_fds: tuple[int, ...] = ()
    _process: subprocess.Popen[bytes] | None = None
    _restarts_s: list[float] = field(default_factory=list)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        self._process = start_service(
            self.command,
            env=self.environment,
            log=self.log_path,
            pass_fds=self.pass_fds,
            death_signal=signal.SIGTERM,
        )

    def revive(self) -> None:
        """Start it again if it has ended. Raises KeepsEnding after five starts within a minute."""
        if not self.ended or self._process is None:
            return
        now_s = time.monotonic()
        self._restarts_s = [at_s for at_s in self._restarts_s if now_s - at_s < WITHIN_S]
        if len(self._restarts_s) >= MAX_RESTARTS:
            raise KeepsEnding(f"The {self.name} keeps ending. Its log is {self.log_path}.")
        self._restarts_s.append(now_s)
        log.warning("the %s ended with %s and is started again", self.name, self._process.returncode)
        stop_service(self._process, signal.SIGKILL, within_s=1)  # whatever is left of its group
        self.start()

    def stop(self) -> None:
        if self._process is not None:
            stop_service(self._process, signal.SIGTERM, within_s=self.stop_within_s)
