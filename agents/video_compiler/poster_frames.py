"""Decide: which frames of a clip may become its poster."""

from collections.abc import Sequence
from itertools import pairwise

from agents.video_compiler.scenes import SceneRun
from agents.video_compiler.timing import Cut

CANDIDATES = 8
CLEAR_OF_CUTS_S = 0.6  # a fade between slides, or the keyframe's haze after a cut, is over by then
NEIGHBOUR_S = 0.24  # a second picture tells whether the first is in the middle of a change


def poster_frames(cut: Cut, runs: Sequence[SceneRun]) -> tuple[tuple[int, int], ...]:
    """Frames of the clip in order, spread evenly: candidates, each with a neighbour soon after it.

    Clear of cuts and changes of scene where the clip's pieces are long enough; a very short clip gives one frame.
    """
    near = max(1, round(NEIGHBOUR_S * cut.rate))
    clear = round(CLEAR_OF_CUTS_S * cut.rate)
    edges = sorted({0, cut.frames, *(kept.clip_start for kept in cut.ranges), *(run.start for run in runs)})
    good = [frame for start, end in pairwise(edges) for frame in range(start + clear, end - clear - near)]
    allowed = good or [cut.frames // 2]
    count = min(CANDIDATES, len(allowed))
    chosen = [allowed[(2 * i + 1) * len(allowed) // (2 * count)] for i in range(count)]
    return tuple((frame, min(frame + near, cut.frames - 1)) for frame in chosen)


def written_frames(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """All frames of some pairs in the clip's order, each once."""
    return tuple(sorted({frame for pair in pairs for frame in pair}))
