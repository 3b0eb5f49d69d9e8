"""Write: a clip composed by MoviePy, encoded by our FFmpeg through pipes.

Grid, geometry, loudness, captions, thumbnail and codecs are the ffmpeg renderer's, so that the two agree; only the cuts
and the picture's arrangement are MoviePy's work. Captions are set by libass in both: MoviePy's text has neither a
second font nor right-to-left script.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np

from agents.media.ffmpeg import Feed, run
from agents.types import Notice, Report
from agents.video_compiler.caption_style import FONTS_DIR
from agents.video_compiler.command import output_arguments
from agents.video_compiler.graph import HD_FROM_LINES, VideoSettings, finish, loudness_filters
from agents.video_compiler.moviepy_composition import pictures, sound
from agents.video_compiler.moviepy_sources import PictureReader, SoundReader, channels, sound_samples
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.renderer import render_with
from agents.video_compiler.source import UNSPECIFIED, Colour
from agents.video_compiler.timing import AUDIO_RATE_HZ

BT709, SMPTE170M = 1, 6
CONVERTIBLE = (BT709, 4, 5, SMPTE170M, 7, 9)  # the matrices that FFmpeg's scaler writes


def render(plan: RenderPlan, out_dir: Path, report: Report) -> tuple[Notice, ...]:
    """Write the clip and its thumbnail into ``out_dir``. Raises RenderFailed or CorruptMedia."""
    return render_with(plan, report, partial(_write, plan, out_dir))


def _write(plan: RenderPlan, out_dir: Path, gain_db: float, report: Report, message: str) -> str:
    feeds: list[Feed] = []
    arguments = ["-loglevel", "warning", "-stats_period", "0.25", "-filter_complex_threads", str(plan.threads)]
    with ExitStack() as opened:
        if plan.source.video:
            feeds.append(_picture_feed(plan, opened))
            arguments += ["-filter_complex", _picture_graph(plan)]
        if plan.source.audio:
            arguments += ["-filter_complex", f"[{len(feeds)}:a]{loudness_filters(gain_db, plan.only_side)}[a]"]
            feeds.append(_sound_feed(plan, opened))
        arguments += output_arguments(plan)
        return run(arguments, report=report, duration_s=plan.cut.duration_s, message=message, cwd=out_dir, feeds=feeds)


def _picture_feed(plan: RenderPlan, opened: ExitStack) -> Feed:
    reader = PictureReader(plan)
    frames = pictures(plan.cut, plan.runs, plan.canvas, plan.source.size, reader.at)
    opened.enter_context(reader)
    rate, (width, height) = plan.cut.rate, plan.canvas
    options = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}")
    return Feed((*options, "-r", f"{rate.numerator}/{rate.denominator}"), (frame.tobytes() for frame in frames))


def _sound_feed(plan: RenderPlan, opened: ExitStack) -> Feed:
    reader = SoundReader(plan)
    chunks = sound(plan.cut, sound_samples(plan), reader.at)
    opened.enter_context(reader)
    count = channels(plan)

    def raw() -> Iterator[bytes]:
        for chunk in chunks:
            yield np.ascontiguousarray(chunk[:, :count], dtype="<f4").tobytes()

    return Feed(("-f", "f32le", "-ar", str(AUDIO_RATE_HZ), "-ac", str(count)), raw())


def _picture_graph(plan: RenderPlan) -> str:
    """Back to the YUV that the colours have in the ffmpeg renderer, then captions and thumbnail as there."""
    colour = _shown_colour(plan)
    to_yuv = (
        f"scale=out_color_matrix={colour.matrix}:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,"
        f"format=yuv420p,setsar=1,setparams=range=tv:colorspace={colour.matrix}"
        f":color_trc={colour.transfer}:color_primaries={colour.primaries}"
    )
    settings = VideoSettings(plan.source, plan.cut, plan.seek_frame, plan.canvas, plan.runs, plan.captions, FONTS_DIR)
    return ";".join([f"[0:v]{to_yuv}[shown]", *finish(settings)])


def _shown_colour(plan: RenderPlan) -> Colour:
    """What the source's colours are after the ffmpeg renderer has made them standard."""
    colour = plan.source.colour
    if colour.is_hdr:
        return Colour(BT709, BT709, BT709)
    if colour.rgb or (colour.matrix != UNSPECIFIED and colour.matrix not in CONVERTIBLE):
        return Colour(BT709, colour.transfer, colour.primaries)
    if colour.matrix != UNSPECIFIED:
        return colour
    by_size = BT709 if plan.source.size[1] >= HD_FROM_LINES else SMPTE170M
    return Colour(by_size, by_size, by_size)
