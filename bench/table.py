"""One benchmark result: our time beside a peer's in the same run. Only the ratio is a claim."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Row:
    """``ratio`` is ``peer_s / ours_s`` (how many times as fast) unless ``note`` says otherwise.

    ``target`` is text such as ``>= 90``; ``met`` is None where there is no target.
    """

    name: str
    ours_s: float
    peer: str
    peer_s: float
    ratio: float
    target: str = ""
    met: bool | None = None
    note: str = ""


def median_s(work: Callable[[], object], times: int = 5) -> float:
    """The median wall time of ``times`` calls, in seconds."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return median(taken)
