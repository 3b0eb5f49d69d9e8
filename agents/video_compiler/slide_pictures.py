"""Measure: a few pictures of the recording from each scene of the clip, to see where its text stands.

Keyframes are enough, as encoders put one where a slide changes, and cost milliseconds. Only a scene without one near
its beginning is decoded to a picture of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from av import VideoFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet

from agents.errors import AgentError
from agents.media.frames import Picture, to_picture
from agents.media.probe import open_media
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.scenes import SceneRun, is_room
from agents.video_compiler.timing import Cut

STEP_S = 6.0
MOST_PICTURES = 8
MOST_DECODED = 4  # scenes without a keyframe near their beginning
LATE_S = 2.0  # after a scene's beginning: what is shown until then has its keyframe before the clip
FURTHEST_S = 12.0  # that such a scene is decoded for
WITHOUT_INDEX_S = 4.0  # a container without an index is entered anywhere, and behind the keyframe that is sought
INTO_SCENE_S = 0.4
WIDTH = 1280
SAME_SHAPE = 0.02


@dataclass(frozen=True)
class SlidePicture:
    """``picture`` is the upright source in grey, ``(height, width)``; from ``frame`` on it is in the scene ``run``.

    ``room``: it shows a board and somebody before it, and not all its edges are text.
    """

    run: int
    frame: int
    picture: Picture
    room: bool = False


def slide_pictures(plan: RenderPlan) -> tuple[SlidePicture, ...]:
    """At most eight and one a scene, in the clip's order; none of a scene that shows a speaker only."""
    return _pictures(plan, [number for number, run in enumerate(plan.runs) if run.scene.screens])


def speaker_pictures(plan: RenderPlan) -> tuple[SlidePicture, ...]:
    """The same of the scenes that show a speaker only, where the clip has another shape than the recording."""
    width, height = plan.source.size
    if abs(width * plan.canvas[1] - height * plan.canvas[0]) <= SAME_SHAPE * height * plan.canvas[0]:
        return ()
    speakers = [run.span is not None and run.span.layout == "speaker" and not run.scene.screens for run in plan.runs]
    return _pictures(plan, [number for number, speaker in enumerate(speakers) if speaker])


def _pictures(plan: RenderPlan, numbers: Sequence[int]) -> tuple[SlidePicture, ...]:
    """Of these runs."""
    if plan.source.video is None or not numbers:
        return ()
    taken: list[SlidePicture] = []
    with suppress(FFmpegError, AgentError), open_media(plan.media) as container:
        reader = _Reader(plan, container)
        step = max(round(STEP_S * plan.cut.rate), -(-plan.cut.frames // MOST_PICTURES))
        decoded = 0
        for number in numbers:
            run = plan.runs[number]
            found = list(_keyframes(plan, reader, number, run, step))
            late = not found or found[0].frame - run.start > LATE_S * plan.cut.rate
            if late and decoded < MOST_DECODED:
                decoded += 1
                at = min(run.start + round(INTO_SCENE_S * plan.cut.rate), (run.start + run.end) // 2)
                picture = reader.exactly(_source_s(plan.cut, at))
                taken += [SlidePicture(number, run.start, picture, is_room(run))] if picture is not None else []
            taken += found
    return tuple(taken)


def _keyframes(plan: RenderPlan, reader: "_Reader", number: int, run: SceneRun, step: int) -> Iterator[SlidePicture]:
    begin_s, last_s = _source_s(plan.cut, run.start), -1.0
    count = max(1, round((run.end - run.start) / step))
    for i in range(count):
        frame = run.start + (2 * i + 1) * (run.end - run.start) // (2 * count)
        shot = reader.keyframe_before(_source_s(plan.cut, frame))
        if shot is not None and shot[0] >= begin_s - 0.01 and shot[0] > last_s:
            last_s = shot[0]
            yield SlidePicture(number, _clip_frame(plan.cut, shot[0]), reader.grey(shot[1]), is_room(run))


class _Reader:
    """Pictures by source time."""

    def __init__(self, plan: RenderPlan, container: InputContainer) -> None:
        assert plan.source.video is not None
        self._shown, self._container = plan.source.video, container
        self._stream = container.streams[plan.source.video.index]
        self._seek_s = plan.source.seek_s
        self._origin_s = (container.start_time or 0) / 1e6
        self._context: Any = self._stream.codec_context
        self._context.thread_type = "SLICE"  # frame threads would want more packets for the first picture

    def keyframe_before(self, time_s: float) -> tuple[float, VideoFrame] | None:
        """A keyframe at or before ``time_s``, the last one where there is an index, and its time.

        Its decoder is drained: it need not see what follows.
        """
        for from_s in (time_s, time_s - WITHOUT_INDEX_S):
            self._seek(from_s, "NONKEY")
            found: tuple[float, Packet[Any]] | None = None
            for packet in self._container.demux(self._stream):
                if packet.pts is None or packet.time_base is None:
                    continue
                shot_s = float(packet.pts * packet.time_base) - self._origin_s
                if packet.is_keyframe and shot_s <= time_s + 0.01:
                    found = shot_s, packet
                if (found is not None and from_s == time_s) or shot_s > time_s:
                    break
            if found is not None:
                frames = found[1].decode() or self._context.decode(None)
                shown = next((frame for frame in frames if isinstance(frame, VideoFrame)), None)
                return (found[0], shown) if shown is not None else None
        return None

    def exactly(self, time_s: float) -> Picture | None:
        """The picture on screen at ``time_s``, where its keyframe is not too far before.

        A container without an index is entered anywhere: from ``seek_s`` a keyframe is found before the clip.
        """
        for from_s in (time_s, self._seek_s):
            best: VideoFrame | None = None
            self._seek(from_s, "NONREF")
            for shot_s, frame in self._timed(self._container.decode(self._stream)):
                if shot_s < time_s - FURTHEST_S:
                    return None
                if shot_s > time_s:
                    break
                best = frame
            if best is not None:
                return self.grey(best)
        return None

    def grey(self, frame: VideoFrame) -> Picture:
        return to_picture(frame, self._shown, width=min(self._shown.width, WIDTH), grey=True)

    def _seek(self, time_s: float, skip: Literal["NONKEY", "NONREF"]) -> None:
        self._context.flush_buffers()
        self._context.skip_frame = skip
        self._container.seek(int((max(time_s, 0.0) + self._origin_s) * 1e6))

    def _timed(self, frames: Iterable[object]) -> Iterator[tuple[float, VideoFrame]]:
        for frame in frames:
            if isinstance(frame, VideoFrame) and frame.time is not None:
                yield frame.time - self._origin_s, frame


def _source_s(cut: Cut, frame: int) -> float:
    """The source time of a frame of the clip."""
    kept = next(kept for kept in reversed(cut.ranges) if kept.clip_start <= frame)
    return cut.source_s(kept.start + frame - kept.clip_start)


def _clip_frame(cut: Cut, time_s: float) -> int:
    """The frame of the clip that shows a source time, or the first one after it."""
    point = cut.frame_at(time_s)
    kept = next((kept for kept in cut.ranges if point < kept.end), cut.ranges[-1])
    return kept.clip_start + max(point - kept.start, 0)
