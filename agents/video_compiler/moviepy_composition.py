"""Decide: the clip as a MoviePy composition. The only file that knows MoviePy, which opens nothing here.

Time zero is the clip's first picture. Everything is asked for in the middle of a frame or a sample, so that no
rounding of MoviePy's can put a moment on the wrong side of a cut.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from moviepy import AudioClip, CompositeVideoClip, VideoClip, afx, concatenate_audioclips, concatenate_videoclips, vfx
from numpy.typing import NDArray

from agents.video_compiler.geometry import Part, Size
from agents.video_compiler.graph import BACKGROUND, FADE_S
from agents.video_compiler.moviepy_sources import CHANNELS, Picture, Sound
from agents.video_compiler.scenes import SceneRun
from agents.video_compiler.timing import AUDIO_RATE_HZ, Cut

Clip = Any
"""MoviePy has no types."""
NUDGE = 1e-6  # of a frame or a sample
CHUNK_SAMPLES = AUDIO_RATE_HZ // 2
BACKGROUND_RGB = tuple(bytes.fromhex(BACKGROUND.removeprefix("0x")))


def pictures(
    cut: Cut, runs: tuple[SceneRun, ...], canvas: Size, source: Size, picture_at: Callable[[int], Picture]
) -> Iterator[Picture]:
    """The clip's frames ``(height, width, 3)`` on the canvas; ``picture_at(grid_point)`` is asked for in order."""
    rate, first = float(cut.rate), cut.ranges[0].start

    def shown(time_s: float) -> Picture:
        return picture_at(first + int(time_s * rate + NUDGE))

    recording: Clip = VideoClip(shown, duration=_recording_s(cut))
    kept = concatenate_videoclips([recording.subclipped(start_s, end_s) for start_s, end_s in _ranges_s(cut)])
    scenes = [
        CompositeVideoClip(
            [_placed(kept.subclipped(run.start / rate, run.end / rate), part, source) for part in run.scene.parts],
            size=canvas,
            bg_color=BACKGROUND_RGB,
        )
        for run in runs
    ]
    clip = concatenate_videoclips(scenes)
    return (clip.get_frame((number + 0.5) / rate) for number in range(cut.frames))


def _placed(clip: Clip, part: Part, source: Size) -> Clip:
    """Crop, scale and put one part where it belongs."""
    x, y, width, height = part.source
    effects = []
    if part.source != (0, 0, *source):
        effects.append(vfx.Crop(x1=x, y1=y, width=width, height=height))
    if part.averaged:
        effects.append(vfx.Resize(part.averaged))
    if part.averaged or part.target[2:] != (width, height):
        effects.append(vfx.Resize(part.target[2:]))
    return clip.with_effects(effects).with_position(part.target[:2])


def sound(cut: Cut, samples: int, sound_at: Callable[[NDArray[np.int64]], Sound]) -> Iterator[Sound]:
    """The clip's ``samples`` in chunks of ``(n, 2)``, faded at its inner cuts. The recording's ends come faded."""

    def heard(times_s: float | NDArray[np.float64]) -> Sound:
        indices = np.floor(np.atleast_1d(times_s) * AUDIO_RATE_HZ + NUDGE).astype(np.int64)
        return sound_at(indices) if isinstance(times_s, np.ndarray) else sound_at(indices)[0]

    recording: Clip = AudioClip(heard, duration=_recording_s(cut), fps=AUDIO_RATE_HZ)
    kept = []
    for number, (start_s, end_s) in enumerate(_ranges_s(cut)):
        fade_s = min(FADE_S, (end_s - start_s) / 2)
        effects = [afx.AudioFadeIn(fade_s)] if number > 0 else []
        effects += [afx.AudioFadeOut(fade_s)] if number < len(cut.ranges) - 1 else []
        kept.append(recording.subclipped(start_s, end_s).with_effects(effects))
    clip = concatenate_audioclips(kept)
    assert clip.nchannels == CHANNELS
    edges = [*range(0, samples, CHUNK_SAMPLES), samples]
    return (clip.get_frame((np.arange(start, end) + 0.5) / AUDIO_RATE_HZ) for start, end in pairwise(edges))


def _ranges_s(cut: Cut) -> list[tuple[float, float]]:
    """The kept ranges, in seconds after the first of them."""
    first = cut.ranges[0].start
    return [(float((kept.start - first) / cut.rate), float((kept.end - first) / cut.rate)) for kept in cut.ranges]


def _recording_s(cut: Cut) -> float:
    return _ranges_s(cut)[-1][1]
