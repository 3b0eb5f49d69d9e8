"""Decide: what of slides, people and captions stands where in a clip, by looking at its pictures."""

from dataclasses import replace
from pathlib import Path

from agents.types import CompileRequest
from agents.video_compiler.caption_files import write_ass, write_sidecars
from agents.video_compiler.caption_style import ASS_NAME, caption_style
from agents.video_compiler.captions import make_captions
from agents.video_compiler.framing import framed
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.slide_pictures import SlidePicture, slide_pictures


def composed(request: CompileRequest, plan: RenderPlan, out_dir: Path) -> tuple[RenderPlan, tuple[SlidePicture, ...]]:
    """The plan with its scenes framed, and its captions written into ``out_dir``; and the pictures that were seen."""
    plan, pictures = framed(plan, slide_pictures(plan))
    if request.captions in ("sidecar", "both") and request.segments:
        write_sidecars(make_captions(request.segments, plan.cut), out_dir)
    if not plan.burn:
        return plan, pictures
    captions = make_captions(request.segments, plan.cut, caption_style(plan.canvas).max_columns)
    return replace(plan, captions=write_ass(captions, plan, out_dir / ASS_NAME, pictures)), pictures
