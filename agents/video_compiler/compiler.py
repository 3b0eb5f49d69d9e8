"""The agent ``compile``: measure the source, decide a plan, write the clip and what goes with it."""

import importlib
from collections.abc import Callable
from pathlib import Path

from agents.errors import InvalidRequest
from agents.types import CompileRequest, Notice, RenderedClip, Report
from agents.video_compiler.caption_files import ASS_NAME, write_ass, write_sidecars
from agents.video_compiler.caption_style import caption_style
from agents.video_compiler.captions import make_captions
from agents.video_compiler.plan import RenderPlan, check, make_plan
from agents.video_compiler.result import describe
from agents.video_compiler.source import measure

Renderer = Callable[[RenderPlan, Path, Report], tuple[Notice, ...]]
RENDERERS = {"ffmpeg": "agents.video_compiler.renderer", "moviepy": "agents.video_compiler.moviepy_renderer"}
"""Modules with a ``render``. They are named, not imported: FFmpeg need not wait the half second that MoviePy takes."""


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
    _write_captions(request, plan, out_dir)
    render: Renderer = importlib.import_module(RENDERERS[request.renderer]).render
    warnings = render(plan, out_dir, report)
    (out_dir / ASS_NAME).unlink(missing_ok=True)
    report(0.97, "Checking the clip")
    rendered = describe(plan, out_dir, warnings)
    report(1.0, "Clip rendered")
    return rendered


def _write_captions(request: CompileRequest, plan: RenderPlan, out_dir: Path) -> None:
    if request.captions in ("sidecar", "both") and request.segments:
        write_sidecars(make_captions(request.segments, plan.cut), out_dir)
    if plan.burn:
        style = caption_style(plan.canvas)
        captions = make_captions(request.segments, plan.cut, style.max_columns)
        write_ass(captions, plan, out_dir / ASS_NAME)
