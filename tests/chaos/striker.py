"""Kills its own process at a milestone, when the harness has asked for that by a file of the milestone's name."""

import os
import signal
from pathlib import Path

from app.core.milestones import Milestone, observe
from tests.chaos.history import note

VARIABLE = "CHAOS_STRIKES"


def install() -> None:
    """Strike in this process from now on. Exactly one process takes each file."""
    folder = Path(os.environ[VARIABLE])

    def strike(milestone: Milestone) -> None:
        try:
            (folder / milestone).unlink()
        except FileNotFoundError:
            return
        note("struck", milestone=milestone)
        os.kill(os.getpid(), signal.SIGKILL)

    observe(strike)
