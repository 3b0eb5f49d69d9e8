"""Named points of the engine's life. Nothing happens there, unless a test put somebody to look, or to strike.

The chaos suite kills the process at each of them; a point that is not named here cannot be reached.
"""

from collections.abc import Callable
from typing import Literal, get_args

Milestone = Literal[
    "job_committed",  # submitted, and the broker not rung yet
    "job_rung",
    "steps_marked",  # marked as sent, and nothing sent yet
    "steps_sent",
    "step_claiming",  # claimed, and not committed yet
    "step_claimed",
    "step_worked",  # its files are in the store, and no row says so
    "step_committing",  # its rows are written, and not committed yet
    "step_committed",  # and nobody was told to go on
    "lease_renewed",
    "job_reaped",  # the reaper has changed rows, and not committed yet
    "job_marked_deleted",
    "objects_deleted",  # a deleted job's objects are gone, its rows are not
]
MILESTONES: tuple[Milestone, ...] = get_args(Milestone)
Observer = Callable[[Milestone], None]
_observers: list[Observer] = []


def observe(observer: Observer) -> None:
    """Call ``observer`` at every milestone of this process from now on."""
    _observers.append(observer)


def reached(milestone: Milestone) -> None:
    for observer in _observers:
        observer(milestone)
