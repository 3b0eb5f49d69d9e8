"""Into how many chunks a recording is cut: as many as can be worked on at once, none too long and none too short."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.settings import Settings

PARTS_AT_ONCE = {"faster-whisper": 4, "openai": 4, "whisper-cpp": 4, "mlx": 1, "pocketsphinx": 64}
"""Backends that can take a part of a recording, and how many parts a worker gives them at once: as many models as it
has memory for, and no more requests than a service with limits takes from one caller.
"""
LONGEST = 6.0
"""Chunks of the setting's length: a slot is free for other jobs again after that, and a killed worker loses no more."""
SHORTEST = 0.4


@dataclass(frozen=True)
class Share:
    """``chunks`` is 1 where the recording is not cut.

    ``at_once`` of them are worked on at the same time where nothing else is to be done, ``per_worker`` by one worker.
    """

    chunks: int
    at_once: int = 1
    per_worker: int = 1


def share_out(backend: str, duration_s: float, slots: Sequence[int], settings: Settings) -> Share:
    """``slots`` are those of each worker that could take a chunk; empty counts as one."""
    chunk_s = settings.transcription_chunk_s
    if backend not in PARTS_AT_ONCE or duration_s <= 2 * chunk_s:
        return Share(1)
    places = [min(each, PARTS_AT_ONCE[backend]) for each in slots] or [1]
    at_once = settings.transcription_parts or sum(places)
    rounds = math.ceil(duration_s / (at_once * LONGEST * chunk_s))
    chunks = min(at_once * rounds, int(duration_s / (SHORTEST * chunk_s)))
    if chunks <= 1:
        return Share(1)
    at_once = min(at_once, chunks)
    return Share(chunks, at_once, math.ceil(at_once / len(places)))


def threads_of(per_worker: int) -> int:
    """Threads for each of so many recognisers on this machine."""
    return max((os.cpu_count() or 1) // per_worker, 1)
