"""The agent ``compile``: measure the source, decide a plan, write the clip and what goes with it."""

import importlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from agents.errors import InvalidRequest
from agents.types import CompileRequest, Notice, RenderedClip, Report
from agents.video_compiler.caption_style import ASS_NAME
from agents.video_compiler.command import meter_arguments
from agents.video_compiler.failures import explained
from agents.video_compiler.loudness import Loudness, measure_loudness
from agents.video_compiler.plan import RenderPlan, check, make_plan
from agents.video_compiler.result import describe
from agents.video_compiler.source import measure

Renderer = Callable[[RenderPlan, Path, Report], tuple[Notice, ...]]
RENDERERS = {"ffmpeg": "agents.video_compiler.renderer", "moviepy": "agents.video_compiler.moviepy_renderer"}
"""Modules with a ``render``. They are named, not imported: FFmpeg need not wait the half second that MoviePy takes."""
COMPOSITION = "agents.video_compiler.composition"
"""Nor need the loudness wait for NumPy and what looks at pictures."""
TEXT_SIZE, POSTER = "agents.video_compiler.text_size", "agents.video_compiler.poster"
"""Nor the third of a second that OpenCV takes: these are loaded while FFmpeg works."""


def run(request: CompileRequest, report: Report) -> RenderedClip:
    """Render ``request.clip``. ``duration_s`` of the answer is the sum of ``keep`` on the grid of output frames.

    Raises InvalidRequest, UnsupportedMedia, CorruptMedia or RenderFailed.
    """
    check(request)
    if request.renderer not in RENDERERS:
        raise InvalidRequest(f"There is no renderer {request.renderer}; use {' or '.join(RENDERERS)}.")
    report(0.0, "Reading the recording's streams")
    out_dir = Path(request.out_dir)
    plan = make_plan(request, measure(request.media, request.clip.keep[0].start_s))
    with ThreadPoolExecutor(1) as beside:
        report(0.02, "Measuring the loudness of the clip")
        loudness = beside.submit(_loudness, plan, out_dir)
        plan, pictures = importlib.import_module(COMPOSITION).composed(request, plan, out_dir)
        heard = loudness.result()
        plan = replace(plan, gain_db=heard.gain_db, only_side=heard.only)
        reading = beside.submit(_text_warnings, plan, pictures)
        render: Renderer = importlib.import_module(RENDERERS[request.renderer]).render
        warnings = render(plan, out_dir, report) + heard.warnings + reading.result()
    (out_dir / ASS_NAME).unlink(missing_ok=True)
    report(0.97, "Choosing the poster")
    if plan.source.video:
        importlib.import_module(POSTER).write_poster(plan, out_dir)
    rendered = describe(plan, out_dir, warnings)
    report(1.0, "Clip rendered")
    return rendered


def _loudness(plan: RenderPlan, out_dir: Path) -> Loudness:
    if plan.source.audio is None:
        return Loudness()
    with explained(plan.media):
        return measure_loudness(partial(meter_arguments, plan), str(out_dir))


def _text_warnings(plan: RenderPlan, pictures: Sequence[object]) -> tuple[Notice, ...]:
    importlib.import_module(POSTER).prepare()
    if not pictures:
        return ()
    warnings: tuple[Notice, ...] = importlib.import_module(TEXT_SIZE).text_warnings(plan, pictures)
    return warnings
