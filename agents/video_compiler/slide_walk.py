"""Measure: everything that stands on the slides of some scenes for half a second or more."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, pairwise

import numpy as np
from av import VideoFrame
from av.container import InputContainer
from av.error import FFmpegError

from agents.media.frames import Picture, to_picture
from agents.media.probe import open_media
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.scenes import SceneRun
from agents.video_compiler.slide_pictures import WIDTH

STEP_S = 0.5
CLEAR_OF_CHANGES_S = 0.2
WORTH_SEEKING_S = 12.0  # less is decoded through: the next keyframe may lie behind it


def slides_throughout(plan: RenderPlan, runs: Sequence[SceneRun]) -> Iterator[Picture]:
    """What is on screen every half second of ``runs``: the upright source in grey, ``(height, width)``, in order.

    Frames that no other needs are not decoded, so it may be the one before. Raises FFmpegError or an AgentError.
    """
    shown = plan.source.video
    assert shown is not None
    moments_s = _moments_s(plan, runs)
    with open_media(plan.media) as container:
        stream = container.streams[shown.index]
        stream.codec_context.skip_frame = "NONREF"
        stream.codec_context.thread_type = "AUTO"
        stream.codec_context.thread_count = plan.threads
        origin_s, at = (container.start_time or 0) / 1e6, 0
        while at < len(moments_s):
            _seek(container, moments_s[at] + origin_s)
            frames = (frame for frame in container.decode(stream) if isinstance(frame, VideoFrame))
            for frame, following in pairwise(chain(frames, [None])):
                until_s = following.time - origin_s if following and following.time is not None else np.inf
                begin = at
                while at < len(moments_s) and moments_s[at] < until_s:
                    at += 1
                if at > begin and frame:
                    yield to_picture(frame, shown, width=min(shown.width, WIDTH), grey=True)
                if at == len(moments_s) or moments_s[at] > until_s + WORTH_SEEKING_S:
                    break
            else:
                return


def _moments_s(plan: RenderPlan, runs: Sequence[SceneRun]) -> list[float]:
    """Source times in order, in the middle of frames: each piece's first and last frame, and steps between.

    Clear of where the layout changes: its moment is measured, and a frame of what comes next may still be in a run.
    """
    moments: list[float] = []
    half_s = float(1 / plan.cut.rate) / 2
    clear = round(CLEAR_OF_CHANGES_S * plan.cut.rate)
    for run in runs:
        begin = run.start + clear * (run.start > 0)
        end = run.end - clear * (run.end < plan.cut.frames)
        for kept in plan.cut.ranges:
            first = max(begin, kept.clip_start) - kept.clip_start + kept.start
            last = min(end, kept.clip_start + kept.frames) - kept.clip_start + kept.start - 1
            if last >= first:
                start_s, end_s = plan.cut.source_s(first) + half_s, plan.cut.source_s(last) + half_s
                moments += [*np.arange(start_s, end_s, STEP_S), end_s]
    return sorted(moments)


def _seek(container: InputContainer, time_s: float) -> None:
    with suppress(FFmpegError):  # some FLV files cannot seek: they are decoded from their start
        container.seek(max(int(time_s * 1e6), 0))
