"""Write: run FFmpeg for one clip. Another renderer is a module with the same ``render`` and an entry in compiler.py."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from agents.media.ffmpeg import run
from agents.types import Notice, Report
from agents.video_compiler.command import render_arguments
from agents.video_compiler.failures import explained
from agents.video_compiler.plan import RenderPlan

Writer = Callable[[float, Report, str], str]
"""``write(gain_db, report, message)`` writes the clip and returns FFmpeg's log."""
MISSING_GLYPH = "failed to find any fallback with glyph"


def render(plan: RenderPlan, out_dir: Path, report: Report) -> tuple[Notice, ...]:
    """Write the clip and candidates for its poster into ``out_dir``. Raises RenderFailed or CorruptMedia."""
    return render_with(plan, report, partial(_run, plan, out_dir))


def _run(plan: RenderPlan, out_dir: Path, gain_db: float, report: Report, message: str) -> str:
    return run(
        render_arguments(plan, gain_db), report=report, duration_s=plan.cut.duration_s, message=message, cwd=out_dir
    )


def render_with(plan: RenderPlan, report: Report, write: Writer) -> tuple[Notice, ...]:
    """What every renderer does around ``write``: reports, and says what went wrong."""

    def note(fraction: float, message: str) -> None:
        report(0.05 + 0.9 * fraction, message)

    with explained(plan.media):
        log = write(plan.gain_db, note, f"Rendering the clip of {plan.cut.duration_s:.0f} s")
    if plan.burn and MISSING_GLYPH in log:
        detail = "Some characters of the captions are in no font on this machine and are burned in as boxes."
        return (Notice("captions_glyphs_missing", detail),)
    return ()
