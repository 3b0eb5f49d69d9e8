"""Decide: everything about one clip before FFmpeg is started."""

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from agents.errors import InvalidRequest
from agents.types import CompileRequest
from agents.video_compiler.caption_strip import BurnedCaptions
from agents.video_compiler.caption_style import caption_style
from agents.video_compiler.geometry import Size, canvas_size
from agents.video_compiler.loudness import Side
from agents.video_compiler.scenes import SceneRun, scene_runs
from agents.video_compiler.source import Source
from agents.video_compiler.timing import AUDIO_RATE_HZ, Cut, make_cut

DEFAULT_THREADS = 2


@dataclass(frozen=True)
class RenderPlan:
    """``seek_frame`` is the grid point at which FFmpeg's clock is zero; 0: the file is read from its start.

    ``burn``: captions are wanted in the picture, which keeps ``caption_height`` pixels for them. Where they stand,
    ``captions``, ``gain_db`` and ``only_side``, on which all sound is, are measured later.
    """

    media: str
    source: Source
    cut: Cut
    seek_frame: int
    canvas: Size
    runs: tuple[SceneRun, ...]
    burn: bool
    threads: int
    caption_height: int = 0
    captions: BurnedCaptions | None = None
    gain_db: float = 0.0
    only_side: Side | None = None


def make_plan(request: CompileRequest, source: Source) -> RenderPlan:
    """Put the request on the grid of the source. Raises InvalidRequest where nothing would be left of it."""
    rate = source.frame_rate or Fraction(AUDIO_RATE_HZ)
    cut = make_cut(request.clip.keep, rate, first_frame_s=source.first_frame_s, duration_s=source.duration_s)
    threads = min(request.threads, 16) if request.threads > 0 else DEFAULT_THREADS
    media = str(Path(request.media).absolute())
    seek_frame = max(math.floor(source.seek_s * cut.rate), 0) if source.seekable else 0
    if source.video is None:
        return RenderPlan(media, source, cut, seek_frame, (0, 0), (), False, threads)
    canvas = canvas_size(request.settings.aspect, source.size)
    burn = request.captions in ("burned", "both") and bool(request.segments)
    style = caption_style(canvas)
    reserved = style.box_height + style.padding if burn else 0
    runs = scene_runs(request.clip.layout, cut, source.size, canvas, reserved)
    return RenderPlan(media, source, cut, seek_frame, canvas, runs, burn, threads, reserved)


def check(request: CompileRequest) -> None:
    """Raises InvalidRequest where the request cannot be rendered, whatever the recording is."""
    if not request.clip.keep:
        raise InvalidRequest("The clip keeps no range of the recording.")
    if not Path(request.out_dir).is_dir():
        raise InvalidRequest("The output folder does not exist.")
