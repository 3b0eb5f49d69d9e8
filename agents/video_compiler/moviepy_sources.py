"""Measure: the recording's pictures and sound as arrays, decoded by our FFmpeg, for MoviePy to compose.

Both are read once, forwards, in bounded memory. Until it is opened a reader answers with black or silence: MoviePy
asks every clip that it derives for a first picture, to learn its size.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from agents.errors import CorruptMedia
from agents.media.ffmpeg import stream
from agents.video_compiler.command import source_input
from agents.video_compiler.geometry import Part, Scene
from agents.video_compiler.graph import VideoSettings, audio_graph, video_graph
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.scenes import SceneRun
from agents.video_compiler.timing import AUDIO_RATE_HZ, FrameRange, sample_at

Picture = NDArray[np.uint8]
Sound = NDArray[np.float32]

CHANNELS = 2  # MoviePy cannot fade one
SAMPLE_BYTES = 4
CHUNK_S = 1
KEPT_SAMPLES = 4 * AUDIO_RATE_HZ  # what a request may go back
TO_RGB = "scale=flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24"


class PictureReader:
    """The pictures at the kept grid points: upright, square pixels, ``(height, width, 3)`` RGB of standard colour."""

    def __init__(self, plan: RenderPlan) -> None:
        self._plan = plan
        width, height = plan.source.size
        self._shape = (height, width, 3)
        self._numbers = (number for kept in plan.cut.ranges for number in range(kept.start, kept.end))
        self._number = -1
        self._picture: Picture = np.zeros(self._shape, np.uint8)
        self._chunks: Iterator[bytes] | None = None

    def __enter__(self) -> Self:
        plan, size = self._plan, self._plan.source.size
        frame = (0, 0, *size)
        whole = SceneRun(0, plan.cut.frames, Scene((Part(frame, frame),)))
        graph = video_graph(VideoSettings(plan.source, plan.cut, plan.seek_frame, size, (whole,), None, None))
        arguments = [*source_input(plan), "-filter_complex", f"{graph};[thumb]nullsink;[v]{TO_RGB}[rgb]"]
        arguments += ["-map", "[rgb]", "-fps_mode", "passthrough", "-f", "rawvideo"]
        self._chunks = stream(arguments, chunk_bytes=size[0] * size[1] * 3)
        return self

    def __exit__(self, *_error: object) -> None:
        _close(self._chunks)

    def at(self, number: int) -> Picture:
        """The picture of a kept grid point, the same as before or a later one. Raises CorruptMedia at the end."""
        while self._chunks is not None and self._number < number:
            self._number = next(self._numbers)
            chunk = next(self._chunks, b"")
            if len(chunk) != self._picture.size:
                raise CorruptMedia("The pictures end before the clip does.")
            self._picture = np.frombuffer(chunk, np.uint8).reshape(self._shape)
        return self._picture


class SoundReader:
    """Samples from the clip's first kept grid point on, gaps included: ``(samples, 2)`` floats, full scale 1."""

    def __init__(self, plan: RenderPlan) -> None:
        self._plan = plan
        self._first = 0
        self._window: Sound = np.zeros((0, CHANNELS), np.float32)
        self._chunks: Iterator[bytes] | None = None

    def __enter__(self) -> Self:
        plan, ranges = self._plan, self._plan.cut.ranges
        whole = replace(plan.cut, ranges=(FrameRange(ranges[0].start, ranges[-1].end, 0),))
        graph = audio_graph(plan.source, whole, plan.seek_frame, f"aformat=channel_layouts={_layout(plan)}")
        arguments = [*source_input(plan), "-filter_complex", graph, "-map", "[a]", "-f", "f32le"]
        self._chunks = stream(arguments, chunk_bytes=CHUNK_S * AUDIO_RATE_HZ * SAMPLE_BYTES * channels(plan))
        return self

    def __exit__(self, *_error: object) -> None:
        _close(self._chunks)

    def at(self, indices: NDArray[np.int64]) -> Sound:
        """Samples by index, silence where there are none. Indices may go back by less than three seconds."""
        end = int(indices.max()) + 1
        while self._chunks is not None and self._first + len(self._window) < end:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            read = np.frombuffer(chunk, "<f4").reshape(-1, channels(self._plan))
            window = np.concatenate([self._window, np.broadcast_to(read, (len(read), CHANNELS))])
            self._first += max(len(window) - KEPT_SAMPLES, 0)
            self._window = window[-KEPT_SAMPLES:]
        places = indices - self._first
        there = (places >= 0) & (places < len(self._window))
        samples = np.zeros((len(indices), CHANNELS), np.float32)
        samples[there] = self._window[places[there]]
        return samples


def channels(plan: RenderPlan) -> int:
    """How many the clip has: 1, or 2 for anything else."""
    assert plan.source.audio is not None
    return 1 if plan.source.audio.channels == 1 else 2


def sound_samples(plan: RenderPlan) -> int:
    """The clip's length in samples."""
    return sample_at(plan.cut.frames, plan.cut.rate)


def _layout(plan: RenderPlan) -> str:
    return "mono" if channels(plan) == 1 else "stereo"


def _close(chunks: Iterator[bytes] | None) -> None:
    """Ends the FFmpeg behind a reader that was not read to its end."""
    if chunks is not None:
        chunks.close()  # type: ignore[attr-defined]  # a generator
